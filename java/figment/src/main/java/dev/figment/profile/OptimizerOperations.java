package dev.figment.profile;

import static dev.figment.profile.Operation.reals;

import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.List;

/** optimizer.cu, over the arena of a generator for images of 28 x 28. */
final class OptimizerOperations {
  private static final Shape PARAMETERS = Shape.of(2_000_000);
  private static final long N = PARAMETERS.count();
  private static final Shape ONE = Shape.of(1);

  private OptimizerOperations() {}

  static List<Operation> all() {
    return List.of(adam(), sgd(), sgdWithMomentum(), rmsProp(), ema(), clipByNorm());
  }

  private static Operation adam() {
    return Operation.of("optimizer", "adam", PARAMETERS)
        // In: values, m, v, gradients. Out: the first three. A root and a division count.
        .kernel("adam", 12 * N, reals(4 * N), reals(3 * N), reals(1), reals(1))
        .calls(
            tensors -> {
              Tensor values = tensors.values(PARAMETERS);
              Tensor m = tensors.values(PARAMETERS);
              Tensor v = tensors.values(PARAMETERS, 0, 1);
              Tensor gradients = tensors.values(PARAMETERS);
              Tensor step = tensors.counter();
              Tensor rate = tensors.values(ONE, 1e-4, 1e-3);
              return kernels ->
                  kernels.adam(values, m, v, gradients, step, rate, 0.5, 0.999, 1e-8, 0);
            });
  }

  private static Operation sgd() {
    return Operation.of("optimizer", "sgd", PARAMETERS)
        .kernel("sgd", 4 * N, reals(2 * N), reals(N), reals(1))
        .calls(
            tensors -> {
              Tensor values = tensors.values(PARAMETERS);
              Tensor gradients = tensors.values(PARAMETERS);
              Tensor rate = tensors.values(ONE, 1e-4, 1e-3);
              return kernels -> kernels.sgd(values, null, gradients, rate, 0, false, 0.01);
            });
  }

  private static Operation sgdWithMomentum() {
    return Operation.of("optimizer", "sgd with momentum", PARAMETERS)
        .kernel("sgd_momentum", 6 * N, reals(3 * N), reals(2 * N), reals(1))
        .calls(
            tensors -> {
              Tensor values = tensors.values(PARAMETERS);
              Tensor velocity = tensors.values(PARAMETERS);
              Tensor gradients = tensors.values(PARAMETERS);
              Tensor rate = tensors.values(ONE, 1e-4, 1e-3);
              return kernels -> kernels.sgd(values, velocity, gradients, rate, 0.9, false, 0.01);
            });
  }

  private static Operation rmsProp() {
    return Operation.of("optimizer", "rms_prop", PARAMETERS)
        .kernel("rms_prop", 9 * N, reals(3 * N), reals(2 * N), reals(1))
        .calls(
            tensors -> {
              Tensor values = tensors.values(PARAMETERS);
              Tensor square = tensors.values(PARAMETERS, 0, 1);
              Tensor gradients = tensors.values(PARAMETERS);
              Tensor rate = tensors.values(ONE, 1e-4, 1e-3);
              return kernels -> kernels.rmsProp(values, square, gradients, rate, 0.99, 1e-8);
            });
  }

  private static Operation ema() {
    return Operation.of("optimizer", "ema", PARAMETERS)
        .kernel("ema", 3 * N, reals(2 * N), reals(N), reals(1))
        .calls(
            tensors -> {
              Tensor average = tensors.values(PARAMETERS);
              Tensor values = tensors.values(PARAMETERS);
              Tensor step = tensors.counter();
              return kernels -> kernels.ema(average, values, step, 0.999);
            });
  }

  /** Gradients whose norm is above the bound, so that they are written. */
  private static Operation clipByNorm() {
    return Operation.of("optimizer", "clip_by_norm", PARAMETERS)
        .kernel("euclidean_norm", 2 * N, reals(N), reals(1))
        .kernel("clip", N, reals(N), reals(N), reals(1))
        .calls(
            tensors -> {
              Tensor gradients = tensors.values(PARAMETERS);
              Tensor norm = tensors.zeros(1);
              return kernels -> kernels.clipByNorm(gradients, norm, 1);
            });
  }
}
