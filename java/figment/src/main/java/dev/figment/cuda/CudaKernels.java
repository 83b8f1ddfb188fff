package dev.figment.cuda;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.GradientPenalty;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.Nonlinearity;
import dev.figment.device.RandomStream;
import dev.figment.device.Tensor;

/**
 * The contract over the kernels of kernels/*.cu; shapes were checked before. Grids depend on sizes
 * alone, so that results do not depend on the GPU.
 */
final class CudaKernels implements Kernels {
  /** Elements that a block maps: kBlockElements of block.cuh. */
  static final long BLOCK_ELEMENTS = 16L * CudaLaunch.THREADS;

  private final CudaDevice device;
  private final CudaElementwise elementwise;
  private final CudaReductions reductions;
  private final GemmKernels gemm;
  private final CudaImageLayer imageLayer;
  private final CudaBatchNorm batchNorm;
  private final CudaOptimizers optimizers;
  private final CudaRecurrent recurrent;
  private final CudaLosses losses;
  private final CudaSpectralNorm spectralNorm;

  CudaKernels(CudaDevice device) {
    this.device = device;
    elementwise = new CudaElementwise(device, this);
    reductions = new CudaReductions(device);
    gemm = new GemmKernels(device, this);
    imageLayer = new CudaImageLayer(device);
    batchNorm = new CudaBatchNorm(device, this);
    optimizers = new CudaOptimizers(device, this, reductions);
    recurrent = new CudaRecurrent(device, this);
    losses = new CudaLosses(device, this);
    spectralNorm = new CudaSpectralNorm(device, this);
  }

  // ---- memory and layout

  @Override
  public void fill(Tensor y, double value) {
    elementwise.fill(y, value);
  }

  @Override
  public void copy(Tensor y, Tensor x) {
    elementwise.copy(y, x);
  }

  @Override
  public void add(Tensor y, Tensor a, Tensor b) {
    elementwise.add(y, a, b);
  }

  @Override
  public void scale(Tensor y, Tensor x, double factor) {
    elementwise.scale(y, x, factor);
  }

  @Override
  public void scaleBy(Tensor y, Tensor x, Tensor factor) {
    elementwise.scaleBy(y, x, factor);
  }

  @Override
  public void clamp(Tensor y, Tensor x, double low, double high) {
    elementwise.clamp(y, x, low, high);
  }

  @Override
  public void bytesToReal(Tensor y, Tensor x, double scale, double shift) {
    elementwise.bytesToReal(y, x, scale, shift);
  }

  @Override
  public void nchwToNhwc(Tensor y, Tensor x) {
    elementwise.nchwToNhwc(y, x);
  }

  @Override
  public void nhwcToNchw(Tensor y, Tensor x) {
    elementwise.nhwcToNchw(y, x);
  }

  @Override
  public void copyColumns(
      Tensor y, int yFrom, Tensor x, int xFrom, int columns, GradientMode mode) {
    elementwise.copyColumns(y, yFrom, x, xFrom, columns, mode);
  }

  // ---- rows

  @Override
  public void rowSumOfSquares(Tensor result, Tensor x) {
    elementwise.rowSumOfSquares(result, x);
  }

  @Override
  public void scaleRows(Tensor y, Tensor x, Tensor factor) {
    elementwise.scaleRows(y, x, factor);
  }

  @Override
  public void lerpRows(Tensor y, Tensor a, Tensor b, Tensor weight) {
    elementwise.lerpRows(y, a, b, weight);
  }

  // ---- counters and random numbers

  @Override
  public void increment(Tensor counter) {
    elementwise.increment(counter);
  }

  @Override
  public void uniform(Tensor y, double low, double high, RandomStream stream) {
    elementwise.uniform(y, low, high, stream);
  }

  @Override
  public void normal(Tensor y, double mean, double deviation, RandomStream stream) {
    elementwise.normal(y, mean, deviation, stream);
  }

  @Override
  public void bernoulli(Tensor y, Tensor p, RandomStream stream) {
    map("random", "bernoulli", y)
        .address(at(y))
        .address(at(p))
        .wide(stream.seed())
        .address(at(stream.counter()))
        .integer(stream.stream())
        .wide(y.count())
        .on(device.stream());
  }

  // ---- activations and dropout

  @Override
  public void activationForward(Tensor y, Tensor x, Activation activation) {
    elementwise.activationForward(y, x, activation);
  }

  @Override
  public void activationBackward(Tensor dx, Tensor dy, Tensor y, Activation activation) {
    elementwise.activationBackward(dx, dy, y, activation);
  }

  @Override
  public void dropoutForward(
      Tensor y, Tensor x, Activation activation, double p, RandomStream stream) {
    elementwise.dropoutForward(y, x, activation, p, stream);
  }

  @Override
  public void dropoutBackward(
      Tensor dx, Tensor dy, Tensor y, Activation activation, double p, RandomStream stream) {
    elementwise.dropoutBackward(dx, dy, y, activation, p, stream);
  }

  // ---- batch normalization

  @Override
  public void batchNormForward(
      Tensor y,
      Tensor mean,
      Tensor inverseDeviation,
      Tensor runningMean,
      Tensor runningVariance,
      Tensor x,
      Tensor statistics,
      Tensor gamma,
      Tensor beta,
      double momentum,
      double epsilon,
      Activation activation) {
    batchNorm.forward(
        y,
        mean,
        inverseDeviation,
        runningMean,
        runningVariance,
        x,
        statistics,
        gamma,
        beta,
        momentum,
        epsilon,
        activation);
  }

  @Override
  public void batchNormInfer(
      Tensor y,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Tensor runningMean,
      Tensor runningVariance,
      double epsilon,
      Activation activation) {
    batchNorm.infer(y, x, gamma, beta, runningMean, runningVariance, epsilon, activation);
  }

  @Override
  public void batchNormBackward(
      Tensor dx,
      Tensor dgamma,
      Tensor dbeta,
      Tensor dy,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Tensor mean,
      Tensor inverseDeviation,
      Activation activation,
      GradientMode mode) {
    batchNorm.backward(
        dx, dgamma, dbeta, dy, x, gamma, beta, mean, inverseDeviation, activation, mode);
  }

  // ---- reductions

  @Override
  public void spectralNorm(Tensor inverse, Tensor u, Tensor v, Tensor w) {
    spectralNorm.spectralNorm(inverse, u, v, w);
  }

  @Override
  public void spectralNormBackward(Tensor dw, Tensor w, Tensor u, Tensor v, Tensor inverse) {
    spectralNorm.spectralNormBackward(dw, w, u, v, inverse);
  }

  @Override
  public void sum(Tensor result, Tensor x) {
    reductions.sum(result, x);
  }

  @Override
  public void sumOfSquares(Tensor result, Tensor x) {
    reductions.sumOfSquares(result, x);
  }

  @Override
  public void columnSum(Tensor result, Tensor x, GradientMode mode) {
    reductions.columnSum(result, x, mode);
  }

  // ---- losses

  @Override
  public void ganDiscriminatorLoss(
      Tensor result, Tensor dlogits, Tensor logits, GanLoss loss, double labelSmoothing) {
    losses.ganDiscriminatorLoss(result, dlogits, logits, loss, labelSmoothing);
  }

  @Override
  public void ganGeneratorLoss(Tensor result, Tensor dlogits, Tensor logits, GanLoss loss) {
    losses.ganGeneratorLoss(result, dlogits, logits, loss);
  }

  @Override
  public void gradientPenalty(
      Tensor result, Tensor factors, Tensor squares, GradientPenalty penalty, double weight) {
    losses.gradientPenalty(result, factors, squares, penalty, weight);
  }

  @Override
  public void reconstructionLoss(
      Tensor result,
      Tensor rowLosses,
      Tensor dprediction,
      Tensor prediction,
      Tensor target,
      Tensor weights,
      Likelihood likelihood,
      int batch) {
    losses.reconstructionLoss(
        result, rowLosses, dprediction, prediction, target, weights, likelihood, batch);
  }

  @Override
  public void gaussianKl(
      Tensor result,
      Tensor rowLosses,
      Tensor dq,
      Tensor dp,
      Tensor q,
      Tensor p,
      Tensor weights,
      Tensor scale,
      int batch) {
    losses.gaussianKl(result, rowLosses, dq, dp, q, p, weights, scale, batch);
  }

  @Override
  public void crossEntropy(
      Tensor result,
      Tensor rowLosses,
      Tensor dlogits,
      Tensor logits,
      Tensor labels,
      Tensor weights,
      int batch) {
    losses.crossEntropy(result, rowLosses, dlogits, logits, labels, weights, batch);
  }

  @Override
  public void logMeanExp(Tensor value, Tensor weights, Tensor x) {
    losses.logMeanExp(value, weights, x);
  }

  // ---- latent variables and embedding

  @Override
  public void reparameterizeForward(Tensor z, Tensor kl, Tensor moments, RandomStream stream) {
    losses.reparameterizeForward(z, kl, moments, stream);
  }

  @Override
  public void reparameterizeBackward(
      Tensor dmoments,
      Tensor dz,
      Tensor moments,
      Tensor kl,
      Tensor beta,
      double freeBits,
      RandomStream stream) {
    losses.reparameterizeBackward(dmoments, dz, moments, kl, beta, freeBits, stream);
  }

  @Override
  public void embeddingForward(Tensor y, Tensor table, Tensor indices) {
    losses.embeddingForward(y, table, indices);
  }

  @Override
  public void embeddingBackward(Tensor dtable, Tensor dy, Tensor indices, GradientMode mode) {
    losses.embeddingBackward(dtable, dy, indices, mode);
  }

  // ---- recurrent cells

  @Override
  public void gruForward(
      Tensor states,
      Tensor gates,
      Tensor inputGates,
      Tensor constantGates,
      Tensor w,
      Tensor bias,
      Tensor lengths,
      boolean reverse) {
    recurrent.gruForward(states, gates, inputGates, constantGates, w, bias, lengths, reverse);
  }

  @Override
  public void gruBackward(
      Tensor dinputGates,
      Tensor dhiddenGates,
      Tensor dstate,
      Tensor dy,
      Tensor states,
      Tensor gates,
      Tensor w,
      Tensor lengths,
      boolean reverse) {
    recurrent.gruBackward(
        dinputGates, dhiddenGates, dstate, dy, states, gates, w, lengths, reverse);
  }

  @Override
  public void lstmForward(
      Tensor states,
      Tensor cells,
      Tensor gates,
      Tensor inputGates,
      Tensor constantGates,
      Tensor w,
      Tensor lengths,
      boolean reverse) {
    recurrent.lstmForward(states, cells, gates, inputGates, constantGates, w, lengths, reverse);
  }

  @Override
  public void lstmBackward(
      Tensor dgates,
      Tensor dstate,
      Tensor dcell,
      Tensor dy,
      Tensor cells,
      Tensor gates,
      Tensor w,
      Tensor lengths,
      boolean reverse) {
    recurrent.lstmBackward(dgates, dstate, dcell, dy, cells, gates, w, lengths, reverse);
  }

  // ---- optimizers

  @Override
  public void adam(
      Tensor values,
      Tensor m,
      Tensor v,
      Tensor gradients,
      Tensor step,
      Tensor learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay) {
    optimizers.adam(
        values, m, v, gradients, step, learningRate, beta1, beta2, epsilon, weightDecay);
  }

  @Override
  public void sgd(
      Tensor values,
      Tensor velocity,
      Tensor gradients,
      Tensor learningRate,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    optimizers.sgd(values, velocity, gradients, learningRate, momentum, nesterov, weightDecay);
  }

  @Override
  public void rmsProp(
      Tensor values,
      Tensor meanSquare,
      Tensor gradients,
      Tensor learningRate,
      double decay,
      double epsilon) {
    optimizers.rmsProp(values, meanSquare, gradients, learningRate, decay, epsilon);
  }

  @Override
  public void ema(Tensor average, Tensor values, Tensor step, double decay) {
    optimizers.ema(average, values, step, decay);
  }

  @Override
  public void clipByNorm(Tensor gradients, Tensor norm, double maxNorm) {
    optimizers.clipByNorm(gradients, norm, maxNorm);
  }

  // ---- dense

  @Override
  public void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation) {
    denseForward(y, x, w, bias, Nonlinearity.of(activation));
  }

  @Override
  public void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end) {
    gemm.conv(y, null, x, w, bias, CudaEnding.forward(device, end), dense(w));
  }

  @Override
  public void denseBackwardData(Tensor dx, Tensor dy, Tensor w) {
    denseBackwardData(dx, dy, w, dx, Nonlinearity.NONE);
  }

  @Override
  public void denseBackwardData(Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before) {
    gemm.convTranspose(dx, null, dy, w, null, CudaEnding.backward(device, before, x), dense(w));
  }

  @Override
  public void denseBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, GradientMode mode) {
    gemm.weights(dw, dbias, dy, x, dense(dw), mode);
  }

  /** Of weights [out][in]. */
  private static ConvGeometry dense(Tensor w) {
    return GemmPlan.dense(w.shape().size(1), w.shape().size(0));
  }

  // ---- convolution

  @Override
  public void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    convForward(y, x, w, bias, Nonlinearity.of(activation), geometry);
  }

  @Override
  public void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end, ConvGeometry geometry) {
    toSmall(y, x, w, bias, CudaEnding.forward(device, end), geometry);
  }

  @Override
  public int convStatisticsTiles(ConvGeometry geometry, int batch) {
    return imageLayer.takesForward(geometry) ? 0 : GemmPlan.conv(geometry, batch).statisticsTiles();
  }

  @Override
  public void convForwardWithStatistics(
      Tensor y, Tensor statistics, Tensor x, Tensor w, Tensor bias, ConvGeometry geometry) {
    CudaEnding none = CudaEnding.forward(device, Nonlinearity.NONE);
    gemm.conv(y, statistics, x, w, bias, none, geometry);
  }

  @Override
  public void convBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    convBackwardData(dx, dy, w, dx, Nonlinearity.NONE, geometry);
  }

  @Override
  public void convBackwardData(
      Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before, ConvGeometry geometry) {
    toLarge(dx, dy, w, null, CudaEnding.backward(device, before, x), geometry);
  }

  @Override
  public void convBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    if (!imageLayer.backwardWeights(dw, dbias, null, dy, x, geometry, mode)) {
      gemm.weights(dw, dbias, dy, x, geometry, mode);
    }
  }

  // ---- transposed convolution

  @Override
  public void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    convTransposeForward(y, x, w, bias, Nonlinearity.of(activation), geometry);
  }

  @Override
  public void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end, ConvGeometry geometry) {
    toLarge(y, x, w, bias, CudaEnding.forward(device, end), geometry);
  }

  @Override
  public int convTransposeStatisticsTiles(ConvGeometry geometry, int batch) {
    return imageLayer.takesTransposed(geometry)
        ? 0
        : GemmPlan.convTranspose(geometry, batch).statisticsTiles();
  }

  @Override
  public void convTransposeForwardWithStatistics(
      Tensor y, Tensor statistics, Tensor x, Tensor w, Tensor bias, ConvGeometry geometry) {
    CudaEnding none = CudaEnding.forward(device, Nonlinearity.NONE);
    gemm.convTranspose(y, statistics, x, w, bias, none, geometry);
  }

  @Override
  public void convTransposeBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    convTransposeBackwardData(dx, dy, w, dx, Nonlinearity.NONE, geometry);
  }

  @Override
  public void convTransposeBackwardData(
      Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before, ConvGeometry geometry) {
    toSmall(dx, dy, w, null, CudaEnding.backward(device, before, x), geometry);
  }

  @Override
  public void convTransposeBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    boolean sees = ImageTiles.seesAllOfLarge(geometry);
    if (!imageLayer.backwardWeights(dw, null, sees ? dbias : null, x, dy, geometry, mode)) {
      gemm.weights(dw, null, x, dy, geometry, mode);
      sees = false;
    }
    if (dbias != null && !sees) {
      columnSum(dbias, dy, mode);
    }
  }

  /** The small image from the large one: forward, or a transposed convolution's way back. */
  private void toSmall(
      Tensor small, Tensor large, Tensor w, Tensor bias, CudaEnding ending, ConvGeometry g) {
    if (!imageLayer.forward(small, large, w, bias, ending, g)) {
      gemm.conv(small, null, large, w, bias, ending, g);
    }
  }

  /** The large image from the small one: transposed forward, or a convolution's way back. */
  private void toLarge(
      Tensor large, Tensor small, Tensor w, Tensor bias, CudaEnding ending, ConvGeometry g) {
    if (!imageLayer.transposed(large, small, w, bias, ending, g)) {
      gemm.convTranspose(large, null, small, w, bias, ending, g);
    }
  }

  // ---- from tensors to launches

  /** A kernel that maps the elements of {@code y}. */
  CudaLaunch map(String family, String kernel, Tensor y) {
    return device.launch(family, kernel).grid(blocks(y.count(), BLOCK_ELEMENTS));
  }

  static long blocks(long count, long each) {
    return (count + each - 1) / each;
  }

  static int kind(Activation activation) {
    return activation.kind().ordinal();
  }

  /** The address of a tensor of this device. */
  long at(Tensor tensor) {
    return device.address(tensor);
  }
}
