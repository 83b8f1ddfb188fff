package dev.figment.train;

import dev.figment.device.DataType;
import dev.figment.device.Kernels;
import dev.figment.device.Tensor;
import dev.figment.nn.Network;
import dev.figment.nn.Parameters;
import dev.figment.optim.Optimizer;
import java.util.Map;

/** What trainers keep from step to step, under the names that checkpoints give it. */
final class TrainerState {
  private TrainerState() {}

  /**
   * Adds a network and what its optimizer keeps.
   *
   * @param prefix of all names: {@code generator.}
   * @param kind the optimizer's name, before the names of what it keeps
   */
  static void put(
      Map<String, Tensor> state, String prefix, Network network, Object kind, Optimizer optimizer) {
    put(state, prefix, network.parameters(), kind, optimizer);
  }

  /** The same of parameters alone. */
  static void put(
      Map<String, Tensor> state,
      String prefix,
      Parameters parameters,
      Object kind,
      Optimizer optimizer) {
    for (String name : parameters.names()) {
      state.put(prefix + name, parameters.value(name));
    }
    String kept = prefix + kind + ".";
    optimizer.state().forEach((name, tensor) -> state.put(kept + name, tensor));
  }

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
