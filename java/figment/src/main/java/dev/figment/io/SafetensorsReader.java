package dev.figment.io;

import dev.figment.device.FigmentException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;

/**
 * Reads a safetensors file. Opening it checks the whole header, so a file that opens is complete;
 * each tensor is then read when it is asked for.
 *
 * <p>Source: <a href="https://github.com/huggingface/safetensors#format">the format</a>.
 */
public final class SafetensorsReader implements AutoCloseable {
  /** Headers beyond this are refused; those of large published models take about 1 MiB. */
  static final int MAX_HEADER_BYTES = 16 << 20;

  private static final int CHUNK_BYTES = 1 << 18;

  private final Path path;
  private final FileChannel channel;
  private final SafetensorsHeader header;
  private final long dataStart;

  private SafetensorsReader(
      Path path, FileChannel channel, SafetensorsHeader header, long dataStart) {
    this.path = path;
    this.channel = channel;
    this.header = header;
    this.dataStart = dataStart;
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws FigmentException when it cannot be read or is no whole safetensors file
   */
  public static SafetensorsReader open(Path path) {
    FileChannel channel = null;
    boolean opened = false;
    try {
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        throw new FigmentException("cannot read " + path + ": it is no ordinary file");
      }
      channel = FileChannel.open(path, StandardOpenOption.READ);
      SafetensorsReader reader = open(path, channel);
      opened = true;
      return reader;
    } catch (IOException e) {
      throw IoFailure.reading(path, e);
    } finally {
      if (!opened) {
        closeQuietly(channel);
      }
    }
  }

  /** The metadata strings; empty when the file has none. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** The names of all tensors, in the header's order. */
  public Set<String> names() {
    return header.entries().keySet();
  }

  /** The element type of a tensor. */
  public DType dtype(String name) {
    return entry(name).dtype();
  }

  /** The extents of a tensor, outermost first; empty for a scalar. */
  public long[] shape(String name) {
    return entry(name).shape().clone();
  }

  /** The size of a tensor's data in bytes. */
  public long byteCount(String name) {
    return entry(name).bytes();
  }

  /**
   * Reads a tensor's little-endian bytes.
   *
   * @param out takes them from its position on; its position moves past them
   */
  public void read(String name, ByteBuffer out) {
    SafetensorsHeader.Entry entry = entry(name);
    if (out.remaining() < entry.bytes()) {
      throw new FigmentException(
          String.format(
              "tensor %s of %s has %d bytes, but there is room for %d",
              name, path, entry.bytes(), out.remaining()));
    }
    ByteBuffer part = out.duplicate();
    part.limit(part.position() + (int) entry.bytes());
    readFully(part, entry.begin());
    out.position(part.position());
  }

  /** Reads an F32 tensor, in row-major order. */
  public float[] floats(String name) {
    SafetensorsHeader.Entry entry = entry(name);
    if (entry.dtype() != DType.F32) {
      throw new FigmentException(
          String.format("tensor %s of %s is %s, not F32", name, path, entry.dtype()));
    }
    long count = entry.bytes() / Float.BYTES;
    if (count > Integer.MAX_VALUE - 8) {
      throw new FigmentException(
          String.format("tensor %s of %s has %d elements: too many to hold", name, path, count));
    }
    float[] values = new float[(int) count];
    int chunkBytes = (int) Math.min(CHUNK_BYTES, entry.bytes());
    ByteBuffer chunk = ByteBuffer.allocateDirect(chunkBytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int start = 0; start < values.length; ) {
      int n = Math.min(chunkBytes / Float.BYTES, values.length - start);
      chunk.clear().limit(n * Float.BYTES);
      readFully(chunk, entry.begin() + (long) start * Float.BYTES);
      chunk.flip().asFloatBuffer().get(values, start, n);
      start += n;
    }
    return values;
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }

  private static SafetensorsReader open(Path path, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < Long.BYTES) {
      throw damaged(path, "it has " + size + " bytes, fewer than the 8 of the header's length");
    }
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(channel, length, 0);
    long headerBytes = length.getLong(0);
    if (headerBytes < 0 || headerBytes > size - Long.BYTES) {
      throw damaged(
          path,
          String.format(
              "it says its header has %s bytes, but only %d follow",
              Long.toUnsignedString(headerBytes), size - Long.BYTES));
    }
    if (headerBytes > MAX_HEADER_BYTES) {
      throw damaged(
          path,
          "its header has " + headerBytes + " bytes; at most " + MAX_HEADER_BYTES + " are read");
    }
    ByteBuffer text = ByteBuffer.allocate((int) headerBytes);
    readFully(channel, text, Long.BYTES);
    long dataStart = Long.BYTES + headerBytes;
    try {
      SafetensorsHeader header = SafetensorsHeader.parse(text.flip(), size - dataStart);
      return new SafetensorsReader(path, channel, header, dataStart);
    } catch (FigmentException e) {
      throw damaged(path, e.getMessage());
    }
  }

  private static FigmentException damaged(Path path, String what) {
    return new FigmentException("cannot read " + path + " as a safetensors file: " + what);
  }

  private SafetensorsHeader.Entry entry(String name) {
    SafetensorsHeader.Entry entry = header.entries().get(name);
    if (entry == null) {
      throw new FigmentException(path + " holds no tensor " + name + "; it has " + names());
    }
    return entry;
  }

  private void readFully(ByteBuffer out, long offset) {
    try {
      readFully(channel, out, dataStart + offset);
    } catch (IOException e) {
      throw IoFailure.reading(path, e);
    }
  }

  private static void readFully(FileChannel channel, ByteBuffer out, long position)
      throws IOException {
    for (long at = position; out.hasRemaining(); ) {
      int n = channel.read(out, at);
      if (n < 0) {
        throw new EOFException("the file became shorter while it was read");
      }
      at += n;
    }
  }

  private static void closeQuietly(FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // A channel that was only read has nothing to lose.
      }
    }
  }
}
