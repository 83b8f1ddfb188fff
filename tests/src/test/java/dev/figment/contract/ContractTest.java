package dev.figment.contract;

import dev.figment.device.Activation;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What every class of contract tests shares: it runs once for each device of the run. */
@Tag("contract")
@ParameterizedClass(name = "{0}")
@MethodSource("dev.figment.contract.TestDevices#selected")
abstract class ContractTest {
  @Parameter DeviceUnderTest device;

  /** Every kind of activation. */
  static List<Activation> activations() {
    return List.of(
        Activation.IDENTITY,
        Activation.RELU,
        Activation.leakyRelu(0.2),
        Activation.TANH,
        Activation.SIGMOID);
  }

  /** Counts that are no multiple of a vector or a block, and some that are. */
  static int[] counts() {
    return new int[] {1, 2, 3, 5, 8, 15, 17, 64, 100, 257, 1023, 4099, 70001};
  }

  /** Whether the run asked for every case ({@code -Dfigment.full=true}). */
  static boolean full() {
    return Boolean.getBoolean("figment.full");
  }
}
