package dev.figment.device;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Runs every operation of the contract on two devices, on odd shapes and the same numbers, and
 * compares. It takes seconds; the first use of a GPU does it, since a processor that no developer
 * had may show what no test could.
 */
public final class SelfCheck {
  /** Of a tensor's largest number: far above rounding, far below a lost or misplaced element. */
  private static final double TOLERANCE = 1e-4;

  private SelfCheck() {}

  /**
   * What went wrong first.
   *
   * @param operation the contract's method
   * @param shown what was seen, a clause
   */
  public record Failure(String operation, String shown) {}

  /**
   * One call or a few of an operation.
   *
   * @param operation the contract's method
   * @param calls makes them with tensors of the bench
   */
  record Case(String operation, Consumer<Bench> calls) {}

  /**
   * Checks one device by another; both belong to the calling thread.
   *
   * @return nothing when all results agree
   */
  public static Optional<Failure> run(Device device, Device trusted) {
    List<Case> cases = SelfCheckCases.all();
    for (int i = 0; i < cases.size(); i++) {
      String operation = cases.get(i).operation();
      try (Bench mine = new Bench(device, i);
          Bench other = new Bench(trusted, i)) {
        cases.get(i).calls().accept(other);
        cases.get(i).calls().accept(mine);
        device.synchronize();
        Optional<String> difference = mine.difference(other);
        if (difference.isPresent()) {
          return Optional.of(new Failure(operation, difference.get()));
        }
      } catch (FigmentException e) {
        return Optional.of(new Failure(operation, "it failed: " + e.getMessage()));
      }
    }
    return Optional.empty();
  }

  /** Tensors on one device, filled with numbers that a seed decides. */
  static final class Bench implements AutoCloseable {
    private final Device device;
    private final SplittableRandom random;
    private final List<Tensor> results = new ArrayList<>();
    private final Resources resources = new Resources();

    Bench(Device device, int seed) {
      this.device = device;
      random = new SplittableRandom(seed);
    }

    Kernels kernels() {
      return device.kernels();
    }

    /** An input of numbers in (-1, 1). */
    Tensor given(int... sizes) {
      return given(Shape.of(sizes));
    }

    /** An input of numbers in (-1, 1). */
    Tensor given(Shape shape) {
      return filled(shape, -1);
    }

    /** An input of numbers in (0, 1). */
    Tensor positive(int... sizes) {
      return filled(Shape.of(sizes), 0);
    }

    private Tensor filled(Shape shape, double low) {
      Tensor tensor = resources.own(device.allocate(DataType.REAL, shape));
      tensor.write(random.doubles(shape.count()).map(value -> low + (1 - low) * value).toArray());
      return tensor;
    }

    /** Batch norm's statistics of rows in two tiles: counts, means, sums of squared deviations. */
    Tensor statistics(int rows, int channels) {
      Tensor tensor = given(2, 3, channels);
      double[] values = tensor.toDoubles();
      for (int tile = 0; tile < 2; tile++) {
        double count = tile == 0 ? 64 : rows - 64;
        for (int c = 0; c < channels; c++) {
          int at = 3 * tile * channels + c;
          values[at] = count;
          values[at + 2 * channels] = count * Math.abs(values[at + 2 * channels]);
        }
      }
      tensor.write(values);
      return tensor;
    }

    /** A tensor for the operations' own use, full of zeros before; null of no tiles. */
    Tensor scratch(int tiles, int... sizes) {
      Shape rest = Shape.of(sizes);
      return tiles == 0 ? null : resources.own(device.allocate(DataType.REAL, rest.batched(tiles)));
    }

    /** An output, full of zeros before. */
    Tensor made(int... sizes) {
      return made(Shape.of(sizes));
    }

    /** An output, full of zeros before. */
    Tensor made(Shape shape) {
      return result(resources.own(device.allocate(DataType.REAL, shape)));
    }

    /** An input that is compared too, for the operation may change it. */
    Tensor result(Tensor tensor) {
      results.add(tensor);
      return tensor;
    }

    /** An input of one integer. */
    Tensor integer(int value) {
      return integers(value);
    }

    /** An input of integers. */
    Tensor integers(int... values) {
      Tensor tensor = resources.own(device.allocate(DataType.INT32, Shape.of(values.length)));
      tensor.write(values);
      return tensor;
    }

    /** An input of integers from 0 to {@code bound} - 1. */
    Tensor integers(int count, int bound) {
      Tensor tensor = resources.own(device.allocate(DataType.INT32, Shape.of(count)));
      tensor.write(random.ints(count, 0, bound).toArray());
      return tensor;
    }

    /** An input of bytes. */
    Tensor bytes(int... sizes) {
      Shape shape = Shape.of(sizes);
      Tensor tensor = resources.own(device.allocate(DataType.UINT8, shape));
      byte[] values = new byte[Math.toIntExact(shape.count())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (byte) random.nextInt();
      }
      tensor.write(values);
      return tensor;
    }

    /** Random numbers of some stream. */
    RandomStream stream() {
      return new RandomStream(7, integer(3), RandomStream.LATENT);
    }

    /** Where the results are not another bench's. */
    private Optional<String> difference(Bench other) {
      for (int i = 0; i < results.size(); i++) {
        double[] mine = numbers(results.get(i));
        double[] expected = numbers(other.results.get(i));
        double largest = 0;
        for (double value : expected) {
          largest = Math.max(largest, Math.abs(value));
        }
        for (int k = 0; k < mine.length; k++) {
          // Written so that a NaN differs.
          if (!(Math.abs(mine[k] - expected[k]) <= TOLERANCE * largest)) {
            return Optional.of(
                "element %d of its result of shape %s is %s where the device %s has %s"
                    .formatted(
                        k, results.get(i).shape(), mine[k], other.device.name(), expected[k]));
          }
        }
      }
      return Optional.empty();
    }

    private static double[] numbers(Tensor tensor) {
      return tensor.type() == DataType.REAL
          ? tensor.toDoubles()
          : Arrays.stream(tensor.toInts()).asDoubleStream().toArray();
    }

    @Override
    public void close() {
      resources.close();
    }
  }
}
