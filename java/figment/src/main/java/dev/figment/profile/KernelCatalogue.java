package dev.figment.profile;

import dev.figment.device.Shape;
import java.util.List;
import java.util.stream.Stream;

/**
 * Every operation that has CUDA kernels, each at a shape as networks for images have it: the
 * kernels' report, their tests and the benchmarks go through this list.
 */
public final class KernelCatalogue {
  /** Activations of a layer for images of 64 x 64 at batch 64: 2 million numbers. */
  static final Shape IMAGES = Shape.of(64, 16, 16, 128);

  private KernelCatalogue() {}

  /** All operations, family by family. */
  public static List<Operation> operations() {
    return Stream.of(
            ElementWiseOperations.all(),
            RandomOperations.all(),
            ReductionOperations.all(),
            LossOperations.all(),
            LatentOperations.all(),
            RecurrentOperations.all(),
            OptimizerOperations.all(),
            NormOperations.all(),
            ImageLayerOperations.all(),
            GemmOperations.all())
        .flatMap(List::stream)
        .toList();
  }
}
