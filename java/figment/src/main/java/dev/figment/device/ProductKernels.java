package dev.figment.device;

/**
 * Dense layers, convolutions and transposed convolutions. A part of the contract, {@link Kernels}.
 */
public interface ProductKernels extends ElementwiseKernels {

  // ---- dense

  /** y [N][Out] = activation(x [N][In] * w [Out][In]^T + bias [Out]); bias may be null. */
  void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation);

  /** The same with an end that may drop; two passes where a device has no kernel for both. */
  default void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end) {
    denseForward(y, x, w, bias, end.beforeDropout());
    end.drop(this, y);
  }

  /** dx [N][In] = dy [N][Out] * w [Out][In]; dy is the gradient before the activation. */
  void denseBackwardData(Tensor dx, Tensor dy, Tensor w);

  /**
   * The same, and dx is the gradient before the nonlinearity {@code before} that has made x; two
   * passes where a device has no kernel for both.
   */
  default void denseBackwardData(Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before) {
    denseBackwardData(dx, dy, w);
    before.undo(this, dx, x);
  }

  /** dw [Out][In] (+)= dy^T x, dbias [Out] (+)= column sums of dy; dbias may be null. */
  void denseBackwardWeights(Tensor dw, Tensor dbias, Tensor dy, Tensor x, GradientMode mode);

  // ---- convolution: x is the large image [N][H][W][C], y the small one [N][P][Q][K]

  /** y = activation(x conv w [K][R][S][C] + bias [K]); bias may be null. */
  void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry);

  /** The same with an end that may drop; two passes where a device has no kernel for both. */
  default void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end, ConvGeometry geometry) {
    convForward(y, x, w, bias, end.beforeDropout(), geometry);
    end.drop(this, y);
  }

  /**
   * How many tiles of statistics a convolution of this geometry and batch gives of its output; 0
   * where this device gives none.
   */
  default int convStatisticsTiles(ConvGeometry geometry, int batch) {
    return 0;
  }

  /**
   * y = x conv w + bias, and the statistics of y that {@link #batchNormForward} takes.
   *
   * @param statistics [{@link #convStatisticsTiles}, not 0][3][K]
   */
  default void convForwardWithStatistics(
      Tensor y, Tensor statistics, Tensor x, Tensor w, Tensor bias, ConvGeometry geometry) {
    throw Checks.noStatistics("convForwardWithStatistics");
  }

  /** dx from dy, the gradient before the activation. */
  void convBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry);

  /**
   * The same, and dx is the gradient before the nonlinearity {@code before} that has made x; two
   * passes where a device has no kernel for both.
   */
  default void convBackwardData(
      Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before, ConvGeometry geometry) {
    convBackwardData(dx, dy, w, geometry);
    before.undo(this, dx, x);
  }

  /** dw (+)=, dbias [K] (+)= sums of dy over pixels; dbias may be null. */
  void convBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode);

  // ---- transposed convolution: x is the small image [N][P][Q][K], y the large one [N][H][W][C]

  /** y = activation(x transposed-conv w [K][R][S][C] + bias [C]); bias may be null. */
  void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry);

  /** The same with an end that may drop; two passes where a device has no kernel for both. */
  default void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end, ConvGeometry geometry) {
    convTransposeForward(y, x, w, bias, end.beforeDropout(), geometry);
    end.drop(this, y);
  }

  /** {@link #convStatisticsTiles} of a transposed convolution. */
  default int convTransposeStatisticsTiles(ConvGeometry geometry, int batch) {
    return 0;
  }

  /**
   * y = x transposed-conv w + bias, and the statistics of y that {@link #batchNormForward} takes.
   *
   * @param statistics [{@link #convTransposeStatisticsTiles}, not 0][3][C]
   */
  default void convTransposeForwardWithStatistics(
      Tensor y, Tensor statistics, Tensor x, Tensor w, Tensor bias, ConvGeometry geometry) {
    throw Checks.noStatistics("convTransposeForwardWithStatistics");
  }

  /** dx from dy, the gradient before the activation. */
  void convTransposeBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry);

  /**
   * The same, and dx is the gradient before the nonlinearity {@code before} that has made x; two
   * passes where a device has no kernel for both.
   */
  default void convTransposeBackwardData(
      Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before, ConvGeometry geometry) {
    convTransposeBackwardData(dx, dy, w, geometry);
    before.undo(this, dx, x);
  }

  /** dw (+)=, dbias [C] (+)= sums of dy over pixels; dbias may be null. */
  void convTransposeBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode);
}
