package dev.figment.cuda;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.KernelLaunch;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/**
 * The contract over the kernels of kernels/*.cu; shapes were checked before. Grids depend on sizes
 * alone, so that results do not depend on the GPU.
 */
final class CudaKernels implements Kernels {
  /** Elements that a block maps: kBlockElements of common.cuh. */
  private static final long BLOCK_ELEMENTS = 16L * CudaLaunch.THREADS;

  /** Elements that a block sums: kSumElements of reduction.cu. */
  private static final long SUM_ELEMENTS = 64L * CudaLaunch.THREADS;

  /** Rows and columns that a block sums: kColumnRows and kColumns of reduction.cu. */
  private static final long COLUMN_ROWS = 256;

  private static final long COLUMNS = 32;

  /** Rows and columns of a tile: kTile of layout.cu. */
  private static final long TILE = 32;

  /** Packs of columns that a block copies: kBlockVectors of common.cuh. */
  private static final long COPIED_PACKS = 4L * CudaLaunch.THREADS;

  private final CudaDevice device;
  private final GemmKernels gemm;
  private final CudaImageLayer imageLayer;
  private final CudaBatchNorm batchNorm;
  private final CudaOptimizers optimizers;
  private final CudaLosses losses;

  CudaKernels(CudaDevice device) {
    this.device = device;
    gemm = new GemmKernels(device, this);
    imageLayer = new CudaImageLayer(device);
    batchNorm = new CudaBatchNorm(device, this);
    optimizers = new CudaOptimizers(device, this);
    losses = new CudaLosses(device, this);
  }

  // ---- memory and layout

  @Override
  public void fill(Tensor y, double value) {
    map("elementwise", "fill", y).address(at(y)).real(value).wide(y.count()).on(device.stream());
  }

  @Override
  public void copy(Tensor y, Tensor x) {
    device.context().enter("copy");
    Cuda.copy(
        device.memory(y).pointer(y.offset()),
        device.memory(x).pointer(x.offset()),
        y.count() * CudaMemory.bytes(y.type()),
        device.stream().handle());
    device.stream().note(KernelLaunch.copy());
  }

  @Override
  public void add(Tensor y, Tensor a, Tensor b) {
    map("elementwise", "add", y)
        .address(at(y))
        .address(at(a))
        .address(at(b))
        .wide(y.count())
        .on(device.stream());
  }

  @Override
  public void scale(Tensor y, Tensor x, double factor) {
    map("elementwise", "scale", y)
        .address(at(y))
        .address(at(x))
        .real(factor)
        .wide(y.count())
        .on(device.stream());
  }

  @Override
  public void scaleBy(Tensor y, Tensor x, Tensor factor) {
    map("elementwise", "scale_by", y)
        .address(at(y))
        .address(at(x))
        .address(at(factor))
        .wide(y.count())
        .on(device.stream());
  }

  @Override
  public void clamp(Tensor y, Tensor x, double low, double high) {
    map("elementwise", "clamp", y)
        .address(at(y))
        .address(at(x))
        .real(low)
        .real(high)
        .wide(y.count())
        .on(device.stream());
  }

  @Override
  public void bytesToReal(Tensor y, Tensor x, double scale, double shift) {
    map("elementwise", "bytes_to_real", y)
        .address(at(y))
        .address(at(x))
        .real(scale)
        .real(shift)
        .wide(y.count())
        .on(device.stream());
  }

  @Override
  public void nchwToNhwc(Tensor y, Tensor x) {
    Shape last = y.shape();
    transpose(y, x, last.size(3), last.size(1) * last.size(2));
  }

  @Override
  public void nhwcToNchw(Tensor y, Tensor x) {
    Shape last = x.shape();
    transpose(y, x, last.size(1) * last.size(2), last.size(3));
  }

  /** y [N][columns][rows] = x [N][rows][columns]. */
  private void transpose(Tensor y, Tensor x, int rows, int columns) {
    device
        .launch("layout", "transpose")
        .grid(x.shape().size(0) * blocks(rows, TILE) * blocks(columns, TILE))
        .address(at(y))
        .address(at(x))
        .integer(rows)
        .integer(columns)
        .on(device.stream());
  }

  @Override
  public void copyColumns(
      Tensor y, int yFrom, Tensor x, int xFrom, int columns, GradientMode mode) {
    int yColumns = y.shape().size(-1);
    int xColumns = x.shape().size(-1);
    long rows = x.count() / xColumns;
    boolean vectors = ((columns | yFrom | xFrom | yColumns | xColumns) & 3) == 0;
    device
        .launch("columns", "copy_columns")
        .grid(blocks(rows * (vectors ? columns / 4 : columns), COPIED_PACKS))
        .address(at(y))
        .integer(yFrom)
        .address(at(x))
        .integer(xFrom)
        .integer(columns)
        .integer(mode == GradientMode.ACCUMULATE ? 1 : 0)
        .wide(rows)
        .integer(yColumns)
        .integer(xColumns)
        .on(device.stream());
  }

  // ---- rows

  @Override
  public void rowSumOfSquares(Tensor result, Tensor x) {
    int rows = x.shape().size(0);
    device
        .launch("rows", "row_sum_of_squares")
        .grid(rows)
        .address(at(result))
        .address(at(x))
        .wide(x.count() / rows)
        .on(device.stream());
  }

  @Override
  public void scaleRows(Tensor y, Tensor x, Tensor factor) {
    rows("scale_rows", x)
        .address(at(y))
        .address(at(x))
        .address(at(factor))
        .wide(x.count() / x.shape().size(0))
        .on(device.stream());
  }

  @Override
  public void lerpRows(Tensor y, Tensor a, Tensor b, Tensor weight) {
    rows("lerp_rows", a)
        .address(at(y))
        .address(at(a))
        .address(at(b))
        .address(at(weight))
        .wide(a.count() / a.shape().size(0))
        .on(device.stream());
  }

  /** A kernel that maps the elements of {@code x} row by row. */
  private CudaLaunch rows(String kernel, Tensor x) {
    int rows = x.shape().size(0);
    return device.launch("rows", kernel).grid(rows * blocks(x.count() / rows, BLOCK_ELEMENTS));
  }

  // ---- counters and random numbers

  @Override
  public void increment(Tensor counter) {
    device.launch("random", "increment").block(1, 1).address(at(counter)).on(device.stream());
  }

  @Override
  public void uniform(Tensor y, double low, double high, RandomStream stream) {
    draw("uniform", y, low, high, stream);
  }

  @Override
  public void normal(Tensor y, double mean, double deviation, RandomStream stream) {
    draw("normal", y, mean, deviation, stream);
  }

  private void draw(String kernel, Tensor y, double first, double second, RandomStream stream) {
    map("random", kernel, y)
        .address(at(y))
        .real(first)
        .real(second)
        .wide(stream.seed())
        .address(at(stream.counter()))
        .integer(stream.stream())
        .wide(y.count())
        .on(device.stream());
  }

  // ---- activations and dropout

  @Override
  public void activationForward(Tensor y, Tensor x, Activation activation) {
    map("activation", "activation_forward", y)
        .address(at(y))
        .address(at(x))
        .integer(kind(activation))
        .real(activation.slope())
        .wide(y.count())
        .on(device.stream());
  }

  @Override
  public void activationBackward(Tensor dx, Tensor dy, Tensor y, Activation activation) {
    map("activation", "activation_backward", dx)
        .address(at(dx))
        .address(at(dy))
        .address(at(y))
        .integer(kind(activation))
        .real(activation.slope())
        .wide(dx.count())
        .on(device.stream());
  }

  @Override
  public void dropoutForward(
      Tensor y, Tensor x, Activation activation, double p, RandomStream stream) {
    map("dropout", "dropout_forward", y)
        .address(at(y))
        .address(at(x))
        .integer(kind(activation))
        .real(activation.slope())
        .integer(threshold(p))
        .real(1 / (1 - p))
        .wide(stream.seed())
        .address(at(stream.counter()))
        .integer(stream.stream())
        .wide(y.count())
        .on(device.stream());
  }

  @Override
  public void dropoutBackward(
      Tensor dx, Tensor dy, Tensor y, Activation activation, double p, RandomStream stream) {
    map("dropout", "dropout_backward", dx)
        .address(at(dx))
        .address(at(dy))
        .address(at(y))
        .integer(kind(activation))
        .real(activation.slope())
        .integer(threshold(p))
        .real(1 / (1 - p))
        .real(1 - p)
        .wide(stream.seed())
        .address(at(stream.counter()))
        .integer(stream.stream())
        .wide(dx.count())
        .on(device.stream());
  }

  /** floor(p 2^32) as an unsigned number: an element is kept when its integer is not below. */
  private static int threshold(double p) {
    return (int) (long) (p * 0x1p32);
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
  public void sum(Tensor result, Tensor x) {
    reduce("sum", result, x);
  }

  @Override
  public void sumOfSquares(Tensor result, Tensor x) {
    reduce("sum_of_squares", result, x);
  }

  /** result [1] = a sum over all of x, or its root. */
  void reduce(String kernel, Tensor result, Tensor x) {
    long blocks = blocks(x.count(), SUM_ELEMENTS);
    device
        .launch("reduction", kernel)
        .grid(blocks)
        .address(at(result))
        .address(at(x))
        .address(device.partials(blocks))
        .address(device.tickets(1))
        .wide(x.count())
        .on(device.stream());
  }

  @Override
  public void columnSum(Tensor result, Tensor x, GradientMode mode) {
    int columns = x.shape().size(-1);
    long rows = x.count() / columns;
    long rowBlocks = blocks(rows, COLUMN_ROWS);
    long columnBlocks = blocks(columns, COLUMNS);
    device
        .launch("reduction", "column_sum")
        .grid(rowBlocks, columnBlocks)
        .address(at(result))
        .address(at(x))
        .address(device.partials(rowBlocks * columns))
        .address(device.tickets(columnBlocks))
        .integer(mode == GradientMode.ACCUMULATE ? 1 : 0)
        .wide(rows)
        .integer(columns)
        .on(device.stream());
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
    gemm.conv(y, x, w, bias, activation, dense(w));
  }

  @Override
  public void denseBackwardData(Tensor dx, Tensor dy, Tensor w) {
    gemm.convTranspose(dx, dy, w, null, Activation.IDENTITY, dense(w));
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
    if (!imageLayer.forward(y, x, w, bias, activation, geometry)) {
      gemm.conv(y, x, w, bias, activation, geometry);
    }
  }

  @Override
  public void convBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    if (!imageLayer.transposed(dx, dy, w, null, Activation.IDENTITY, geometry)) {
      gemm.convTranspose(dx, dy, w, null, Activation.IDENTITY, geometry);
    }
  }

  @Override
  public void convBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    if (!imageLayer.backwardWeights(dw, dbias, dy, x, geometry, mode)) {
      gemm.weights(dw, dbias, dy, x, geometry, mode);
    }
  }

  // ---- transposed convolution

  @Override
  public void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    if (!imageLayer.transposed(y, x, w, bias, activation, geometry)) {
      gemm.convTranspose(y, x, w, bias, activation, geometry);
    }
  }

  @Override
  public void convTransposeBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    if (!imageLayer.forward(dx, dy, w, null, Activation.IDENTITY, geometry)) {
      gemm.conv(dx, dy, w, null, Activation.IDENTITY, geometry);
    }
  }

  @Override
  public void convTransposeBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    if (!imageLayer.backwardWeights(dw, null, x, dy, geometry, mode)) {
      gemm.weights(dw, null, x, dy, geometry, mode);
    }
    if (dbias != null) {
      columnSum(dbias, dy, mode);
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
