package dev.figment.reference;

import static dev.figment.reference.Reals.start;
import static dev.figment.reference.Reals.value;

import dev.figment.device.Activation;
import dev.figment.device.ElementwiseKernels;
import dev.figment.device.GradientMode;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/** Memory, layout, rows, random numbers, activations and dropout of {@link ReferenceKernels}. */
interface ReferenceElementwise extends ElementwiseKernels {
  @Override
  default void fill(Tensor y, double value) {
    Reals.of(y).fill(value);
  }

  @Override
  default void copy(Tensor y, Tensor x) {
    ReferenceMemory to = (ReferenceMemory) y.memory();
    ReferenceMemory from = (ReferenceMemory) x.memory();
    Object source =
        switch (x.type()) {
          case REAL, BFLOAT16 -> from.reals();
          case INT32 -> from.ints();
          case UINT8 -> from.bytes();
        };
    Object target =
        switch (y.type()) {
          case REAL, BFLOAT16 -> to.reals();
          case INT32 -> to.ints();
          case UINT8 -> to.bytes();
        };
    System.arraycopy(source, (int) x.offset(), target, (int) y.offset(), (int) x.count());
  }

  @Override
  default void add(Tensor y, Tensor a, Tensor b) {
    Reals out = Reals.of(y);
    Reals left = Reals.of(a);
    Reals right = Reals.of(b);
    for (int i = 0; i < out.count(); i++) {
      out.set(i, left.get(i) + right.get(i));
    }
  }

  @Override
  default void scale(Tensor y, Tensor x, double factor) {
    Reals out = Reals.of(y);
    Reals in = Reals.of(x);
    for (int i = 0; i < out.count(); i++) {
      out.set(i, factor * in.get(i));
    }
  }

  @Override
  default void scaleBy(Tensor y, Tensor x, Tensor factor) {
    scale(y, x, Reals.of(factor).get(0));
  }

  @Override
  default void clamp(Tensor y, Tensor x, double low, double high) {
    Reals out = Reals.of(y);
    Reals in = Reals.of(x);
    for (int i = 0; i < out.count(); i++) {
      double value = in.get(i);
      out.set(i, value < low ? low : value > high ? high : value);
    }
  }

  @Override
  default void bytesToReal(Tensor y, Tensor x, double scale, double shift) {
    Reals out = Reals.of(y);
    byte[] in = ((ReferenceMemory) x.memory()).bytes();
    for (int i = 0; i < out.count(); i++) {
      out.set(i, scale * Byte.toUnsignedInt(in[(int) x.offset() + i]) + shift);
    }
  }

  @Override
  default void nchwToNhwc(Tensor y, Tensor x) {
    swapLayout(y, x, y.shape(), true);
  }

  @Override
  default void nhwcToNchw(Tensor y, Tensor x) {
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
  default void copyColumns(
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

  @Override
  default void rowSumOfSquares(Tensor result, Tensor x) {
    Reals sums = start(result, GradientMode.OVERWRITE);
    Reals in = Reals.of(x);
    int columns = in.count() / sums.count();
    for (int i = 0; i < in.count(); i++) {
      sums.add(i / columns, in.get(i) * in.get(i));
    }
  }

  @Override
  default void scaleRows(Tensor y, Tensor x, Tensor factor) {
    Reals out = Reals.of(y);
    Reals in = Reals.of(x);
    Reals factors = Reals.of(factor);
    int columns = in.count() / factors.count();
    for (int i = 0; i < out.count(); i++) {
      out.set(i, factors.get(i / columns) * in.get(i));
    }
  }

  @Override
  default void lerpRows(Tensor y, Tensor a, Tensor b, Tensor weight) {
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

  @Override
  default void increment(Tensor counter) {
    ((ReferenceMemory) counter.memory()).ints()[(int) counter.offset()]++;
  }

  @Override
  default void uniform(Tensor y, double low, double high, RandomStream stream) {
    Reals out = Reals.of(y);
    int counter = value(stream.counter());
    for (int i = 0; i < out.count(); i++) {
      float u = Philox.uniform(Philox.block(stream, counter, i)[i % 4]);
      out.set(i, low + (high - low) * u);
    }
  }

  @Override
  default void normal(Tensor y, double mean, double deviation, RandomStream stream) {
    Reals out = Reals.of(y);
    int counter = value(stream.counter());
    for (int i = 0; i < out.count(); i++) {
      double n = Philox.normal(Philox.block(stream, counter, i), i % 4);
      out.set(i, mean + deviation * n);
    }
  }

  @Override
  default void bernoulli(Tensor y, Tensor p, RandomStream stream) {
    Reals out = Reals.of(y);
    Reals in = Reals.of(p);
    int counter = value(stream.counter());
    for (int i = 0; i < out.count(); i++) {
      float u = Philox.uniform(Philox.block(stream, counter, i)[i % 4]);
      float probability = (float) in.get(i);
      out.set(i, Float.isNaN(probability) ? Double.NaN : u <= probability ? 1 : 0);
    }
  }

  @Override
  default void activationForward(Tensor y, Tensor x, Activation activation) {
    Reals out = Reals.of(y);
    Reals in = Reals.of(x);
    for (int i = 0; i < out.count(); i++) {
      out.set(i, ReferenceActivation.value(activation, in.get(i)));
    }
  }

  @Override
  default void activationBackward(Tensor dx, Tensor dy, Tensor y, Activation activation) {
    Reals out = Reals.of(dx);
    Reals gradient = Reals.of(dy);
    Reals value = Reals.of(y);
    for (int i = 0; i < out.count(); i++) {
      out.set(i, gradient.get(i) * ReferenceActivation.derivative(activation, value.get(i)));
    }
  }

  @Override
  default void dropoutForward(
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
  default void dropoutBackward(
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
}
