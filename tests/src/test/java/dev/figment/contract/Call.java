package dev.figment.contract;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.NotSupportedException;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.reference.ReferenceDevice;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One call of one operation, run on a device and on the reference and compared. A test is shapes,
 * data and a lambda:
 *
 * <pre>{@code
 * device.call("add").output("y", shape).input("a", shape, a).input("b", shape, b)
 *     .check((k, t) -> k.add(t.get("y"), t.get("a"), t.get("b")));
 * }</pre>
 *
 * <p>Every argument lies between guard zones and outputs start poisoned. The operation runs three
 * times: twice at odd addresses, which must give the same bits, and once at aligned ones. Each time
 * outputs must match the reference, and guards and inputs must be as they were.
 */
public final class Call {
  /** Some work with kernels on named tensors. */
  @FunctionalInterface
  public interface Body {
    void run(Kernels kernels, Map<String, Tensor> tensors);
  }

  private enum Role {
    INPUT,
    OUTPUT,
    UPDATED
  }

  /** values is a double[], int[] or byte[], null for an output. */
  private record Argument(
      String name, Role role, DataType type, Shape shape, Object values, Tolerance tolerance) {}

  /** Odd, and different from argument to argument. */
  private static final int[] ODD_SHIFTS = {1, 7, 3, 13, 5, 11, 9, 15};

  private final DeviceUnderTest device;
  private final String operation;
  private final Map<String, Argument> arguments = new LinkedHashMap<>();
  private Tolerance tolerance = Tolerance.FORMULA;

  Call(DeviceUnderTest device, String operation) {
    this.device = device;
    this.operation = operation;
  }

  /** What the arguments named from here on must meet. */
  public Call tolerance(Tolerance wanted) {
    tolerance = wanted;
    return this;
  }

  /** A REAL tensor the operation only reads. */
  public Call input(String name, Shape shape, double[] values) {
    return with(name, Role.INPUT, DataType.REAL, shape, values);
  }

  /** An INT32 tensor of one element the operation only reads. */
  public Call counter(String name, int value) {
    return with(name, Role.INPUT, DataType.INT32, Shape.of(1), new int[] {value});
  }

  /** An INT32 tensor the operation only reads. */
  public Call ints(String name, Shape shape, int[] values) {
    return with(name, Role.INPUT, DataType.INT32, shape, values);
  }

  /** A UINT8 tensor the operation only reads. */
  public Call bytes(String name, Shape shape, byte[] values) {
    return with(name, Role.INPUT, DataType.UINT8, shape, values);
  }

  /** A REAL tensor the operation must write wholly. */
  public Call output(String name, Shape shape) {
    return with(name, Role.OUTPUT, DataType.REAL, shape, null);
  }

  /** A REAL tensor the operation reads and writes. */
  public Call updated(String name, Shape shape, double[] values) {
    return with(name, Role.UPDATED, DataType.REAL, shape, values);
  }

  /** A gradient: added to what it holds to accumulate, else an output. */
  public Call gradient(String name, Shape shape, GradientMode mode, Values values) {
    return mode == GradientMode.ACCUMULATE
        ? updated(name, shape, values.signed(shape.count()))
        : output(name, shape);
  }

  /** An INT32 tensor of one element the operation reads and writes. */
  public Call updatedCounter(String name, int value) {
    return with(name, Role.UPDATED, DataType.INT32, Shape.of(1), new int[] {value});
  }

  private Call with(String name, Role role, DataType type, Shape shape, Object values) {
    Object held = values instanceof double[] reals ? device.held(reals) : values;
    arguments.put(name, new Argument(name, role, type, shape, held, tolerance));
    return this;
  }

  /**
   * Runs and compares.
   *
   * @throws AssertionError naming operation, shapes, element, expected and got
   * @throws NotSupportedException when the device lacks the operation
   */
  public void check(Body body) {
    Map<String, double[]> expected = new LinkedHashMap<>();
    try (ReferenceDevice reference = new ReferenceDevice();
        Placement placement = new Placement(reference, false)) {
      placement.run(body);
      arguments.values().stream()
          .filter(a -> a.type() == DataType.REAL)
          .forEach(a -> expected.put(a.name(), placement.tensor(a).toDoubles()));
      arguments.values().stream()
          .filter(a -> a.type() == DataType.INT32)
          .forEach(a -> expected.put(a.name(), new double[] {placement.tensor(a).toInts()[0]}));
    }
    try (Placement odd = new Placement(device.device(), true);
        Placement again = new Placement(device.device(), true);
        Placement aligned = new Placement(device.device(), false)) {
      odd.run(body);
      odd.verify(expected);
      again.run(body);
      again.verifySameBits(odd);
      aligned.run(body);
      aligned.verify(expected);
    } catch (NotSupportedException lacking) {
      throw lacking;
    } catch (FigmentException failure) {
      throw new AssertionError(describe() + " failed: " + failure.getMessage(), failure);
    }
  }

  private String describe() {
    StringBuilder text = new StringBuilder(operation).append(" on ").append(device.name());
    String separator = " with ";
    for (Argument argument : arguments.values()) {
      text.append(separator).append(argument.name()).append(' ').append(argument.shape());
      separator = ", ";
    }
    return text.toString();
  }

  /** All arguments, allocated and filled on one device. */
  private final class Placement implements AutoCloseable {
    private final Device where;
    private final Map<String, GuardedTensor> tensors = new LinkedHashMap<>();

    Placement(Device where, boolean odd) {
      this.where = where;
      int next = 0;
      for (Argument argument : arguments.values()) {
        int shift = odd ? ODD_SHIFTS[next++ % ODD_SHIFTS.length] : 0;
        GuardedTensor guarded = new GuardedTensor(where, argument.type(), argument.shape(), shift);
        tensors.put(argument.name(), guarded);
        if (argument.role() == Role.OUTPUT) {
          guarded.poison();
        } else if (argument.values() instanceof double[] reals) {
          guarded.tensor().write(reals);
        } else if (argument.values() instanceof int[] ints) {
          guarded.tensor().write(ints);
        } else {
          guarded.tensor().write((byte[]) argument.values());
        }
      }
    }

    Tensor tensor(Argument argument) {
      return tensors.get(argument.name()).tensor();
    }

    void run(Body body) {
      Map<String, Tensor> views = new LinkedHashMap<>();
      tensors.forEach((name, guarded) -> views.put(name, guarded.tensor()));
      body.run(where.kernels(), views);
      where.synchronize();
    }

    void verify(Map<String, double[]> expected) {
      for (Argument argument : arguments.values()) {
        GuardedTensor guarded = tensors.get(argument.name());
        Long broken = guarded.brokenGuard();
        if (broken != null) {
          throw new AssertionError(
              "%s wrote outside %s: element %d of %d."
                  .formatted(describe(), argument.name(), broken, argument.shape().count()));
        }
        if (argument.role() == Role.INPUT) {
          verifyUnchanged(argument, guarded);
        } else if (argument.type() == DataType.INT32) {
          compare(argument, expected.get(argument.name()), guarded.tensor().toInts()[0]);
        } else {
          compare(argument, expected.get(argument.name()), guarded);
        }
      }
    }

    void verifySameBits(Placement other) {
      for (Argument argument : arguments.values()) {
        int[] mine = tensors.get(argument.name()).bits();
        int[] others = other.tensors.get(argument.name()).bits();
        int at = Arrays.mismatch(mine, others);
        if (at >= 0) {
          throw new AssertionError(
              "%s gave other bits when called again: %s at %s was %s and is %s."
                  .formatted(
                      describe(),
                      argument.name(),
                      index(argument.shape(), at),
                      Float.intBitsToFloat(others[at]),
                      Float.intBitsToFloat(mine[at])));
        }
      }
    }

    @Override
    public void close() {
      tensors.values().forEach(GuardedTensor::close);
    }
  }

  private void verifyUnchanged(Argument argument, GuardedTensor guarded) {
    int[] bits = guarded.bits();
    for (int i = 0; i < bits.length; i++) {
      int before =
          switch (argument.type()) {
            case REAL -> Float.floatToRawIntBits((float) ((double[]) argument.values())[i]);
            case INT32 -> ((int[]) argument.values())[i];
            case UINT8 -> ((byte[]) argument.values())[i];
            case BFLOAT16 -> throw new IllegalStateException("The contract is of REAL.");
          };
      if (bits[i] != before) {
        throw new AssertionError(
            "%s changed its input %s at %s."
                .formatted(describe(), argument.name(), index(argument.shape(), i)));
      }
    }
  }

  private void compare(Argument argument, double[] expected, int got) {
    if (got != expected[0]) {
      throw new AssertionError(
          "%s: %s is %d, expected %d."
              .formatted(describe(), argument.name(), got, (int) expected[0]));
    }
  }

  private void compare(Argument argument, double[] expected, GuardedTensor guarded) {
    int[] bits = guarded.bits();
    double[] got = guarded.tensor().toDoubles();
    int wrong = 0;
    int worst = -1;
    double worstExcess = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < got.length; i++) {
      if (bits[i] == GuardedTensor.POISON) {
        throw new AssertionError(
            "%s did not write %s at %s; expected %s."
                .formatted(describe(), argument.name(), index(argument.shape(), i), expected[i]));
      }
      if (!argument.tolerance().accepts(expected[i], got[i])) {
        wrong++;
        double excess = Math.abs(got[i] - expected[i]) / argument.tolerance().at(expected[i]);
        if (worst < 0 || excess > worstExcess) {
          worst = i;
          worstExcess = excess;
        }
      }
    }
    if (wrong > 0) {
      throw new AssertionError(
          "%s: %s differs in %d of %d elements; worst at %s: expected %s, got %s, allowed %.3g (%s)"
              .formatted(
                  describe(),
                  argument.name(),
                  wrong,
                  got.length,
                  index(argument.shape(), worst),
                  expected[worst],
                  got[worst],
                  argument.tolerance().at(expected[worst]),
                  argument.tolerance().reason()));
    }
  }

  /** An element's place, for example {@code [0, 3, 2, 1]}. */
  private static String index(Shape shape, int flat) {
    int[] place = new int[shape.rank()];
    int rest = flat;
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      place[axis] = rest % shape.size(axis);
      rest /= shape.size(axis);
    }
    return Arrays.toString(place);
  }
}
