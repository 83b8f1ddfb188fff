package dev.figment.profile;

import static dev.figment.profile.KernelCatalogue.IMAGES;
import static dev.figment.profile.Operation.reals;

import dev.figment.device.GradientMode;
import dev.figment.device.Tensor;
import java.util.List;

/** reduction.cu. */
final class ReductionOperations {
  private static final long N = IMAGES.count();

  private ReductionOperations() {}

  static List<Operation> all() {
    int columns = IMAGES.size(-1);
    return List.of(
        Operation.of("reduction", "sum", IMAGES)
            .kernel("sum", N, reals(N), reals(1))
            .calls(
                tensors -> {
                  Tensor result = tensors.zeros(1);
                  Tensor x = tensors.values(IMAGES);
                  return kernels -> kernels.sum(result, x);
                }),
        Operation.of("reduction", "sum_of_squares", IMAGES)
            .kernel("sum_of_squares", 2 * N, reals(N), reals(1))
            .calls(
                tensors -> {
                  Tensor result = tensors.zeros(1);
                  Tensor x = tensors.values(IMAGES);
                  return kernels -> kernels.sumOfSquares(result, x);
                }),
        Operation.of("reduction", "column_sum", IMAGES)
            .kernel("column_sum", N, reals(N), reals(columns))
            .calls(
                tensors -> {
                  Tensor result = tensors.zeros(columns);
                  Tensor x = tensors.values(IMAGES);
                  return kernels -> kernels.columnSum(result, x, GradientMode.OVERWRITE);
                }));
  }
}
