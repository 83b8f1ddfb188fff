package dev.figment.profile;

import static dev.figment.profile.KernelCatalogue.IMAGES;
import static dev.figment.profile.Operation.reals;

import dev.figment.device.Activation;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.List;

/** elementwise.cu, activation.cu and layout.cu. */
final class ElementWiseOperations {
  private static final long N = IMAGES.count();
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
        transpose());
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
