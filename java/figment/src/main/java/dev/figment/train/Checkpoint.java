package dev.figment.train;

import dev.figment.device.DataType;
import dev.figment.device.FigmentException;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.io.DType;
import dev.figment.io.IoFailure;
import dev.figment.io.SafetensorsReader;
import dev.figment.io.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** Device tensors to and from a safetensors file; a file is replaced whole or not at all. */
public final class Checkpoint {
  private Checkpoint() {}

  /** Writes tensors (REAL as F32, INT32 as I32) and strings. */
  public static void write(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {
    SafetensorsWriter writer = new SafetensorsWriter();
    metadata.forEach(writer::metadata);
    tensors.forEach(
        (name, tensor) -> {
          if (tensor.type() == DataType.REAL) {
            writer.floats(name, sizes(tensor.shape()), tensor::toFloats);
          } else {
            writer.bytes(name, DType.I32, sizes(tensor.shape()), () -> littleEndian(tensor));
          }
        });
    writer.write(path);
  }

  /**
   * Reads the tensors of these names into place; the file may hold others. Nothing is changed
   * unless all are there with the right types and shapes.
   */
  public static void read(SafetensorsReader reader, Map<String, Tensor> tensors) {
    tensors.forEach((name, tensor) -> check(reader, name, tensor));
    tensors.forEach(
        (name, tensor) -> {
          if (tensor.type() == DataType.REAL) {
            tensor.write(reader.floats(name));
          } else {
            ByteBuffer bytes =
                ByteBuffer.allocate((int) reader.byteCount(name)).order(ByteOrder.LITTLE_ENDIAN);
            reader.read(name, bytes);
            int[] values = new int[bytes.flip().remaining() / Integer.BYTES];
            bytes.asIntBuffer().get(values);
            tensor.write(values);
          }
        });
  }

  /** A whole number of a checkpoint's metadata. */
  static long number(Path path, Map<String, String> metadata, String key, long least, long most) {
    String text = metadata.getOrDefault(key, "missing");
    try {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // The sentence below says it.
    }
    throw new FigmentException(
        "%s says %s is %s where a number from %d to %d is due; the file is damaged."
            .formatted(path, key, IoFailure.quote(text), least, most));
  }

  private static void check(SafetensorsReader reader, String name, Tensor tensor) {
    if (!reader.names().contains(name)) {
      throw new FigmentException(
          "The checkpoint has no tensor %s; it is of another model or architecture."
              .formatted(name));
    }
    DType type = tensor.type() == DataType.REAL ? DType.F32 : DType.I32;
    long[] shape = reader.shape(name);
    if (reader.dtype(name) != type || !Arrays.equals(shape, sizes(tensor.shape()))) {
      throw new FigmentException(
          "The checkpoint's tensor %s is %s of shape %s where this model has %s of %s; it is of another architecture."
              .formatted(name, reader.dtype(name), Arrays.toString(shape), type, tensor.shape()));
    }
  }

  private static ByteBuffer littleEndian(Tensor tensor) {
    int[] values = tensor.toInts();
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(values);
    return bytes;
  }

  private static long[] sizes(Shape shape) {
    long[] sizes = new long[shape.rank()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = shape.size(i);
    }
    return sizes;
  }
}
