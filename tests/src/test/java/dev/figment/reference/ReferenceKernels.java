package dev.figment.reference;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/** The contract in plain loops, in double precision: nothing is reordered, fused or skipped. */
final class ReferenceKernels implements Kernels {

  // ---- memory and layout

  @Override
  public void fill(Tensor y, double value) {
    Reals.of(y).fill(value);
  }

  @Override
  public void copy(Tensor y, Tensor x) {
    ReferenceMemory to = (ReferenceMemory) y.memory();
    ReferenceMemory from = (ReferenceMemory) x.memory();
    Object source =
        switch (x.type()) {
          case REAL -> from.reals();
          case INT32 -> from.ints();
          case UINT8 -> from.bytes();
        };
    Object target =
        switch (y.type()) {
          case REAL -> to.reals();
          case INT32 -> to.ints();
          case UINT8 -> to.bytes();
        };
    System.arraycopy(source, (int) x.offset(), target, (int) y.offset(), (int) x.count());
  }

  @Override
  public void add(Tensor y, Tensor a, Tensor b) {
    Reals out = Reals.of(y);
    Reals left = Reals.of(a);
    Reals right = Reals.of(b);
    for (int i = 0; i < out.count(); i++) {
      out.set(i, left.get(i) + right.get(i));
    }
  }

  @Override
  public void scale(Tensor y, Tensor x, double factor) {
    Reals out = Reals.of(y);
    Reals in = Reals.of(x);
    for (int i = 0; i < out.count(); i++) {
      out.set(i, factor * in.get(i));
    }
  }

  @Override
  public void scaleBy(Tensor y, Tensor x, Tensor factor) {
    scale(y, x, Reals.of(factor).get(0));
  }

  @Override
  public void clamp(Tensor y, Tensor x, double low, double high) {
    Reals out = Reals.of(y);
    Reals in = Reals.of(x);
    for (int i = 0; i < out.count(); i++) {
      double value = in.get(i);
      out.set(i, value < low ? low : value > high ? high : value);
    }
  }

  @Override
  public void bytesToReal(Tensor y, Tensor x, double scale, double shift) {
    Reals out = Reals.of(y);
    byte[] in = ((ReferenceMemory) x.memory()).bytes();
    for (int i = 0; i < out.count(); i++) {
      out.set(i, scale * Byte.toUnsignedInt(in[(int) x.offset() + i]) + shift);
    }
  }

  @Override
  public void nchwToNhwc(Tensor y, Tensor x) {
    swapLayout(y, x, y.shape(), true);
  }

  @Override
  public void nhwcToNchw(Tensor y, Tensor x) {
    swapLayout(y, x, x.shape(), false);
  }

  private static void swapLayout(Tensor y, Tensor x, Shape nhwc, boolean toNhwc) {
    Reals out = Reals.of(y);
    Reals in = Reals.of(x);
    int height = nhwc.size(1);
    int width = nhwc.size(2);
    int channels = nhwc.size(3);
    for (int n = 0; n < nhwc.size(0); n++) {
      for (int h = 0; h < height; h++) {
        for (int w = 0; w < width; w++) {
          for (int c = 0; c < channels; c++) {
            int last = ((n * height + h) * width + w) * channels + c;
            int first = ((n * channels + c) * height + h) * width + w;
            out.set(toNhwc ? last : first, in.get(toNhwc ? first : last));
          }
        }
      }
    }
  }

  @Override
  public void copyColumns(
      Tensor y, int yFrom, Tensor x, int xFrom, int columns, GradientMode mode) {
    Reals out = Reals.of(y);
    Reals in = Reals.of(x);
    int yColumns = y.shape().size(-1);
    int xColumns = x.shape().size(-1);
    for (int row = 0; row < in.count() / xColumns; row++) {
      for (int c = 0; c < columns; c++) {
        int to = row * yColumns + yFrom + c;
        double before = mode == GradientMode.ACCUMULATE ? out.get(to) : 0;
        out.set(to, before + in.get(row * xColumns + xFrom + c));
      }
    }
  }

  // ---- rows

  @Override
  public void rowSumOfSquares(Tensor result, Tensor x) {
    Reals sums = start(result, GradientMode.OVERWRITE);
    Reals in = Reals.of(x);
    int columns = in.count() / sums.count();
    for (int i = 0; i < in.count(); i++) {
      sums.add(i / columns, in.get(i) * in.get(i));
    }
  }

  @Override
  public void scaleRows(Tensor y, Tensor x, Tensor factor) {
    Reals out = Reals.of(y);
    Reals in = Reals.of(x);
    Reals factors = Reals.of(factor);
    int columns = in.count() / factors.count();
    for (int i = 0; i < out.count(); i++) {
      out.set(i, factors.get(i / columns) * in.get(i));
    }
  }

  @Override
  public void lerpRows(Tensor y, Tensor a, Tensor b, Tensor weight) {
    Reals out = Reals.of(y);
    Reals from = Reals.of(a);
    Reals to = Reals.of(b);
    Reals weights = Reals.of(weight);
    int columns = out.count() / weights.count();
    for (int i = 0; i < out.count(); i++) {
      double t = weights.get(i / columns);
      out.set(i, (1 - t) * from.get(i) + t * to.get(i));
    }
  }

  // ---- counters and random numbers

  @Override
  public void increment(Tensor counter) {
    ((ReferenceMemory) counter.memory()).ints()[(int) counter.offset()]++;
  }

  @Override
  public void uniform(Tensor y, double low, double high, RandomStream stream) {
    Reals out = Reals.of(y);
    int counter = value(stream.counter());
    for (int i = 0; i < out.count(); i++) {
      float u = Philox.uniform(Philox.block(stream, counter, i)[i % 4]);
      out.set(i, low + (high - low) * u);
    }
  }

  @Override
  public void normal(Tensor y, double mean, double deviation, RandomStream stream) {
    Reals out = Reals.of(y);
    int counter = value(stream.counter());
    for (int i = 0; i < out.count(); i++) {
      double n = Philox.normal(Philox.block(stream, counter, i), i % 4);
      out.set(i, mean + deviation * n);
    }
  }

  static int value(Tensor counter) {
    return ((ReferenceMemory) counter.memory()).ints()[(int) counter.offset()];
  }

  // ---- activations and dropout

  @Override
  public void activationForward(Tensor y, Tensor x, Activation activation) {
    Reals out = Reals.of(y);
    Reals in = Reals.of(x);
    for (int i = 0; i < out.count(); i++) {
      out.set(i, ReferenceActivation.value(activation, in.get(i)));
    }
  }

  @Override
  public void activationBackward(Tensor dx, Tensor dy, Tensor y, Activation activation) {
    Reals out = Reals.of(dx);
    Reals gradient = Reals.of(dy);
    Reals value = Reals.of(y);
    for (int i = 0; i < out.count(); i++) {
      out.set(i, gradient.get(i) * ReferenceActivation.derivative(activation, value.get(i)));
    }
  }

  @Override
  public void dropoutForward(
      Tensor y, Tensor x, Activation activation, double p, RandomStream stream) {
    Reals out = Reals.of(y);
    Reals in = Reals.of(x);
    int counter = value(stream.counter());
    for (int i = 0; i < out.count(); i++) {
      double kept = ReferenceActivation.value(activation, in.get(i)) / (1 - p);
      out.set(i, keeps(stream, counter, i, p) ? kept : 0);
    }
  }

  @Override
  public void dropoutBackward(
      Tensor dx, Tensor dy, Tensor y, Activation activation, double p, RandomStream stream) {
    Reals out = Reals.of(dx);
    Reals gradient = Reals.of(dy);
    Reals value = Reals.of(y);
    int counter = value(stream.counter());
    for (int i = 0; i < out.count(); i++) {
      double slope = ReferenceActivation.derivative(activation, value.get(i) * (1 - p));
      out.set(i, keeps(stream, counter, i, p) ? gradient.get(i) * slope / (1 - p) : 0);
    }
  }

  private static boolean keeps(RandomStream stream, int counter, int index, double p) {
    long word = Integer.toUnsignedLong(Philox.block(stream, counter, index)[index % 4]);
    return word >= (long) Math.floor(p * 0x1p32);
  }

  // ---- dense

  @Override
  public void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation) {
    int in = w.shape().size(1);
    int out = w.shape().size(0);
    Reals result = Reals.of(y);
    Reals inputs = Reals.of(x);
    Reals weights = Reals.of(w);
    for (int n = 0; n < x.shape().size(0); n++) {
      for (int o = 0; o < out; o++) {
        double sum = 0;
        for (int i = 0; i < in; i++) {
          sum += inputs.get(n * in + i) * weights.get(o * in + i);
        }
        result.set(n * out + o, sum);
      }
    }
    finish(result, bias, activation);
  }

  @Override
  public void denseBackwardData(Tensor dx, Tensor dy, Tensor w) {
    int in = w.shape().size(1);
    int out = w.shape().size(0);
    Reals result = Reals.of(dx);
    Reals gradient = Reals.of(dy);
    Reals weights = Reals.of(w);
    result.fill(0);
    for (int n = 0; n < dx.shape().size(0); n++) {
      for (int o = 0; o < out; o++) {
        for (int i = 0; i < in; i++) {
          result.add(n * in + i, gradient.get(n * out + o) * weights.get(o * in + i));
        }
      }
    }
  }

  @Override
  public void denseBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, GradientMode mode) {
    int in = dw.shape().size(1);
    int out = dw.shape().size(0);
    Reals result = start(dw, mode);
    Reals gradient = Reals.of(dy);
    Reals inputs = Reals.of(x);
    for (int n = 0; n < x.shape().size(0); n++) {
      for (int o = 0; o < out; o++) {
        for (int i = 0; i < in; i++) {
          result.add(o * in + i, gradient.get(n * out + o) * inputs.get(n * in + i));
        }
      }
    }
    sumColumns(dbias, dy, mode);
  }

  // ---- convolution and transposed convolution

  @Override
  public void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    Reals result = start(y, GradientMode.OVERWRITE);
    new ReferenceConvolution(geometry).forward(result, Reals.of(x), Reals.of(w));
    finish(result, bias, activation);
  }

  @Override
  public void convBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    Reals result = start(dx, GradientMode.OVERWRITE);
    new ReferenceConvolution(geometry).backwardData(result, Reals.of(dy), Reals.of(w));
  }

  @Override
  public void convBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    Reals result = start(dw, mode);
    new ReferenceConvolution(geometry).backwardWeights(result, Reals.of(dy), Reals.of(x));
    sumColumns(dbias, dy, mode);
  }

  @Override
  public void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    Reals result = start(y, GradientMode.OVERWRITE);
    new ReferenceConvolution(geometry).backwardData(result, Reals.of(x), Reals.of(w));
    finish(result, bias, activation);
  }

  @Override
  public void convTransposeBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    Reals result = start(dx, GradientMode.OVERWRITE);
    new ReferenceConvolution(geometry).forward(result, Reals.of(dy), Reals.of(w));
  }

  @Override
  public void convTransposeBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    Reals result = start(dw, mode);
    new ReferenceConvolution(geometry).backwardWeights(result, Reals.of(x), Reals.of(dy));
    sumColumns(dbias, dy, mode);
  }

  /** A result that terms are added to: as it stands to accumulate, else from zero. */
  private static Reals start(Tensor result, GradientMode mode) {
    Reals reals = Reals.of(result);
    if (mode == GradientMode.OVERWRITE) {
      reals.fill(0);
    }
    return reals;
  }

  /** y = activation(y + bias) over the last axis; bias may be null. */
  private static void finish(Reals y, Tensor bias, Activation activation) {
    Reals shift = bias == null ? null : Reals.of(bias);
    for (int i = 0; i < y.count(); i++) {
      double sum = shift == null ? y.get(i) : y.get(i) + shift.get(i % shift.count());
      y.set(i, ReferenceActivation.value(activation, sum));
    }
  }

  /** result [C] (+)= sums of x [rows][C] over rows; result may be null. */
  private static void sumColumns(Tensor result, Tensor x, GradientMode mode) {
    if (result != null) {
      Reals sums = start(result, mode);
      Reals in = Reals.of(x);
      for (int i = 0; i < in.count(); i++) {
        sums.add(i % sums.count(), in.get(i));
      }
    }
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
    ReferenceBatchNorm norm = batchNorm(x, activation);
    Reals in = Reals.of(x);
    Reals centre = Reals.of(mean);
    Reals inverse = Reals.of(inverseDeviation);
    ReferenceBatchNorm.Moments moments =
        statistics == null ? norm.moments(in) : norm.given(Reals.of(statistics));
    norm.statistics(
        centre,
        inverse,
        Reals.of(runningMean),
        Reals.of(runningVariance),
        moments,
        momentum,
        epsilon);
    norm.apply(Reals.of(y), in, Reals.of(gamma), Reals.of(beta), centre, inverse);
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
    Reals variance = Reals.of(runningVariance);
    double[] inverse = new double[variance.count()];
    for (int c = 0; c < inverse.length; c++) {
      inverse[c] = 1 / Math.sqrt(variance.get(c) + epsilon);
    }
    batchNorm(x, activation)
        .apply(
            Reals.of(y),
            Reals.of(x),
            Reals.of(gamma),
            Reals.of(beta),
            Reals.of(runningMean),
            new Reals(inverse, 0, inverse.length));
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
    batchNorm(x, activation)
        .backward(
            Reals.of(dx),
            dgamma == null ? null : start(dgamma, mode),
            dbeta == null ? null : start(dbeta, mode),
            Reals.of(dy),
            Reals.of(x),
            Reals.of(gamma),
            Reals.of(beta),
            Reals.of(mean),
            Reals.of(inverseDeviation));
  }

  private static ReferenceBatchNorm batchNorm(Tensor x, Activation activation) {
    return new ReferenceBatchNorm((int) x.count(), x.shape().size(-1), activation);
  }

  // ---- reductions

  @Override
  public void sum(Tensor result, Tensor x) {
    sumColumns(result, x, GradientMode.OVERWRITE);
  }

  @Override
  public void sumOfSquares(Tensor result, Tensor x) {
    Reals in = Reals.of(x);
    double sum = 0;
    for (int i = 0; i < in.count(); i++) {
      sum += in.get(i) * in.get(i);
    }
    Reals.of(result).set(0, sum);
  }

  @Override
  public void columnSum(Tensor result, Tensor x, GradientMode mode) {
    sumColumns(result, x, mode);
  }

  // ---- losses

  @Override
  public void ganDiscriminatorLoss(
      Tensor result, Tensor dlogits, Tensor logits, GanLoss loss, double labelSmoothing) {
    ReferenceLosses.ganDiscriminatorLoss(result, dlogits, logits, loss, labelSmoothing);
  }

  @Override
  public void ganGeneratorLoss(Tensor result, Tensor dlogits, Tensor logits, GanLoss loss) {
    ReferenceLosses.ganGeneratorLoss(result, dlogits, logits, loss);
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
    ReferenceLosses.reconstructionLoss(
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
    ReferenceLosses.gaussianKl(result, rowLosses, dq, dp, q, p, weights, scale, batch);
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
    ReferenceLosses.crossEntropy(result, rowLosses, dlogits, logits, labels, weights, batch);
  }

  // ---- latent variables and embedding

  @Override
  public void reparameterizeForward(Tensor z, Tensor kl, Tensor moments, RandomStream stream) {
    ReferenceLosses.reparameterizeForward(z, kl, moments, stream);
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
    ReferenceLosses.reparameterizeBackward(dmoments, dz, moments, kl, beta, freeBits, stream);
  }

  @Override
  public void embeddingForward(Tensor y, Tensor table, Tensor indices) {
    ReferenceLosses.embeddingForward(y, table, indices);
  }

  @Override
  public void embeddingBackward(Tensor dtable, Tensor dy, Tensor indices, GradientMode mode) {
    ReferenceLosses.embeddingBackward(dtable, dy, indices, mode);
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
    ReferenceOptimizers.adam(
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
    ReferenceOptimizers.sgd(
        values, velocity, gradients, learningRate, momentum, nesterov, weightDecay);
  }

  @Override
  public void rmsProp(
      Tensor values,
      Tensor meanSquare,
      Tensor gradients,
      Tensor learningRate,
      double decay,
      double epsilon) {
    ReferenceOptimizers.rmsProp(values, meanSquare, gradients, learningRate, decay, epsilon);
  }

  @Override
  public void ema(Tensor average, Tensor values, Tensor step, double decay) {
    ReferenceOptimizers.ema(average, values, step, decay);
  }

  @Override
  public void clipByNorm(Tensor gradients, Tensor norm, double maxNorm) {
    ReferenceOptimizers.clipByNorm(gradients, norm, maxNorm);
  }
}
