package dev.figment.profile;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.SplittableRandom;

/** Allocates and fills the tensors of an {@link Operation}; closes them all. */
public final class Tensors implements AutoCloseable {
  private final Device device;
  private final Resources resources = new Resources();
  private final SplittableRandom random = new SplittableRandom(1);

  public Tensors(Device device) {
    this.device = device;
  }

  /** Zeros. */
  public Tensor zeros(int... sizes) {
    return zeros(Shape.of(sizes));
  }

  /** Zeros. */
  public Tensor zeros(Shape shape) {
    return resources.own(device.allocate(DataType.REAL, shape));
  }

  /** Numbers between -1 and 1. */
  public Tensor values(int... sizes) {
    return values(Shape.of(sizes));
  }

  /** Numbers between -1 and 1. */
  public Tensor values(Shape shape) {
    return values(shape, -1, 1);
  }

  /** Numbers between two bounds. */
  public Tensor values(Shape shape, double low, double high) {
    Tensor tensor = zeros(shape);
    float[] numbers = new float[Math.toIntExact(shape.count())];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextDouble(low, high);
    }
    tensor.write(numbers);
    return tensor;
  }

  /** Integers from 0 to {@code bound} - 1. */
  public Tensor integers(Shape shape, int bound) {
    Tensor tensor = resources.own(device.allocate(DataType.INT32, shape));
    int[] numbers = new int[Math.toIntExact(shape.count())];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = random.nextInt(bound);
    }
    tensor.write(numbers);
    return tensor;
  }

  /** The integer 1, as a step or counter. */
  public Tensor counter() {
    Tensor tensor = resources.own(device.allocate(DataType.INT32, Shape.of(1)));
    tensor.write(1);
    return tensor;
  }

  /** Bytes. */
  public Tensor bytes(Shape shape) {
    Tensor tensor = resources.own(device.allocate(DataType.UINT8, shape));
    byte[] numbers = new byte[Math.toIntExact(shape.count())];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (byte) random.nextInt();
    }
    tensor.write(numbers);
    return tensor;
  }

  @Override
  public void close() {
    resources.close();
  }
}
