package dev.figment.profile;

import static dev.figment.profile.Operation.reals;

import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.List;

/** optimizer.cu, over the arena of a generator for images of 28 x 28. */
final class OptimizerOperations {
  private static final Shape PARAMETERS = Shape.of(2_000_000);
  private static final long N = PARAMETERS.count();

  private OptimizerOperations() {}

  static List<Operation> all() {
    return List.of(
        Operation.of("optimizer", "adam", PARAMETERS)
            .kernel(
                "adam",
                12 * N, // a root and a division among them
                reals(4 * N), // values, m, v, gradients in
                reals(3 * N), // values, m, v out
                reals(1),
                reals(1))
            .calls(
                tensors -> {
                  Tensor values = tensors.values(PARAMETERS);
                  Tensor m = tensors.values(PARAMETERS);
                  Tensor v = tensors.values(PARAMETERS, 0, 1);
                  Tensor gradients = tensors.values(PARAMETERS);
                  Tensor step = tensors.counter();
                  Tensor rate = tensors.values(Shape.of(1), 1e-4, 1e-3);
                  return kernels ->
                      kernels.adam(values, m, v, gradients, step, rate, 0.5, 0.999, 1e-8);
                }));
  }
}
