package dev.figment.cpu;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.FigmentException;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.GradientPenalty;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.Tensor;

/** The contract over the C ABI of {@code native/include/figment.h}; shapes were checked before. */
final class CpuKernels implements Kernels {
  private final CpuDevice device;
  private final CpuElementwise elementwise;
  private final CpuProducts products;
  private final CpuBatchNorm batchNorm;
  private final CpuLosses losses;
  private final CpuOptimizers optimizers;
  private final CpuRecurrent recurrent;
  private final CpuSpectralNorm spectralNorm;

  CpuKernels(CpuDevice device) {
    this.device = device;
    elementwise = new CpuElementwise(device, this);
    products = new CpuProducts(device, this);
    batchNorm = new CpuBatchNorm(device, this);
    losses = new CpuLosses(device, this);
    optimizers = new CpuOptimizers(device, this);
    recurrent = new CpuRecurrent(device, this);
    spectralNorm = new CpuSpectralNorm(device, this);
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
    long ctx = device.context("bernoulli");
    check(
        ctx,
        CpuNative.bernoulli(
            ctx, at(y), at(p), stream.seed(), at(stream.counter()), stream.stream(), y.count()));
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

  // ---- dense

  @Override
  public void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation) {
    products.denseForward(y, x, w, bias, activation);
  }

  @Override
  public void denseBackwardData(Tensor dx, Tensor dy, Tensor w) {
    products.denseBackwardData(dx, dy, w);
  }

  @Override
  public void denseBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, GradientMode mode) {
    products.denseBackwardWeights(dw, dbias, dy, x, mode);
  }

  // ---- convolution

  @Override
  public void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    products.convForward(y, x, w, bias, activation, geometry);
  }

  @Override
  public void convBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    products.convBackwardData(dx, dy, w, geometry);
  }

  @Override
  public void convBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    products.convBackwardWeights(dw, dbias, dy, x, geometry, mode);
  }

  // ---- transposed convolution

  @Override
  public void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    products.convTransposeForward(y, x, w, bias, activation, geometry);
  }

  @Override
  public void convTransposeBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    products.convTransposeBackwardData(dx, dy, w, geometry);
  }

  @Override
  public void convTransposeBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    products.convTransposeBackwardWeights(dw, dbias, dy, x, geometry, mode);
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

  // ---- spectral normalisation

  @Override
  public void spectralNorm(Tensor inverse, Tensor u, Tensor v, Tensor w) {
    spectralNorm.spectralNorm(inverse, u, v, w);
  }

  @Override
  public void spectralNormBackward(Tensor dw, Tensor w, Tensor u, Tensor v, Tensor inverse) {
    spectralNorm.spectralNormBackward(dw, w, u, v, inverse);
  }

  // ---- reductions

  @Override
  public void sum(Tensor result, Tensor x) {
    long ctx = device.context("sum");
    check(ctx, CpuNative.sum(ctx, at(result), at(x), x.count()));
  }

  @Override
  public void sumOfSquares(Tensor result, Tensor x) {
    long ctx = device.context("sumOfSquares");
    check(ctx, CpuNative.sumOfSquares(ctx, at(result), at(x), x.count()));
  }

  @Override
  public void columnSum(Tensor result, Tensor x, GradientMode mode) {
    long ctx = device.context("columnSum");
    check(ctx, CpuNative.columnSum(ctx, at(result), at(x), accumulate(mode), rows(x), channels(x)));
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

  // ---- from tensors to the C ABI

  /** The address of a tensor of this device; 0 for none. */
  long at(Tensor tensor) {
    if (tensor == null) {
      return 0;
    }
    if (tensor.memory() instanceof CpuMemory memory && memory.isOf(device)) {
      return memory.address(tensor.offset());
    }
    throw new FigmentException(
        "The CPU device was given a tensor of shape %s in another device's memory; copy it over first."
            .formatted(tensor.shape()));
  }

  static void check(long ctx, int result) {
    if (result != 0) {
      throw new FigmentException(CpuNative.lastError(ctx));
    }
  }

  static int kind(Activation activation) {
    return activation.kind().ordinal();
  }

  static int accumulate(GradientMode mode) {
    return mode == GradientMode.ACCUMULATE ? 1 : 0;
  }

  static int channels(Tensor x) {
    return x.shape().size(-1);
  }

  static long rows(Tensor x) {
    return x.count() / channels(x);
  }
}
