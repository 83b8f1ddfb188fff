package dev.figment.device;

import static dev.figment.device.Checks.activations;
import static dev.figment.device.Checks.alike;
import static dev.figment.device.Checks.conv;
import static dev.figment.device.Checks.dense;
import static dev.figment.device.Checks.nonlinearity;
import static dev.figment.device.Checks.reals;
import static dev.figment.device.Checks.same;
import static dev.figment.device.Checks.statistics;
import static dev.figment.device.Checks.vector;
import static dev.figment.device.Checks.wanted;

/** {@link ProductKernels} of {@link CheckedKernels}. */
interface CheckedProducts extends ProductKernels {
  Kernels kernels();

  @Override
  default void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation) {
    activations("denseForward", y, x);
    reals("denseForward", w);
    dense("denseForward", y, x, w);
    vector("denseForward", "bias", bias, w.shape().size(0));
    kernels().denseForward(y, x, w, bias, activation);
  }

  @Override
  default void denseBackwardData(Tensor dx, Tensor dy, Tensor w) {
    activations("denseBackwardData", dx, dy);
    reals("denseBackwardData", w);
    dense("denseBackwardData", dy, dx, w);
    kernels().denseBackwardData(dx, dy, w);
  }

  @Override
  default void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end) {
    activations("denseForward", y, x);
    reals("denseForward", w);
    dense("denseForward", y, x, w);
    vector("denseForward", "bias", bias, w.shape().size(0));
    nonlinearity("denseForward", end);
    kernels().denseForward(y, x, w, bias, end);
  }

  @Override
  default void denseBackwardData(Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before) {
    activations("denseBackwardData", dy);
    alike("denseBackwardData", dx, x);
    reals("denseBackwardData", w);
    dense("denseBackwardData", dy, dx, w);
    same("denseBackwardData", "dx", dx, "x", x);
    nonlinearity("denseBackwardData", before);
    kernels().denseBackwardData(dx, dy, w, x, before);
  }

  @Override
  default void denseBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, GradientMode mode) {
    activations("denseBackwardWeights", dy, x);
    reals("denseBackwardWeights", dw);
    dense("denseBackwardWeights", dy, x, dw);
    vector("denseBackwardWeights", "dbias", dbias, dw.shape().size(0));
    wanted("denseBackwardWeights", mode);
    kernels().denseBackwardWeights(dw, dbias, dy, x, mode);
  }

  @Override
  default void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    conv("convForward", x, y, w, geometry);
    vector("convForward", "bias", bias, geometry.smallChannels());
    kernels().convForward(y, x, w, bias, activation, geometry);
  }

  @Override
  default void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end, ConvGeometry geometry) {
    conv("convForward", x, y, w, geometry);
    vector("convForward", "bias", bias, geometry.smallChannels());
    nonlinearity("convForward", end);
    kernels().convForward(y, x, w, bias, end, geometry);
  }

  @Override
  default void convBackwardData(
      Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before, ConvGeometry geometry) {
    alike("convBackwardData", dx, x);
    conv("convBackwardData", dx, dy, w, geometry);
    same("convBackwardData", "dx", dx, "x", x);
    nonlinearity("convBackwardData", before);
    kernels().convBackwardData(dx, dy, w, x, before, geometry);
  }

  @Override
  default int convStatisticsTiles(ConvGeometry geometry, int batch) {
    return kernels().convStatisticsTiles(geometry, batch);
  }

  @Override
  default void convForwardWithStatistics(
      Tensor y, Tensor statistics, Tensor x, Tensor w, Tensor bias, ConvGeometry geometry) {
    String operation = "convForwardWithStatistics";
    conv(operation, x, y, w, geometry);
    vector(operation, "bias", bias, geometry.smallChannels());
    int tiles = convStatisticsTiles(geometry, x.shape().size(0));
    statistics(operation, statistics, tiles, geometry.smallChannels());
    kernels().convForwardWithStatistics(y, statistics, x, w, bias, geometry);
  }

  @Override
  default void convBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    conv("convBackwardData", dx, dy, w, geometry);
    kernels().convBackwardData(dx, dy, w, geometry);
  }

  @Override
  default void convBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    conv("convBackwardWeights", x, dy, dw, geometry);
    vector("convBackwardWeights", "dbias", dbias, geometry.smallChannels());
    wanted("convBackwardWeights", mode);
    kernels().convBackwardWeights(dw, dbias, dy, x, geometry, mode);
  }

  @Override
  default void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    conv("convTransposeForward", y, x, w, geometry);
    vector("convTransposeForward", "bias", bias, geometry.channels());
    kernels().convTransposeForward(y, x, w, bias, activation, geometry);
  }

  @Override
  default void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end, ConvGeometry geometry) {
    conv("convTransposeForward", y, x, w, geometry);
    vector("convTransposeForward", "bias", bias, geometry.channels());
    nonlinearity("convTransposeForward", end);
    kernels().convTransposeForward(y, x, w, bias, end, geometry);
  }

  @Override
  default void convTransposeBackwardData(
      Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before, ConvGeometry geometry) {
    alike("convTransposeBackwardData", dx, x);
    conv("convTransposeBackwardData", dy, dx, w, geometry);
    same("convTransposeBackwardData", "dx", dx, "x", x);
    nonlinearity("convTransposeBackwardData", before);
    kernels().convTransposeBackwardData(dx, dy, w, x, before, geometry);
  }

  @Override
  default int convTransposeStatisticsTiles(ConvGeometry geometry, int batch) {
    return kernels().convTransposeStatisticsTiles(geometry, batch);
  }

  @Override
  default void convTransposeForwardWithStatistics(
      Tensor y, Tensor statistics, Tensor x, Tensor w, Tensor bias, ConvGeometry geometry) {
    String operation = "convTransposeForwardWithStatistics";
    conv(operation, y, x, w, geometry);
    vector(operation, "bias", bias, geometry.channels());
    int tiles = convTransposeStatisticsTiles(geometry, x.shape().size(0));
    statistics(operation, statistics, tiles, geometry.channels());
    kernels().convTransposeForwardWithStatistics(y, statistics, x, w, bias, geometry);
  }

  @Override
  default void convTransposeBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    conv("convTransposeBackwardData", dy, dx, w, geometry);
    kernels().convTransposeBackwardData(dx, dy, w, geometry);
  }

  @Override
  default void convTransposeBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    conv("convTransposeBackwardWeights", dy, x, dw, geometry);
    vector("convTransposeBackwardWeights", "dbias", dbias, geometry.channels());
    wanted("convTransposeBackwardWeights", mode);
    kernels().convTransposeBackwardWeights(dw, dbias, dy, x, geometry, mode);
  }
}
