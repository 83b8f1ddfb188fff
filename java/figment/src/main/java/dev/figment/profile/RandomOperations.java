package dev.figment.profile;

import static dev.figment.profile.KernelCatalogue.IMAGES;
import static dev.figment.profile.Operation.reals;

import dev.figment.device.Activation;
import dev.figment.device.RandomStream;
import dev.figment.device.Tensor;
import java.util.List;

/** random.cu and dropout.cu. Their integer arithmetic, ten Philox rounds, is no FLOP. */
final class RandomOperations {
  private static final long N = IMAGES.count();
  private static final long COUNTER = 4; // bytes
  private static final Activation LEAKY_RELU = Activation.leakyRelu(0.2);

  private RandomOperations() {}

  static List<Operation> all() {
    return List.of(
        Operation.of("random", "increment", "1")
            .kernel("increment", 0, COUNTER, COUNTER)
            .calls(
                tensors -> {
                  Tensor counter = tensors.counter();
                  return kernels -> kernels.increment(counter);
                }),
        Operation.of("random", "uniform", IMAGES)
            .kernel("uniform", 4 * N, COUNTER, reals(N)) // two fused operations
            .calls(
                tensors -> {
                  Tensor y = tensors.zeros(IMAGES);
                  RandomStream stream = stream(tensors);
                  return kernels -> kernels.uniform(y, -1, 1, stream);
                }),
        Operation.of("random", "normal", IMAGES)
            .kernel("normal", 7 * N, COUNTER, reals(N)) // a pair: ln, sqrt, sin, cos, 10 others
            .calls(
                tensors -> {
                  Tensor y = tensors.zeros(IMAGES);
                  RandomStream stream = stream(tensors);
                  return kernels -> kernels.normal(y, 0, 1, stream);
                }),
        Operation.of("random", "bernoulli", IMAGES)
            .kernel("bernoulli", 2 * N, COUNTER, reals(N), reals(N)) // one fused operation
            .calls(
                tensors -> {
                  Tensor y = tensors.zeros(IMAGES);
                  Tensor p = tensors.values(IMAGES);
                  RandomStream stream = stream(tensors);
                  return kernels -> kernels.bernoulli(y, p, stream);
                }),
        Operation.of("dropout", "dropout_forward", IMAGES + " leaky_relu")
            .kernel("dropout_forward", 2 * N, COUNTER, reals(N), reals(N))
            .calls(
                tensors -> {
                  Tensor y = tensors.zeros(IMAGES);
                  Tensor x = tensors.values(IMAGES);
                  RandomStream stream = stream(tensors);
                  return kernels -> kernels.dropoutForward(y, x, LEAKY_RELU, 0.3, stream);
                }),
        Operation.of("dropout", "dropout_backward", IMAGES + " leaky_relu")
            .kernel("dropout_backward", 3 * N, COUNTER, reals(N), reals(N), reals(N))
            .calls(
                tensors -> {
                  Tensor dx = tensors.zeros(IMAGES);
                  Tensor dy = tensors.values(IMAGES);
                  Tensor y = tensors.values(IMAGES);
                  RandomStream stream = stream(tensors);
                  return kernels -> kernels.dropoutBackward(dx, dy, y, LEAKY_RELU, 0.3, stream);
                }));
  }

  static RandomStream stream(Tensors tensors) {
    return new RandomStream(1, tensors.counter(), RandomStream.LATENT);
  }
}
