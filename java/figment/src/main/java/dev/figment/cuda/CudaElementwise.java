package dev.figment.cuda;

import static dev.figment.cuda.CudaCalls.blocks;
import static dev.figment.cuda.CudaCalls.kind;

import dev.figment.device.Activation;
import dev.figment.device.ElementwiseKernels;
import dev.figment.device.GradientMode;
import dev.figment.device.KernelLaunch;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/** Memory, layout, rows, random numbers, activations and dropout of {@link CudaKernels}. */
interface CudaElementwise extends ElementwiseKernels, CudaCalls {
  /** Rows and columns of a tile: kTile of layout.cu. */
  long TILE = 32;

  /** Packs of columns that a block copies: kBlockVectors of block.cuh. */
  long COPIED_PACKS = 4L * CudaLaunch.THREADS;

  @Override
  default void fill(Tensor y, double value) {
    map("elementwise", "fill", y).address(at(y)).real(value).wide(y.count()).on(device().stream());
  }

  @Override
  default void copy(Tensor y, Tensor x) {
    device().context().enter("copy");
    Cuda.copy(
        device().memory(y).pointer(y.offset()),
        device().memory(x).pointer(x.offset()),
        y.count() * CudaMemory.bytes(y.type()),
        device().stream().handle());
    device().stream().note(KernelLaunch.copy());
  }

  @Override
  default void add(Tensor y, Tensor a, Tensor b) {
    map("elementwise", "add", y)
        .address(at(y))
        .address(at(a))
        .address(at(b))
        .wide(y.count())
        .on(device().stream());
  }

  @Override
  default void scale(Tensor y, Tensor x, double factor) {
    map("elementwise", "scale", y)
        .address(at(y))
        .address(at(x))
        .real(factor)
        .wide(y.count())
        .on(device().stream());
  }

  @Override
  default void scaleBy(Tensor y, Tensor x, Tensor factor) {
    map("elementwise", "scale_by", y)
        .address(at(y))
        .address(at(x))
        .address(at(factor))
        .wide(y.count())
        .on(device().stream());
  }

  @Override
  default void clamp(Tensor y, Tensor x, double low, double high) {
    map("elementwise", "clamp", y)
        .address(at(y))
        .address(at(x))
        .real(low)
        .real(high)
        .wide(y.count())
        .on(device().stream());
  }

  @Override
  default void bytesToReal(Tensor y, Tensor x, double scale, double shift) {
    map("elementwise", "bytes_to_real", y)
        .address(at(y))
        .address(at(x))
        .real(scale)
        .real(shift)
        .wide(y.count())
        .on(device().stream());
  }

  @Override
  default void nchwToNhwc(Tensor y, Tensor x) {
    Shape last = y.shape();
    transpose(y, x, last.size(3), last.size(1) * last.size(2));
  }

  @Override
  default void nhwcToNchw(Tensor y, Tensor x) {
    Shape last = x.shape();
    transpose(y, x, last.size(1) * last.size(2), last.size(3));
  }

  /** y [N][columns][rows] = x [N][rows][columns]. */
  private void transpose(Tensor y, Tensor x, int rows, int columns) {
    device()
        .launch("layout", "transpose")
        .grid(x.shape().size(0) * blocks(rows, TILE) * blocks(columns, TILE))
        .address(at(y))
        .address(at(x))
        .integer(rows)
        .integer(columns)
        .on(device().stream());
  }

  @Override
  default void copyColumns(
      Tensor y, int yFrom, Tensor x, int xFrom, int columns, GradientMode mode) {
    int yColumns = y.shape().size(-1);
    int xColumns = x.shape().size(-1);
    long rows = x.count() / xColumns;
    boolean vectors = ((columns | yFrom | xFrom | yColumns | xColumns) & 3) == 0;
    device()
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
        .on(device().stream());
  }

  @Override
  default void rowSumOfSquares(Tensor result, Tensor x) {
    int rows = x.shape().size(0);
    device()
        .launch("rows", "row_sum_of_squares")
        .grid(rows)
        .address(at(result))
        .address(at(x))
        .wide(x.count() / rows)
        .on(device().stream());
  }

  @Override
  default void scaleRows(Tensor y, Tensor x, Tensor factor) {
    rows("scale_rows", x)
        .address(at(y))
        .address(at(x))
        .address(at(factor))
        .wide(x.count() / x.shape().size(0))
        .on(device().stream());
  }

  @Override
  default void lerpRows(Tensor y, Tensor a, Tensor b, Tensor weight) {
    rows("lerp_rows", a)
        .address(at(y))
        .address(at(a))
        .address(at(b))
        .address(at(weight))
        .wide(a.count() / a.shape().size(0))
        .on(device().stream());
  }

  /** A kernel that maps the elements of {@code x} row by row. */
  private CudaLaunch rows(String kernel, Tensor x) {
    int rows = x.shape().size(0);
    return device()
        .launch("rows", kernel)
        .grid(rows * blocks(x.count() / rows, CudaCalls.BLOCK_ELEMENTS));
  }

  @Override
  default void increment(Tensor counter) {
    device().launch("random", "increment").block(1, 1).address(at(counter)).on(device().stream());
  }

  @Override
  default void uniform(Tensor y, double low, double high, RandomStream stream) {
    draw("uniform", y, low, high, stream);
  }

  @Override
  default void normal(Tensor y, double mean, double deviation, RandomStream stream) {
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
        .on(device().stream());
  }

  @Override
  default void bernoulli(Tensor y, Tensor p, RandomStream stream) {
    map("random", "bernoulli", y)
        .address(at(y))
        .address(at(p))
        .wide(stream.seed())
        .address(at(stream.counter()))
        .integer(stream.stream())
        .wide(y.count())
        .on(device().stream());
  }

  @Override
  default void activationForward(Tensor y, Tensor x, Activation activation) {
    map("activation", "activation_forward", y)
        .address(at(y))
        .address(at(x))
        .integer(kind(activation))
        .real(activation.slope())
        .wide(y.count())
        .on(device().stream());
  }

  @Override
  default void activationBackward(Tensor dx, Tensor dy, Tensor y, Activation activation) {
    map("activation", "activation_backward", dx)
        .address(at(dx))
        .address(at(dy))
        .address(at(y))
        .integer(kind(activation))
        .real(activation.slope())
        .wide(dx.count())
        .on(device().stream());
  }

  @Override
  default void dropoutForward(
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
        .on(device().stream());
  }

  @Override
  default void dropoutBackward(
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
        .on(device().stream());
  }

  /** floor(p 2^32) as an unsigned number: an element is kept when its integer is not below. */
  static int threshold(double p) {
    return (int) (long) (p * 0x1p32);
  }
}
