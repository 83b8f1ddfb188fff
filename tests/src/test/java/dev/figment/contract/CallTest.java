package dev.figment.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Kernels;
import dev.figment.device.Memory;
import dev.figment.device.NotSupportedException;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.reference.ReferenceDevice;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/**
 * The helper of the contract tests finds each kind of fault. The fault is planted in the body of a
 * call: it scales rightly on the reference and wrongly on the device under test.
 */
class CallTest {
  private static final Shape SHAPE = Shape.of(2, 3);

  /** What goes wrong on the device under test, after the right result was written. */
  private interface Fault {
    void plant(Tensor y, Tensor x);
  }

  /** Tells the device under test from the judge by its number of calls: the judge runs first. */
  private static void run(Fault fault) {
    try (DeviceUnderTest device = new DeviceUnderTest("planted", true, PlantedDevice::new)) {
      int[] calls = {0};
      device
          .call("scale")
          .output("y", SHAPE)
          .input("x", SHAPE, new double[] {1, 2, 3, 4, 5, 6})
          .check(
              (Kernels k, Map<String, Tensor> t) -> {
                k.scale(t.get("y"), t.get("x"), 2);
                if (calls[0]++ > 0) {
                  fault.plant(t.get("y"), t.get("x"));
                }
              });
    }
  }

  /** The reference under another name. */
  private static final class PlantedDevice implements Device {
    private final ReferenceDevice device = new ReferenceDevice();

    @Override
    public String name() {
      return "planted";
    }

    @Override
    public String description() {
      return "the reference with planted faults";
    }

    @Override
    public String plan() {
      return device.plan();
    }

    @Override
    public Memory allocate(DataType type, long length) {
      return device.allocate(type, length);
    }

    @Override
    public Kernels kernels() {
      return device.kernels();
    }

    @Override
    public void synchronize() {
      device.synchronize();
    }

    @Override
    public void close() {
      device.close();
    }
  }

  private static void assertFound(Fault fault, String... parts) {
    assertThatThrownBy(() -> run(fault))
        .isInstanceOf(AssertionError.class)
        .message()
        .contains("scale on planted", "y 2x3")
        .contains(parts);
  }

  @Test
  void passesWhatIsRight() {
    run((y, x) -> {});
  }

  @Test
  void namesElementExpectedAndGot() {
    assertFound(
        (y, x) -> y.memory().write(y.offset() + 4, new double[] {10.5}, 0, 1),
        "y differs in 1 of 6 elements",
        "[1, 1]",
        "expected 10.0, got 10.5");
  }

  @Test
  void findsNotANumber() {
    assertFound((y, x) -> y.memory().write(y.offset(), new double[] {Double.NaN}, 0, 1), "got NaN");
  }

  @Test
  void findsAnElementNotWritten() {
    assertFound(
        (y, x) ->
            y.memory()
                .write(
                    y.offset() + 5, new float[] {Float.intBitsToFloat(GuardedTensor.POISON)}, 0, 1),
        "did not write y at [1, 2]");
  }

  @Test
  void findsAWritePastTheEnd() {
    assertFound(
        (y, x) -> y.memory().write(y.offset() + 6, new double[] {0}, 0, 1),
        "wrote outside y: element 6 of 6");
  }

  @Test
  void findsAWriteBeforeTheStart() {
    assertFound(
        (y, x) -> y.memory().write(y.offset() - 1, new double[] {0}, 0, 1),
        "wrote outside y: element -1 of 6");
  }

  @Test
  void findsAChangedInput() {
    assertFound(
        (y, x) -> x.memory().write(x.offset() + 2, new double[] {9}, 0, 1),
        "changed its input x at [0, 2]");
  }

  @Test
  void findsOtherBitsOfASecondCall() {
    int[] calls = {0};
    assertFound(
        (y, x) -> y.memory().write(y.offset(), new double[] {2 + 1e-6 * calls[0]++}, 0, 1),
        "gave other bits when called again: y at [0, 0]");
  }

  @Test
  void readsBeyondATensorMeetNotANumber() {
    assertFound(
        (y, x) -> {
          double[] beyond = new double[1];
          x.memory().read(x.offset() + 6, beyond, 0, 1);
          y.memory().write(y.offset(), new double[] {2 + 0 * beyond[0]}, 0, 1);
        },
        "got NaN");
  }

  @Test
  void missingOperationIsSkippedOnlyWhereTheDeviceMayLackIt() {
    NotSupportedException lacking = new NotSupportedException("scale is not offered by planted.");
    assertThatThrownBy(
            () ->
                run(
                    (y, x) -> {
                      throw lacking;
                    }))
        .isSameAs(lacking);
    assertThat(new DeviceUnderTest("half", false, PlantedDevice::new).missing("scale", lacking))
        .isInstanceOf(TestAbortedException.class)
        .hasMessage("half: scale is not offered by planted.");
    assertThat(new DeviceUnderTest("whole", true, PlantedDevice::new).missing("scale", lacking))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("scale is declared missing");
  }
}
