package dev.figment.io;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Writes a safetensors file: an 8-byte little-endian header length, a JSON header, and the data of
 * all tensors without a gap.
 *
 * <p>Tensors are declared first and supply their data when its turn comes, so a device's memory
 * goes to disk one tensor at a time. Tensors of 8-byte elements come first and those of bytes last,
 * otherwise in the order given, so that each is aligned to its element size.
 *
 * <p>Source: <a href="https://github.com/huggingface/safetensors#format">the format</a>.
 */
public final class SafetensorsWriter {
  private static final int CHUNK_BYTES = 1 << 18;

  /** Writes all of a tensor's data at the channel's position, through {@code chunk} if it must. */
  private interface Data {
    void writeTo(FileChannel channel, ByteBuffer chunk) throws IOException;
  }

  private record Entry(String name, DType dtype, long[] shape, long bytes, Data data) {}

  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /** Adds, or replaces, one metadata string. */
  public SafetensorsWriter metadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /**
   * Declares a tensor from raw little-endian bytes.
   *
   * @param data called once, when the file is written; gives a buffer with exactly the tensor's
   *     bytes remaining, of which it uses a duplicate
   */
  public SafetensorsWriter bytes(
      String name, DType dtype, long[] shape, Supplier<ByteBuffer> data) {
    long bytes = byteCount(name, dtype, shape);
    return add(
        new Entry(
            name,
            dtype,
            shape.clone(),
            bytes,
            (channel, chunk) -> {
              ByteBuffer buffer = data.get().duplicate();
              checkCount(name, "bytes", bytes, buffer.remaining());
              AtomicFile.writeFully(channel, buffer);
            }));
  }

  /** Declares an F32 tensor; {@code values} is called once, when the file is written. */
  public SafetensorsWriter floats(String name, long[] shape, Supplier<float[]> values) {
    long bytes = byteCount(name, DType.F32, shape);
    return add(
        new Entry(
            name,
            DType.F32,
            shape.clone(),
            bytes,
            (channel, chunk) -> {
              float[] array = values.get();
              checkCount(name, "elements", bytes / DType.F32.bytes(), array.length);
              writeFloats(channel, chunk, array);
            }));
  }

  /**
   * Writes the file in the manner of {@link AtomicFile}.
   *
   * @throws FigmentException when it cannot be written or a tensor's data has not its declared size
   */
  public void write(Path path) {
    List<Entry> ordered = new ArrayList<>(entries.values());
    ordered.sort(Comparator.comparingInt((Entry entry) -> entry.dtype().bytes()).reversed());
    byte[] header = header(ordered);
    AtomicFile.write(
        path,
        channel -> {
          ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          AtomicFile.writeFully(channel, length.putLong(header.length).flip());
          AtomicFile.writeFully(channel, ByteBuffer.wrap(header));
          ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
          for (Entry entry : ordered) {
            entry.data().writeTo(channel, chunk);
          }
        });
  }

  private SafetensorsWriter add(Entry entry) {
    if (entry.name().equals(SafetensorsHeader.METADATA)) {
      throw new FigmentException(
          "a tensor cannot be named " + SafetensorsHeader.METADATA + ": choose another name");
    }
    if (entries.putIfAbsent(entry.name(), entry) != null) {
      throw new FigmentException("tensor " + entry.name() + " is declared twice in one file");
    }
    return this;
  }

  private byte[] header(List<Entry> ordered) {
    ObjectMapper json = new ObjectMapper();
    ObjectNode root = json.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode node = root.putObject(SafetensorsHeader.METADATA);
      metadata.forEach(node::put);
    }
    long offset = 0;
    for (Entry entry : ordered) {
      ObjectNode node = root.putObject(entry.name()).put("dtype", entry.dtype().name());
      ArrayNode shape = node.putArray("shape");
      Arrays.stream(entry.shape()).forEach(shape::add);
      node.putArray("data_offsets").add(offset).add(offset + entry.bytes());
      offset = Math.addExact(offset, entry.bytes());
    }
    try {
      byte[] text = json.writeValueAsBytes(root);
      // Spaces after the JSON put the data on an 8-byte boundary of the file.
      byte[] padded = Arrays.copyOf(text, (text.length + 7) / 8 * 8);
      Arrays.fill(padded, text.length, padded.length, (byte) ' ');
      return padded;
    } catch (IOException e) {
      throw new FigmentException("the header could not be written as JSON: " + e.getMessage(), e);
    }
  }

  private static long byteCount(String name, DType dtype, long[] shape) {
    long bytes = SafetensorsHeader.byteCount(dtype, shape);
    if (bytes < 0) {
      throw new FigmentException(
          String.format("tensor %s cannot have the shape %s", name, Arrays.toString(shape)));
    }
    return bytes;
  }

  private static void checkCount(String name, String what, long expected, long found) {
    if (expected != found) {
      throw new FigmentException(
          String.format(
              "tensor %s was declared with %d %s, but %d were supplied",
              name, expected, what, found));
    }
  }

  private static void writeFloats(FileChannel channel, ByteBuffer chunk, float[] values)
      throws IOException {
    int perChunk = CHUNK_BYTES / Float.BYTES;
    for (int start = 0; start < values.length; start += perChunk) {
      int count = Math.min(perChunk, values.length - start);
      chunk.clear().limit(count * Float.BYTES);
      chunk.asFloatBuffer().put(values, start, count);
      AtomicFile.writeFully(channel, chunk);
    }
  }
}
