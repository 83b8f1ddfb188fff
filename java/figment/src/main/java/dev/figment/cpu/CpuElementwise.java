package dev.figment.cpu;

import static dev.figment.cpu.CpuCalls.accumulate;
import static dev.figment.cpu.CpuCalls.bfloat16;
import static dev.figment.cpu.CpuCalls.check;
import static dev.figment.cpu.CpuCalls.kind;

import dev.figment.device.Activation;
import dev.figment.device.ElementwiseKernels;
import dev.figment.device.GradientMode;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/** Memory, layout, rows, random numbers, activations and dropout of {@link CpuKernels}. */
interface CpuElementwise extends ElementwiseKernels, CpuCalls {
  @Override
  default void fill(Tensor y, double value) {
    long ctx = device().context("fill");
    check(ctx, CpuNative.fill(ctx, at(y), (float) value, y.count()));
  }

  @Override
  default void copy(Tensor y, Tensor x) {
    long ctx = device().context("copy");
    check(ctx, CpuNative.copy(ctx, at(y), at(x), y.count() * CpuMemory.bytes(y.type())));
  }

  @Override
  default void add(Tensor y, Tensor a, Tensor b) {
    long ctx = device().context("add");
    check(ctx, CpuNative.add(ctx, at(y), at(a), at(b), y.count()));
  }

  @Override
  default void scale(Tensor y, Tensor x, double factor) {
    long ctx = device().context("scale");
    check(ctx, CpuNative.scale(ctx, at(y), at(x), (float) factor, y.count()));
  }

  @Override
  default void scaleBy(Tensor y, Tensor x, Tensor factor) {
    long ctx = device().context("scaleBy");
    check(ctx, CpuNative.scaleBy(ctx, at(y), at(x), at(factor), y.count()));
  }

  @Override
  default void clamp(Tensor y, Tensor x, double low, double high) {
    long ctx = device().context("clamp");
    check(ctx, CpuNative.clamp(ctx, at(y), at(x), (float) low, (float) high, y.count()));
  }

  @Override
  default void bytesToReal(Tensor y, Tensor x, double scale, double shift) {
    long ctx = device().context("bytesToReal");
    check(ctx, CpuNative.bytesToReal(ctx, at(y), at(x), (float) scale, (float) shift, y.count()));
  }

  @Override
  default void nchwToNhwc(Tensor y, Tensor x) {
    long ctx = device().context("nchwToNhwc");
    Shape last = y.shape();
    check(
        ctx,
        CpuNative.nchwToNhwc(
            ctx, at(y), at(x), last.size(0), last.size(1), last.size(2), last.size(3)));
  }

  @Override
  default void nhwcToNchw(Tensor y, Tensor x) {
    long ctx = device().context("nhwcToNchw");
    Shape last = x.shape();
    check(
        ctx,
        CpuNative.nhwcToNchw(
            ctx, at(y), at(x), last.size(0), last.size(1), last.size(2), last.size(3)));
  }

  @Override
  default void copyColumns(
      Tensor y, int yFrom, Tensor x, int xFrom, int columns, GradientMode mode) {
    long ctx = device().context("copyColumns");
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

  @Override
  default void rowSumOfSquares(Tensor result, Tensor x) {
    long ctx = device().context("rowSumOfSquares");
    check(
        ctx,
        CpuNative.rowSumOfSquares(
            ctx, at(result), at(x), x.shape().size(0), x.count() / x.shape().size(0)));
  }

  @Override
  default void scaleRows(Tensor y, Tensor x, Tensor factor) {
    long ctx = device().context("scaleRows");
    check(
        ctx,
        CpuNative.scaleRows(
            ctx, at(y), at(x), at(factor), x.shape().size(0), x.count() / x.shape().size(0)));
  }

  @Override
  default void lerpRows(Tensor y, Tensor a, Tensor b, Tensor weight) {
    long ctx = device().context("lerpRows");
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

  @Override
  default void increment(Tensor counter) {
    long ctx = device().context("increment");
    check(ctx, CpuNative.increment(ctx, at(counter)));
  }

  @Override
  default void uniform(Tensor y, double low, double high, RandomStream stream) {
    long ctx = device().context("uniform");
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
  default void normal(Tensor y, double mean, double deviation, RandomStream stream) {
    long ctx = device().context("normal");
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

  @Override
  default void bernoulli(Tensor y, Tensor p, RandomStream stream) {
    long ctx = device().context("bernoulli");
    check(
        ctx,
        CpuNative.bernoulli(
            ctx, at(y), at(p), stream.seed(), at(stream.counter()), stream.stream(), y.count()));
  }

  @Override
  default void activationForward(Tensor y, Tensor x, Activation activation) {
    long ctx = device().context("activationForward");
    check(
        ctx,
        CpuNative.activationForward(
            ctx, at(y), at(x), kind(activation), activation.slope(), bfloat16(y), y.count()));
  }

  @Override
  default void activationBackward(Tensor dx, Tensor dy, Tensor y, Activation activation) {
    long ctx = device().context("activationBackward");
    check(
        ctx,
        CpuNative.activationBackward(
            ctx,
            at(dx),
            at(dy),
            at(y),
            kind(activation),
            activation.slope(),
            bfloat16(dx),
            dx.count()));
  }

  @Override
  default void dropoutForward(
      Tensor y, Tensor x, Activation activation, double p, RandomStream stream) {
    long ctx = device().context("dropoutForward");
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
            bfloat16(y),
            y.count()));
  }

  @Override
  default void dropoutBackward(
      Tensor dx, Tensor dy, Tensor y, Activation activation, double p, RandomStream stream) {
    long ctx = device().context("dropoutBackward");
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
            bfloat16(dx),
            dx.count()));
  }
}
