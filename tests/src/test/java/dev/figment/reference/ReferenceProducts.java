package dev.figment.reference;

import static dev.figment.reference.Reals.start;
import static dev.figment.reference.ReferenceReductions.sumColumns;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.GradientMode;
import dev.figment.device.ProductKernels;
import dev.figment.device.Tensor;

/** Dense layers and convolutions of {@link ReferenceKernels}. */
interface ReferenceProducts extends ProductKernels {
  @Override
  default void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation) {
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
  default void denseBackwardData(Tensor dx, Tensor dy, Tensor w) {
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
  default void denseBackwardWeights(
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

  @Override
  default void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    Reals result = start(y, GradientMode.OVERWRITE);
    new ReferenceConvolution(geometry).forward(result, Reals.of(x), Reals.of(w));
    finish(result, bias, activation);
  }

  @Override
  default void convBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    Reals result = start(dx, GradientMode.OVERWRITE);
    new ReferenceConvolution(geometry).backwardData(result, Reals.of(dy), Reals.of(w));
  }

  @Override
  default void convBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    Reals result = start(dw, mode);
    new ReferenceConvolution(geometry).backwardWeights(result, Reals.of(dy), Reals.of(x));
    sumColumns(dbias, dy, mode);
  }

  @Override
  default void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    Reals result = start(y, GradientMode.OVERWRITE);
    new ReferenceConvolution(geometry).backwardData(result, Reals.of(x), Reals.of(w));
    finish(result, bias, activation);
  }

  @Override
  default void convTransposeBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    Reals result = start(dx, GradientMode.OVERWRITE);
    new ReferenceConvolution(geometry).forward(result, Reals.of(dy), Reals.of(w));
  }

  @Override
  default void convTransposeBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    Reals result = start(dw, mode);
    new ReferenceConvolution(geometry).backwardWeights(result, Reals.of(x), Reals.of(dy));
    sumColumns(dbias, dy, mode);
  }

  /** y = activation(y + bias) over the last axis; bias may be null. */
  private static void finish(Reals y, Tensor bias, Activation activation) {
    Reals shift = bias == null ? null : Reals.of(bias);
    for (int i = 0; i < y.count(); i++) {
      double sum = shift == null ? y.get(i) : y.get(i) + shift.get(i % shift.count());
      y.set(i, ReferenceActivation.value(activation, sum));
    }
  }
}
