package dev.figment.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.contract.Bfloat16;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Kernels;
import dev.figment.device.Memory;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * One run of an operation whose layers' numbers are kept as float32 or as bfloat16. The two runs of
 * an operation take the same numbers, which a bfloat16 holds exactly; then what the second stores
 * is what the first stores, rounded.
 *
 * <p>No data type of the library is bfloat16 yet: a tensor of such numbers is one of REAL of which
 * they fill the first half.
 */
final class StorageRun implements AutoCloseable {
  /** An operation: makes its tensors, the same for both runs, and calls it. */
  @FunctionalInterface
  interface Operation {
    void on(StorageRun run, Kernels kernels);
  }

  private record Result(Tensor tensor, boolean stored) {}

  private final Device device;
  private final boolean bfloat16;
  private final boolean odd;
  private final Resources resources = new Resources();
  private final List<Result> results = new ArrayList<>();
  private int arguments;

  private StorageRun(Device device, boolean bfloat16, boolean odd) {
    this.device = device;
    this.bfloat16 = bfloat16;
    this.odd = odd;
  }

  /** Runs an operation with both storage types, on aligned tensors and on others. */
  static void compare(String name, Device single, Device half, Operation operation) {
    for (boolean odd : new boolean[] {false, true}) {
      try (StorageRun wide = new StorageRun(single, false, odd);
          StorageRun narrow = new StorageRun(half, true, odd)) {
        operation.on(wide, single.kernels());
        operation.on(narrow, half.kernels());
        assertThat(narrow.results).as(name).hasSameSizeAs(wide.results).isNotEmpty();
        for (int i = 0; i < wide.results.size(); i++) {
          float[] expected = wide.numbers(i);
          if (wide.results.get(i).stored()) {
            for (int k = 0; k < expected.length; k++) {
              expected[k] = Bfloat16.round(expected[k]);
            }
          }
          assertThat(narrow.numbers(i))
              .as("result %d of %s%s", i, name, odd ? ", at odd addresses" : "")
              .isEqualTo(expected);
        }
      }
    }
  }

  /** Numbers of a layer; they must be bfloat16 numbers. */
  Tensor stored(Shape shape, float... numbers) {
    Tensor tensor = place(shape);
    tensor.write(bfloat16 ? packed(numbers) : numbers);
    return tensor;
  }

  /** Numbers that are float32 in both runs. */
  Tensor plain(Shape shape, float... numbers) {
    Tensor tensor = place(shape);
    tensor.write(numbers);
    return tensor;
  }

  Tensor integers(int... numbers) {
    Tensor tensor = resources.own(device.allocate(DataType.INT32, Shape.of(numbers.length)));
    tensor.write(numbers);
    return tensor;
  }

  /** A layer's output, to be compared. */
  Tensor storedResult(Shape shape) {
    return result(stored(shape, new float[(int) shape.count()]), true);
  }

  /** Numbers of a layer that the operation changes, to be compared. */
  Tensor storedResult(Shape shape, float... numbers) {
    return result(stored(shape, numbers), true);
  }

  /** An output that is float32 in both runs, to be compared. */
  Tensor plainResult(Shape shape, float... numbers) {
    return result(
        plain(shape, numbers.length > 0 ? numbers : new float[(int) shape.count()]), false);
  }

  private Tensor result(Tensor tensor, boolean stored) {
    results.add(new Result(tensor, stored));
    return tensor;
  }

  /** At odd addresses every other tensor begins 4 bytes off. */
  private Tensor place(Shape shape) {
    Memory memory = device.allocate(DataType.REAL, shape.count() + 1);
    resources.own(new Tensor(memory, 0, Shape.of((int) shape.count() + 1)));
    return new Tensor(memory, odd ? arguments++ % 2 : 0, shape);
  }

  private float[] numbers(int i) {
    Result result = results.get(i);
    float[] numbers = result.tensor().toFloats();
    return bfloat16 && result.stored() ? unpacked(numbers) : numbers;
  }

  private static float[] packed(float[] numbers) {
    float[] words = new float[numbers.length];
    for (int i = 0; i < numbers.length; i += 2) {
      int first = Bfloat16.bits(numbers[i]);
      int second = i + 1 < numbers.length ? Bfloat16.bits(numbers[i + 1]) : 0;
      words[i / 2] = Float.intBitsToFloat(second << 16 | first);
    }
    return words;
  }

  private static float[] unpacked(float[] words) {
    float[] numbers = new float[words.length];
    for (int i = 0; i < numbers.length; i++) {
      int word = Float.floatToRawIntBits(words[i / 2]);
      numbers[i] = Float.intBitsToFloat(i % 2 == 0 ? word << 16 : word & 0xffff0000);
    }
    return numbers;
  }

  @Override
  public void close() {
    resources.close();
  }
}
