package dev.figment.device;

/**
 * A view of consecutive elements of a {@link Memory}, row-major, channels last. It owns nothing.
 *
 * @param memory where the elements are
 * @param offset the first element's index in the memory
 * @param shape the sizes
 */
public record Tensor(Memory memory, long offset, Shape shape) {
  public Tensor {
    if (offset < 0 || offset > memory.length() - shape.count()) {
      throw new FigmentException(
          "A tensor of shape %s at element %d was asked of a memory of %d elements; it does not fit."
              .formatted(shape, offset, memory.length()));
    }
  }

  public DataType type() {
    return memory.type();
  }

  public long count() {
    return shape.count();
  }

  /** The same elements under another shape of as many elements. */
  public Tensor reshaped(Shape other) {
    if (other.count() != shape.count()) {
      throw new FigmentException(
          "A tensor of shape %s was asked as %s; the element counts differ (%d and %d)."
              .formatted(shape, other, shape.count(), other.count()));
    }
    return new Tensor(memory, offset, other);
  }

  /** Rows {@code from..from+count-1} of the first axis. */
  public Tensor rows(int from, int count) {
    if (from < 0 || count < 1 || from > shape.size(0) - count) {
      throw new FigmentException(
          "Rows %d..%d were asked of a tensor of shape %s."
              .formatted(from, from + count - 1, shape));
    }
    Shape sample = shape.sample();
    return new Tensor(memory, offset + from * sample.count(), sample.batched(count));
  }

  /** Whether an element belongs to both. */
  boolean overlaps(Tensor other) {
    return memory == other.memory
        && offset < other.offset + other.count()
        && other.offset < offset + count();
  }

  /** Copies all elements of {@code source} in (REAL). */
  public void write(float... source) {
    memory.write(offset, source, 0, matching(source.length));
  }

  /** Copies all elements of {@code source} in (REAL). */
  public void write(double... source) {
    memory.write(offset, source, 0, matching(source.length));
  }

  /** Copies all elements of {@code source} in (INT32). */
  public void write(int... source) {
    memory.write(offset, source, 0, matching(source.length));
  }

  /** Copies all elements of {@code source} in (UINT8). */
  public void write(byte... source) {
    memory.write(offset, source, 0, matching(source.length));
  }

  /** The elements (REAL), widened to double. */
  public double[] toDoubles() {
    double[] result = new double[Math.toIntExact(count())];
    memory.read(offset, result, 0, result.length);
    return result;
  }

  /** The elements (REAL), rounded to float. */
  public float[] toFloats() {
    float[] result = new float[Math.toIntExact(count())];
    memory.read(offset, result, 0, result.length);
    return result;
  }

  /** The elements (INT32). */
  public int[] toInts() {
    int[] result = new int[Math.toIntExact(count())];
    memory.read(offset, result, 0, result.length);
    return result;
  }

  /** The elements (UINT8). */
  public byte[] toBytes() {
    byte[] result = new byte[Math.toIntExact(count())];
    memory.read(offset, result, 0, result.length);
    return result;
  }

  private int matching(int length) {
    if (length != count()) {
      throw new FigmentException(
          "%d elements were written to a tensor of shape %s; it takes %d."
              .formatted(length, shape, count()));
    }
    return length;
  }
}
