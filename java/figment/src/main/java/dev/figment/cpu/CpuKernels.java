package dev.figment.cpu;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.FigmentException;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/** The contract over the C ABI of {@code native/include/figment.h}; shapes were checked before. */
final class CpuKernels implements Kernels {
  private final CpuDevice device;
  private final CpuLosses losses;
  private final CpuOptimizers optimizers;

  CpuKernels(CpuDevice device) {
    this.device = device;
    losses = new CpuLosses(device, this);
    optimizers = new CpuOptimizers(device, this);
  }

  // ---- memory and layout

  @Override
  public void fill(Tensor y, double value) {
    long ctx = device.context("fill");
    check(ctx, CpuNative.fill(ctx, at(y), (float) value, y.count()));
  }

  @Override
  public void copy(Tensor y, Tensor x) {
    long ctx = device.context("copy");
    check(ctx, CpuNative.copy(ctx, at(y), at(x), y.count() * CpuMemory.bytes(y.type())));
  }

  @Override
  public void add(Tensor y, Tensor a, Tensor b) {
    long ctx = device.context("add");
    check(ctx, CpuNative.add(ctx, at(y), at(a), at(b), y.count()));
  }

  @Override
  public void scale(Tensor y, Tensor x, double factor) {
    long ctx = device.context("scale");
    check(ctx, CpuNative.scale(ctx, at(y), at(x), (float) factor, y.count()));
  }

  @Override
  public void scaleBy(Tensor y, Tensor x, Tensor factor) {
    long ctx = device.context("scaleBy");
    check(ctx, CpuNative.scaleBy(ctx, at(y), at(x), at(factor), y.count()));
  }

  @Override
  public void clamp(Tensor y, Tensor x, double low, double high) {
    long ctx = device.context("clamp");
    check(ctx, CpuNative.clamp(ctx, at(y), at(x), (float) low, (float) high, y.count()));
  }

  @Override
  public void bytesToReal(Tensor y, Tensor x, double scale, double shift) {
    long ctx = device.context("bytesToReal");
    check(ctx, CpuNative.bytesToReal(ctx, at(y), at(x), (float) scale, (float) shift, y.count()));
  }

  @Override
  public void nchwToNhwc(Tensor y, Tensor x) {
    long ctx = device.context("nchwToNhwc");
    Shape last = y.shape();
    check(
        ctx,
        CpuNative.nchwToNhwc(
            ctx, at(y), at(x), last.size(0), last.size(1), last.size(2), last.size(3)));
  }

  @Override
  public void nhwcToNchw(Tensor y, Tensor x) {
    long ctx = device.context("nhwcToNchw");
    Shape last = x.shape();
    check(
        ctx,
        CpuNative.nhwcToNchw(
            ctx, at(y), at(x), last.size(0), last.size(1), last.size(2), last.size(3)));
  }

  @Override
  public void copyColumns(
      Tensor y, int yFrom, Tensor x, int xFrom, int columns, GradientMode mode) {
    long ctx = device.context("copyColumns");
    int xColumns = x.shape().size(-1);
    check(
        ctx,
        CpuNative.copyColumns(
            ctx,
            at(y),
            yFrom,
            at(x),
            xFrom,
            columns,
            accumulate(mode),
            x.count() / xColumns,
            y.shape().size(-1),
            xColumns));
  }

  // ---- rows

  @Override
  public void rowSumOfSquares(Tensor result, Tensor x) {
    long ctx = device.context("rowSumOfSquares");
    check(
        ctx,
        CpuNative.rowSumOfSquares(
            ctx, at(result), at(x), x.shape().size(0), x.count() / x.shape().size(0)));
  }

  @Override
  public void scaleRows(Tensor y, Tensor x, Tensor factor) {
    long ctx = device.context("scaleRows");
    check(
        ctx,
        CpuNative.scaleRows(
            ctx, at(y), at(x), at(factor), x.shape().size(0), x.count() / x.shape().size(0)));
  }

  @Override
  public void lerpRows(Tensor y, Tensor a, Tensor b, Tensor weight) {
    long ctx = device.context("lerpRows");
    check(
        ctx,
        CpuNative.lerpRows(
            ctx,
            at(y),
            at(a),
            at(b),
            at(weight),
            a.shape().size(0),
            a.count() / a.shape().size(0)));
  }

  // ---- counters and random numbers

  @Override
  public void increment(Tensor counter) {
    long ctx = device.context("increment");
    check(ctx, CpuNative.increment(ctx, at(counter)));
  }

  @Override
  public void uniform(Tensor y, double low, double high, RandomStream stream) {
    long ctx = device.context("uniform");
    check(
        ctx,
        CpuNative.uniform(
            ctx,
            at(y),
            (float) low,
            (float) high,
            stream.seed(),
            at(stream.counter()),
            stream.stream(),
            y.count()));
  }

  @Override
  public void normal(Tensor y, double mean, double deviation, RandomStream stream) {
    long ctx = device.context("normal");
    check(
        ctx,
        CpuNative.normal(
            ctx,
            at(y),
            (float) mean,
            (float) deviation,
            stream.seed(),
            at(stream.counter()),
            stream.stream(),
            y.count()));
  }

  // ---- activations and dropout

  @Override
  public void activationForward(Tensor y, Tensor x, Activation activation) {
    long ctx = device.context("activationForward");
    check(
        ctx,
        CpuNative.activationForward(
            ctx, at(y), at(x), kind(activation), activation.slope(), y.count()));
  }

  @Override
  public void activationBackward(Tensor dx, Tensor dy, Tensor y, Activation activation) {
    long ctx = device.context("activationBackward");
    check(
        ctx,
        CpuNative.activationBackward(
            ctx, at(dx), at(dy), at(y), kind(activation), activation.slope(), dx.count()));
  }

  @Override
  public void dropoutForward(
      Tensor y, Tensor x, Activation activation, double p, RandomStream stream) {
    long ctx = device.context("dropoutForward");
    check(
        ctx,
        CpuNative.dropoutForward(
            ctx,
            at(y),
            at(x),
            kind(activation),
            activation.slope(),
            p,
            stream.seed(),
            at(stream.counter()),
            stream.stream(),
            y.count()));
  }

  @Override
  public void dropoutBackward(
      Tensor dx, Tensor dy, Tensor y, Activation activation, double p, RandomStream stream) {
    long ctx = device.context("dropoutBackward");
    check(
        ctx,
        CpuNative.dropoutBackward(
            ctx,
            at(dx),
            at(dy),
            at(y),
            kind(activation),
            activation.slope(),
            p,
            stream.seed(),
            at(stream.counter()),
            stream.stream(),
            dx.count()));
  }

  // ---- dense

  @Override
  public void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation) {
    long ctx = device.context("denseForward");
    check(
        ctx,
        CpuNative.denseForward(
            ctx,
            at(y),
            at(x),
            at(w),
            at(bias),
            kind(activation),
            activation.slope(),
            x.shape().size(0),
            w.shape().size(1),
            w.shape().size(0)));
  }

  @Override
  public void denseBackwardData(Tensor dx, Tensor dy, Tensor w) {
    long ctx = device.context("denseBackwardData");
    check(
        ctx,
        CpuNative.denseBackwardData(
            ctx, at(dx), at(dy), at(w), dx.shape().size(0), w.shape().size(1), w.shape().size(0)));
  }

  @Override
  public void denseBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, GradientMode mode) {
    long ctx = device.context("denseBackwardWeights");
    check(
        ctx,
        CpuNative.denseBackwardWeights(
            ctx,
            at(dw),
            at(dbias),
            at(dy),
            at(x),
            accumulate(mode),
            x.shape().size(0),
            dw.shape().size(1),
            dw.shape().size(0)));
  }

  // ---- convolution

  @Override
  public void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    long ctx = device.context("convForward");
    check(
        ctx,
        CpuNative.convForward(
            ctx,
            at(y),
            at(x),
            at(w),
            at(bias),
            kind(activation),
            activation.slope(),
            x.shape().size(0),
            geometry.toArray()));
  }

  @Override
  public void convBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    long ctx = device.context("convBackwardData");
    check(
        ctx,
        CpuNative.convBackwardData(
            ctx, at(dx), at(dy), at(w), dx.shape().size(0), geometry.toArray()));
  }

  @Override
  public void convBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    long ctx = device.context("convBackwardWeights");
    check(
        ctx,
        CpuNative.convBackwardWeights(
            ctx,
            at(dw),
            at(dbias),
            at(dy),
            at(x),
            accumulate(mode),
            x.shape().size(0),
            geometry.toArray()));
  }

  // ---- transposed convolution

  @Override
  public void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    long ctx = device.context("convTransposeForward");
    check(
        ctx,
        CpuNative.convTransposeForward(
            ctx,
            at(y),
            at(x),
            at(w),
            at(bias),
            kind(activation),
            activation.slope(),
            x.shape().size(0),
            geometry.toArray()));
  }

  @Override
  public void convTransposeBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    long ctx = device.context("convTransposeBackwardData");
    check(
        ctx,
        CpuNative.convTransposeBackwardData(
            ctx, at(dx), at(dy), at(w), dx.shape().size(0), geometry.toArray()));
  }

  @Override
  public void convTransposeBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    long ctx = device.context("convTransposeBackwardWeights");
    check(
        ctx,
        CpuNative.convTransposeBackwardWeights(
            ctx,
            at(dw),
            at(dbias),
            at(dy),
            at(x),
            accumulate(mode),
            x.shape().size(0),
            geometry.toArray()));
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
    long ctx = device.context("batchNormForward");
    check(
        ctx,
        CpuNative.batchNormForward(
            ctx,
            at(y),
            at(mean),
            at(inverseDeviation),
            at(runningMean),
            at(runningVariance),
            at(x),
            at(statistics),
            at(gamma),
            at(beta),
            (float) momentum,
            (float) epsilon,
            kind(activation),
            activation.slope(),
            statistics == null ? 0 : statistics.shape().size(0),
            rows(x),
            channels(x)));
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
    long ctx = device.context("batchNormInfer");
    check(
        ctx,
        CpuNative.batchNormInfer(
            ctx,
            at(y),
            at(x),
            at(gamma),
            at(beta),
            at(runningMean),
            at(runningVariance),
            (float) epsilon,
            kind(activation),
            activation.slope(),
            rows(x),
            channels(x)));
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
    long ctx = device.context("batchNormBackward");
    check(
        ctx,
        CpuNative.batchNormBackward(
            ctx,
            at(dx),
            at(dgamma),
            at(dbeta),
            at(dy),
            at(x),
            at(gamma),
            at(beta),
            at(mean),
            at(inverseDeviation),
            kind(activation),
            activation.slope(),
            accumulate(mode),
            rows(x),
            channels(x)));
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

  private static int kind(Activation activation) {
    return activation.kind().ordinal();
  }

  static int accumulate(GradientMode mode) {
    return mode == GradientMode.ACCUMULATE ? 1 : 0;
  }

  private static int channels(Tensor x) {
    return x.shape().size(-1);
  }

  private static long rows(Tensor x) {
    return x.count() / channels(x);
  }
}
