package dev.figment.train;

import dev.figment.device.DataType;
import dev.figment.device.Kernels;
import dev.figment.device.Tensor;
import java.util.Map;

/** What trainers keep from step to step, under the names that checkpoints give it. */
final class TrainerState {
  private TrainerState() {}

  /**
   * Whether no tensor holds a NaN or an infinity.
   *
   * @param total [1], overwritten
   */
  static boolean isFinite(Kernels kernels, Tensor total, Map<String, Tensor> state) {
    for (Tensor tensor : state.values()) {
      if (tensor.type() == DataType.REAL) {
        kernels.sum(total, tensor); // not of squares, which overflow long before their roots
        if (!Double.isFinite(total.toDoubles()[0])) {
          return false;
        }
      }
    }
    return true;
  }
}
