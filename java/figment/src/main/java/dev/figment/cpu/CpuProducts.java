package dev.figment.cpu;

import static dev.figment.cpu.CpuCalls.accumulate;
import static dev.figment.cpu.CpuCalls.bfloat16;
import static dev.figment.cpu.CpuCalls.check;
import static dev.figment.cpu.CpuCalls.kind;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.GradientMode;
import dev.figment.device.ProductKernels;
import dev.figment.device.Tensor;

/** Dense layers and convolutions of {@link CpuKernels}. */
interface CpuProducts extends ProductKernels, CpuCalls {
  @Override
  default void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation) {
    long ctx = device().context("denseForward");
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
            bfloat16(y),
            bfloat16(x),
            x.shape().size(0),
            w.shape().size(1),
            w.shape().size(0)));
  }

  @Override
  default void denseBackwardData(Tensor dx, Tensor dy, Tensor w) {
    long ctx = device().context("denseBackwardData");
    check(
        ctx,
        CpuNative.denseBackwardData(
            ctx,
            at(dx),
            at(dy),
            at(w),
            bfloat16(dy),
            bfloat16(dx),
            dx.shape().size(0),
            w.shape().size(1),
            w.shape().size(0)));
  }

  @Override
  default void denseBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, GradientMode mode) {
    long ctx = device().context("denseBackwardWeights");
    check(
        ctx,
        CpuNative.denseBackwardWeights(
            ctx,
            at(dw),
            at(dbias),
            at(dy),
            at(x),
            accumulate(mode),
            bfloat16(dy),
            bfloat16(x),
            x.shape().size(0),
            dw.shape().size(1),
            dw.shape().size(0)));
  }

  @Override
  default void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    long ctx = device().context("convForward");
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
            bfloat16(y),
            bfloat16(x),
            x.shape().size(0),
            geometry.toArray()));
  }

  @Override
  default void convBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    long ctx = device().context("convBackwardData");
    check(
        ctx,
        CpuNative.convBackwardData(
            ctx,
            at(dx),
            at(dy),
            at(w),
            bfloat16(dy),
            bfloat16(dx),
            dx.shape().size(0),
            geometry.toArray()));
  }

  @Override
  default void convBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    long ctx = device().context("convBackwardWeights");
    check(
        ctx,
        CpuNative.convBackwardWeights(
            ctx,
            at(dw),
            at(dbias),
            at(dy),
            at(x),
            accumulate(mode),
            bfloat16(dy),
            bfloat16(x),
            x.shape().size(0),
            geometry.toArray()));
  }

  @Override
  default void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    long ctx = device().context("convTransposeForward");
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
            bfloat16(y),
            bfloat16(x),
            x.shape().size(0),
            geometry.toArray()));
  }

  @Override
  default void convTransposeBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    long ctx = device().context("convTransposeBackwardData");
    check(
        ctx,
        CpuNative.convTransposeBackwardData(
            ctx,
            at(dx),
            at(dy),
            at(w),
            bfloat16(dy),
            bfloat16(dx),
            dx.shape().size(0),
            geometry.toArray()));
  }

  @Override
  default void convTransposeBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    long ctx = device().context("convTransposeBackwardWeights");
    check(
        ctx,
        CpuNative.convTransposeBackwardWeights(
            ctx,
            at(dw),
            at(dbias),
            at(dy),
            at(x),
            accumulate(mode),
            bfloat16(dy),
            bfloat16(x),
            x.shape().size(0),
            geometry.toArray()));
  }
}
