package dev.figment.device;

/**
 * The sizes of one 2-D convolution from a large image (H x W x C) to a small one (P x Q x K), P =
 * (H + padTop + padBottom - R) / strideHeight + 1 rounded down, Q likewise. A transposed
 * convolution carries the geometry of the convolution it transposes: it reads the small image and
 * writes the large one, so its output padding is already in H and W. Both keep weights
 * [K][R][S][C].
 *
 * @param height H, rows of the large image
 * @param width W, columns of the large image
 * @param channels C, channels of the large image
 * @param smallHeight P
 * @param smallWidth Q
 * @param smallChannels K
 * @param kernelHeight R
 * @param kernelWidth S
 * @param strideHeight rows of the large image a row of the small one
 * @param strideWidth columns, likewise
 * @param padTop zero rows above the large image
 * @param padBottom zero rows below it
 * @param padLeft zero columns before it
 * @param padRight zero columns after it
 */
public record ConvGeometry(
    int height,
    int width,
    int channels,
    int smallHeight,
    int smallWidth,
    int smallChannels,
    int kernelHeight,
    int kernelWidth,
    int strideHeight,
    int strideWidth,
    int padTop,
    int padBottom,
    int padLeft,
    int padRight) {

  public ConvGeometry {
    positive(height, width, channels, smallHeight, smallWidth, smallChannels);
    positive(kernelHeight, kernelWidth, strideHeight, strideWidth);
    checkAxis("height", height, smallHeight, kernelHeight, strideHeight, padTop, padBottom);
    checkAxis("width", width, smallWidth, kernelWidth, strideWidth, padLeft, padRight);
  }

  /** A convolution of square kernel and stride with the padding given on each side. */
  public static ConvGeometry of(
      int height, int width, int channels, int smallChannels, int kernel, int stride, int pad) {
    return of(height, width, channels, smallChannels, kernel, stride, pad, pad, pad, pad);
  }

  /** A convolution of square kernel and stride with four paddings. */
  public static ConvGeometry of(
      int height,
      int width,
      int channels,
      int smallChannels,
      int kernel,
      int stride,
      int padTop,
      int padBottom,
      int padLeft,
      int padRight) {
    positive(height, width, kernel, stride);
    return new ConvGeometry(
        height,
        width,
        channels,
        smallSize("height", height, kernel, stride, padTop, padBottom),
        smallSize("width", width, kernel, stride, padLeft, padRight),
        smallChannels,
        kernel,
        kernel,
        stride,
        stride,
        padTop,
        padBottom,
        padLeft,
        padRight);
  }

  /**
   * Keras's 'same': P = ceil(H / stride), the padding split evenly with the odd row or column at
   * the bottom and right.
   */
  public static ConvGeometry same(
      int height, int width, int channels, int smallChannels, int kernel, int stride) {
    positive(kernel, stride);
    int vertical = samePadding(height, kernel, stride);
    int horizontal = samePadding(width, kernel, stride);
    return of(
        height,
        width,
        channels,
        smallChannels,
        kernel,
        stride,
        vertical / 2,
        vertical - vertical / 2,
        horizontal / 2,
        horizontal - horizontal / 2);
  }

  /**
   * The convolution that a transposed convolution with Keras's 'same' transposes: the large image
   * is exactly {@code stride} times the small one.
   */
  public static ConvGeometry transposedSame(
      int smallHeight, int smallWidth, int smallChannels, int channels, int kernel, int stride) {
    return same(smallHeight * stride, smallWidth * stride, channels, smallChannels, kernel, stride);
  }

  /**
   * The convolution that a transposed convolution with explicit padding transposes: H = (P - 1) *
   * stride - 2 * pad + kernel + outputPadding.
   */
  public static ConvGeometry transposed(
      int smallHeight,
      int smallWidth,
      int smallChannels,
      int channels,
      int kernel,
      int stride,
      int pad,
      int outputPadding) {
    if (outputPadding < 0 || outputPadding >= stride) {
      throw new FigmentException(
          "Output padding %d was asked for with stride %d; it must be between 0 and stride - 1."
              .formatted(outputPadding, stride));
    }
    return of(
        (smallHeight - 1) * stride - 2 * pad + kernel + outputPadding,
        (smallWidth - 1) * stride - 2 * pad + kernel + outputPadding,
        channels,
        smallChannels,
        kernel,
        stride,
        pad);
  }

  /** N x H x W x C. */
  public Shape large(int batch) {
    return Shape.of(batch, height, width, channels);
  }

  /** N x P x Q x K. */
  public Shape small(int batch) {
    return Shape.of(batch, smallHeight, smallWidth, smallChannels);
  }

  /** K x R x S x C. */
  public Shape weights() {
    return Shape.of(smallChannels, kernelHeight, kernelWidth, channels);
  }

  /** Multiplications and additions of one pass over a batch, counting taps on padding. */
  public long nominalFlops(int batch) {
    return 2L * batch * smallHeight * smallWidth * weights().count();
  }

  /** The components in declaration order: the fields of {@code figment_conv} in the C ABI. */
  public int[] toArray() {
    return new int[] {
      height,
      width,
      channels,
      smallHeight,
      smallWidth,
      smallChannels,
      kernelHeight,
      kernelWidth,
      strideHeight,
      strideWidth,
      padTop,
      padBottom,
      padLeft,
      padRight
    };
  }

  private static int smallSize(
      String axis, int size, int kernel, int stride, int before, int after) {
    int padded = size + before + after;
    if (padded < kernel) {
      throw new FigmentException(
          "A convolution with kernel %d was asked along a %s of %d with padding %d and %d; the kernel must fit."
              .formatted(kernel, axis, size, before, after));
    }
    return (padded - kernel) / stride + 1;
  }

  private static int samePadding(int size, int kernel, int stride) {
    return Math.max(0, ((size + stride - 1) / stride - 1) * stride + kernel - size);
  }

  private static void positive(int... sizes) {
    for (int size : sizes) {
      if (size < 1) {
        throw new FigmentException(
            "A convolution was asked with a size, kernel or stride of "
                + size
                + "; each must be at least 1.");
      }
    }
  }

  private static void checkAxis(
      String axis, int size, int small, int kernel, int stride, int before, int after) {
    if (before < 0 || after < 0 || before >= kernel || after >= kernel + stride) {
      throw new FigmentException(
          "A convolution was asked with padding %d and %d along its %s for a kernel of %d and stride %d; padding must be >= 0, smaller than the kernel before and than kernel + stride after."
              .formatted(before, after, axis, kernel, stride));
    }
    if (smallSize(axis, size, kernel, stride, before, after) != small) {
      throw new FigmentException(
          "A convolution along a %s of %d with padding %d and %d, kernel %d and stride %d does not give %d."
              .formatted(axis, size, before, after, kernel, stride, small));
    }
  }
}
