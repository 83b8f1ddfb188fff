package dev.figment.profile;

import static dev.figment.profile.KernelCatalogue.IMAGES;
import static dev.figment.profile.Operation.reals;

import dev.figment.device.Activation;
import dev.figment.device.GradientMode;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.List;

/** elementwise.cu, activation.cu, layout.cu, columns.cu and rows.cu. */
final class ElementWiseOperations {
  private static final long N = IMAGES.count();
  private static final int ROWS = IMAGES.size(0);
  private static final Activation LEAKY_RELU = Activation.leakyRelu(0.2);

  private ElementWiseOperations() {}

  static List<Operation> all() {
    return List.of(
        Operation.of("elementwise", "fill", IMAGES)
            .kernel("fill", 0, reals(N))
            .calls(
                tensors -> {
                  Tensor y = tensors.zeros(IMAGES);
                  return kernels -> kernels.fill(y, 0.5);
                }),
        Operation.of("elementwise", "add", IMAGES)
            .kernel("add", N, reals(N), reals(N), reals(N))
            .calls(
                tensors -> {
                  Tensor y = tensors.zeros(IMAGES);
                  Tensor a = tensors.values(IMAGES);
                  Tensor b = tensors.values(IMAGES);
                  return kernels -> kernels.add(y, a, b);
                }),
        Operation.of("elementwise", "scale", IMAGES)
            .kernel("scale", N, reals(N), reals(N))
            .calls(
                tensors -> {
                  Tensor y = tensors.zeros(IMAGES);
                  Tensor x = tensors.values(IMAGES);
                  return kernels -> kernels.scale(y, x, 3);
                }),
        Operation.of("elementwise", "scale_by", IMAGES)
            .kernel("scale_by", N, reals(N), reals(N), reals(1))
            .calls(
                tensors -> {
                  Tensor y = tensors.zeros(IMAGES);
                  Tensor x = tensors.values(IMAGES);
                  Tensor factor = tensors.values(1);
                  return kernels -> kernels.scaleBy(y, x, factor);
                }),
        Operation.of("elementwise", "clamp", IMAGES)
            .kernel("clamp", 0, reals(N), reals(N))
            .calls(
                tensors -> {
                  Tensor y = tensors.zeros(IMAGES);
                  Tensor x = tensors.values(IMAGES);
                  return kernels -> kernels.clamp(y, x, -0.01, 0.01);
                }),
        bytesToReal(),
        Operation.of("activation", "activation_forward", IMAGES + " leaky_relu")
            .kernel("activation_forward", N, reals(N), reals(N))
            .calls(
                tensors -> {
                  Tensor y = tensors.zeros(IMAGES);
                  Tensor x = tensors.values(IMAGES);
                  return kernels -> kernels.activationForward(y, x, LEAKY_RELU);
                }),
        Operation.of("activation", "activation_backward", IMAGES + " leaky_relu")
            .kernel("activation_backward", N, reals(N), reals(N), reals(N))
            .calls(
                tensors -> {
                  Tensor dx = tensors.zeros(IMAGES);
                  Tensor dy = tensors.values(IMAGES);
                  Tensor y = tensors.values(IMAGES);
                  return kernels -> kernels.activationBackward(dx, dy, y, LEAKY_RELU);
                }),
        transpose(),
        copyColumns(),
        Operation.of("rows", "row_sum_of_squares", IMAGES)
            .kernel("row_sum_of_squares", 2 * N, reals(N), reals(ROWS))
            .calls(
                tensors -> {
                  Tensor result = tensors.zeros(ROWS);
                  Tensor x = tensors.values(IMAGES);
                  return kernels -> kernels.rowSumOfSquares(result, x);
                }),
        Operation.of("rows", "scale_rows", IMAGES)
            .kernel("scale_rows", N, reals(N), reals(N), reals(ROWS))
            .calls(
                tensors -> {
                  Tensor y = tensors.zeros(IMAGES);
                  Tensor x = tensors.values(IMAGES);
                  Tensor factor = tensors.values(ROWS);
                  return kernels -> kernels.scaleRows(y, x, factor);
                }),
        Operation.of("rows", "lerp_rows", IMAGES)
            .kernel("lerp_rows", 3 * N, reals(N), reals(N), reals(N), reals(ROWS))
            .calls(
                tensors -> {
                  Tensor y = tensors.zeros(IMAGES);
                  Tensor a = tensors.values(IMAGES);
                  Tensor b = tensors.values(IMAGES);
                  Tensor weight = tensors.values(Shape.of(ROWS), 0, 1);
                  return kernels -> kernels.lerpRows(y, a, b, weight);
                }));
  }

  /** A batch of pictures of 64 x 64 in colour. */
  private static Operation bytesToReal() {
    Shape pixels = Shape.of(64, 64, 64, 3);
    long n = pixels.count();
    return Operation.of("elementwise", "bytes_to_real", pixels)
        .kernel("bytes_to_real", 2 * n, n, reals(n))
        .calls(
            tensors -> {
              Tensor y = tensors.zeros(pixels);
              Tensor x = tensors.bytes(pixels);
              return kernels -> kernels.bytesToReal(y, x, 2.0 / 255, -1);
            });
  }

  /** The images' channels as the second half of twice as many. */
  private static Operation copyColumns() {
    int channels = IMAGES.size(3);
    Shape wide = Shape.of(IMAGES.size(0), IMAGES.size(1), IMAGES.size(2), 2 * channels);
    return Operation.of("columns", "copy_columns", IMAGES + " of " + wide)
        .kernel("copy_columns", 0, reals(N), reals(N))
        .calls(
            tensors -> {
              Tensor y = tensors.zeros(wide);
              Tensor x = tensors.values(IMAGES);
              return kernels ->
                  kernels.copyColumns(y, channels, x, 0, channels, GradientMode.OVERWRITE);
            });
  }

  private static Operation transpose() {
    Shape planes = Shape.of(IMAGES.size(0), IMAGES.size(3), IMAGES.size(1), IMAGES.size(2));
    return Operation.of("layout", "nchw_to_nhwc", planes)
        .kernel("transpose", 0, reals(N), reals(N))
        .calls(
            tensors -> {
              Tensor y = tensors.zeros(IMAGES);
              Tensor x = tensors.values(planes);
              return kernels -> kernels.nchwToNhwc(y, x);
            });
  }
}
