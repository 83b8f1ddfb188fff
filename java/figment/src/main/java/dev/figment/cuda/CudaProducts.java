package dev.figment.cuda;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.GradientMode;
import dev.figment.device.Nonlinearity;
import dev.figment.device.ProductKernels;
import dev.figment.device.Tensor;

/** Dense layers and convolutions of {@link CudaKernels}. */
interface CudaProducts extends ProductKernels, CudaReductions {
  GemmKernels gemm();

  CudaImageLayer imageLayer();

  // ---- dense

  @Override
  default void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation) {
    denseForward(y, x, w, bias, Nonlinearity.of(activation));
  }

  @Override
  default void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end) {
    gemm().conv(y, null, x, w, bias, CudaEnding.forward(device(), end), dense(w));
  }

  @Override
  default void denseBackwardData(Tensor dx, Tensor dy, Tensor w) {
    denseBackwardData(dx, dy, w, dx, Nonlinearity.NONE);
  }

  @Override
  default void denseBackwardData(Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before) {
    gemm().convTranspose(dx, null, dy, w, null, CudaEnding.backward(device(), before, x), dense(w));
  }

  @Override
  default void denseBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, GradientMode mode) {
    gemm().weights(dw, dbias, dy, x, dense(dw), mode);
  }

  /** Of weights [out][in]. */
  private static ConvGeometry dense(Tensor w) {
    return GemmPlan.dense(w.shape().size(1), w.shape().size(0));
  }

  // ---- convolution

  @Override
  default void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    convForward(y, x, w, bias, Nonlinearity.of(activation), geometry);
  }

  @Override
  default void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end, ConvGeometry geometry) {
    toSmall(y, x, w, bias, CudaEnding.forward(device(), end), geometry);
  }

  @Override
  default int convStatisticsTiles(ConvGeometry geometry, int batch) {
    return imageLayer().takesForward(geometry)
        ? 0
        : GemmPlan.conv(geometry, batch).statisticsTiles();
  }

  @Override
  default void convForwardWithStatistics(
      Tensor y, Tensor statistics, Tensor x, Tensor w, Tensor bias, ConvGeometry geometry) {
    CudaEnding none = CudaEnding.forward(device(), Nonlinearity.NONE);
    gemm().conv(y, statistics, x, w, bias, none, geometry);
  }

  @Override
  default void convBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    convBackwardData(dx, dy, w, dx, Nonlinearity.NONE, geometry);
  }

  @Override
  default void convBackwardData(
      Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before, ConvGeometry geometry) {
    toLarge(dx, dy, w, null, CudaEnding.backward(device(), before, x), geometry);
  }

  @Override
  default void convBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    if (!imageLayer().backwardWeights(dw, dbias, null, dy, x, geometry, mode)) {
      gemm().weights(dw, dbias, dy, x, geometry, mode);
    }
  }

  // ---- transposed convolution

  @Override
  default void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    convTransposeForward(y, x, w, bias, Nonlinearity.of(activation), geometry);
  }

  @Override
  default void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end, ConvGeometry geometry) {
    toLarge(y, x, w, bias, CudaEnding.forward(device(), end), geometry);
  }

  @Override
  default int convTransposeStatisticsTiles(ConvGeometry geometry, int batch) {
    return imageLayer().takesTransposed(geometry)
        ? 0
        : GemmPlan.convTranspose(geometry, batch).statisticsTiles();
  }

  @Override
  default void convTransposeForwardWithStatistics(
      Tensor y, Tensor statistics, Tensor x, Tensor w, Tensor bias, ConvGeometry geometry) {
    CudaEnding none = CudaEnding.forward(device(), Nonlinearity.NONE);
    gemm().convTranspose(y, statistics, x, w, bias, none, geometry);
  }

  @Override
  default void convTransposeBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    convTransposeBackwardData(dx, dy, w, dx, Nonlinearity.NONE, geometry);
  }

  @Override
  default void convTransposeBackwardData(
      Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before, ConvGeometry geometry) {
    toSmall(dx, dy, w, null, CudaEnding.backward(device(), before, x), geometry);
  }

  @Override
  default void convTransposeBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    boolean sees = ImageTiles.seesAllOfLarge(geometry);
    if (!imageLayer().backwardWeights(dw, null, sees ? dbias : null, x, dy, geometry, mode)) {
      gemm().weights(dw, null, x, dy, geometry, mode);
      sees = false;
    }
    if (dbias != null && !sees) {
      columnSum(dbias, dy, mode);
    }
  }

  /** The small image from the large one: forward, or a transposed convolution's way back. */
  private void toSmall(
      Tensor small, Tensor large, Tensor w, Tensor bias, CudaEnding ending, ConvGeometry g) {
    if (!imageLayer().forward(small, large, w, bias, ending, g)) {
      gemm().conv(small, null, large, w, bias, ending, g);
    }
  }

  /** The large image from the small one: transposed forward, or a convolution's way back. */
  private void toLarge(
      Tensor large, Tensor small, Tensor w, Tensor bias, CudaEnding ending, ConvGeometry g) {
    if (!imageLayer().transposed(large, small, w, bias, ending, g)) {
      gemm().convTranspose(large, null, small, w, bias, ending, g);
    }
  }
}
