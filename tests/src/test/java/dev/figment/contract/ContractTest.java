package dev.figment.contract;

import dev.figment.device.Activation;
import dev.figment.device.NotSupportedException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What every class of contract tests shares: it runs once for each group of devices of the run. */
@Tag("contract")
@ParameterizedClass(name = "{0}")
@MethodSource("dev.figment.contract.TestDevices#selected")
@ExtendWith({ContractTest.Dealing.class, ContractTest.MissingOperations.class})
abstract class ContractTest {
  @Parameter DeviceGroup devices;
  DeviceUnderTest device;

  /** Gives each test its device of the group. */
  static final class Dealing implements BeforeEachCallback {
    @Override
    public void beforeEach(ExtensionContext context) {
      ContractTest test = (ContractTest) context.getRequiredTestInstance();
      test.device = test.devices.of(context.getUniqueId());
    }
  }

  /** Lets the device say what it means that it lacks an operation. */
  static final class MissingOperations implements TestExecutionExceptionHandler {
    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable thrown)
        throws Throwable {
      if (thrown instanceof NotSupportedException lacking) {
        ContractTest test = (ContractTest) context.getRequiredTestInstance();
        throw test.device.missing(context.getDisplayName(), lacking);
      }
      throw thrown;
    }
  }

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

  /** By what large sizes are divided where the simulated GPU would take seconds for each. */
  static int divisor(int divisor) {
    return TestDevices.simulated() && !full() ? divisor : 1;
  }

  /** Whether the run asked for every case ({@code -Dfigment.full=true}). */
  static boolean full() {
    return Boolean.getBoolean("figment.full");
  }
}
