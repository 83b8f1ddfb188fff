package dev.figment.data;

import dev.figment.io.IoFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;

/**
 * Images of one size as unsigned bytes, side by side: in memory up to a limit, beyond it in a file
 * that is mapped into memory, of which the system keeps what fits. Any thread may read it.
 */
final class PixelStore {
  private static final int SEGMENT_BYTES = 1 << 30; // a buffer holds less than 2^31

  private final ByteBuffer[] segments;
  private final int imageBytes;
  private final int perSegment;

  private PixelStore(ByteBuffer[] segments, int imageBytes, int perSegment) {
    this.segments = segments;
    this.imageBytes = imageBytes;
    this.perSegment = perSegment;
  }

  /** An array as it is. */
  static PixelStore of(byte[] pixels, int imageBytes) {
    int images = pixels.length / imageBytes;
    return new PixelStore(new ByteBuffer[] {ByteBuffer.wrap(pixels)}, imageBytes, images);
  }

  /**
   * A part of a file, which stays there: it must not change meanwhile.
   *
   * @param offset of the first image, in bytes
   */
  static PixelStore mapped(FileChannel file, long offset, int count, int imageBytes)
      throws IOException {
    int perSegment = perSegment(imageBytes);
    ByteBuffer[] segments = new ByteBuffer[(count - 1) / perSegment + 1];
    for (int i = 0; i < segments.length; i++) {
      int first = i * perSegment;
      segments[i] =
          file.map(
              FileChannel.MapMode.READ_ONLY,
              offset + (long) first * imageBytes,
              (long) Math.min(perSegment, count - first) * imageBytes);
    }
    return new PixelStore(segments, imageBytes, perSegment);
  }

  private static int perSegment(int imageBytes) {
    return Math.max(1, SEGMENT_BYTES / imageBytes);
  }

  /** The most bytes to hold in memory: a quarter of what Java may use. */
  static long memoryLimit() {
    return Runtime.getRuntime().maxMemory() / 4;
  }

  /** The images that fit; the last segment may be shorter. */
  int count() {
    int last = segments[segments.length - 1].capacity() / imageBytes;
    return (segments.length - 1) * perSegment + last;
  }

  int imageBytes() {
    return imageBytes;
  }

  /** Whether it lies in a file and not in memory. */
  boolean isMapped() {
    return segments[0].isDirect();
  }

  /** Copies an image into {@code out}, from {@code offset} on. */
  void copy(int image, byte[] out, int offset) {
    segments[image / perSegment].get(image % perSegment * imageBytes, out, offset, imageBytes);
  }

  /** Adds all bytes to a checksum. */
  void addTo(CRC32 crc) {
    for (ByteBuffer segment : segments) {
      crc.update(segment.duplicate().rewind());
    }
  }

  /** Takes images in any order, from any thread, into places of their own. */
  static final class Writer implements AutoCloseable {
    private final int imageBytes;
    private final int perSegment;
    private final ByteBuffer[] segments; // null where a file takes the images
    private final FileChannel file;
    private final Path path;

    /**
     * @param count the most images that will come
     * @param memoryLimit the most bytes to hold in memory
     * @param folder where the file goes beyond that; it is gone when the process ends, even killed
     */
    Writer(int count, int imageBytes, long memoryLimit, Path folder) {
      this.imageBytes = imageBytes;
      perSegment = perSegment(imageBytes);
      if ((long) count * imageBytes <= memoryLimit) {
        path = null;
        file = null;
        segments = new ByteBuffer[(count - 1) / perSegment + 1];
        for (int i = 0; i < segments.length; i++) {
          int images = Math.min(perSegment, count - i * perSegment);
          segments[i] = ByteBuffer.allocate(images * imageBytes);
        }
      } else {
        path = folder;
        segments = null;
        file = temporary(folder);
      }
    }

    /** A file without a name: it is deleted at once and lives as long as it is open or mapped. */
    private static FileChannel temporary(Path folder) {
      try {
        Files.createDirectories(folder);
        Path file = Files.createTempFile(folder, "images-", ".tmp");
        try {
          return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } finally {
          Files.delete(file);
        }
      } catch (IOException e) {
        throw IoFailure.writing(folder, e);
      }
    }

    /** Puts an image into a place. */
    void put(int place, byte[] image) {
      if (segments != null) {
        segments[place / perSegment].put(place % perSegment * imageBytes, image);
      } else {
        write(place, ByteBuffer.wrap(image));
      }
    }

    private void write(int place, ByteBuffer image) {
      try {
        long start = (long) place * imageBytes;
        while (image.hasRemaining()) {
          file.write(image, start + image.position());
        }
      } catch (IOException e) {
        throw IoFailure.writing(path, e);
      }
    }

    /**
     * Ends writing, with the images moved together.
     *
     * @param places those to keep, ascending
     */
    PixelStore finish(int[] places) {
      byte[] image = new byte[imageBytes];
      for (int i = 0; i < places.length; i++) {
        if (places[i] != i) {
          read(places[i], image);
          put(i, image);
        }
      }
      if (file != null) {
        try {
          return mapped(file, 0, places.length, imageBytes);
        } catch (IOException e) {
          throw IoFailure.reading(path, e);
        }
      }
      ByteBuffer[] kept = new ByteBuffer[(places.length - 1) / perSegment + 1];
      for (int i = 0; i < kept.length; i++) {
        int images = Math.min(perSegment, places.length - i * perSegment);
        kept[i] = segments[i].slice(0, images * imageBytes);
      }
      return new PixelStore(kept, imageBytes, perSegment);
    }

    private void read(int place, byte[] image) {
      if (segments != null) {
        segments[place / perSegment].get(place % perSegment * imageBytes, image);
        return;
      }
      try {
        ByteBuffer buffer = ByteBuffer.wrap(image);
        while (buffer.hasRemaining()) {
          long start = (long) place * imageBytes + buffer.position();
          if (file.read(buffer, start) < 0) {
            throw new IOException("it ended early");
          }
        }
      } catch (IOException e) {
        throw IoFailure.reading(path, e);
      }
    }

    /** Closes the file; what {@link #finish} mapped stays readable. */
    @Override
    public void close() {
      if (file != null) {
        try {
          file.close();
        } catch (IOException e) {
          throw IoFailure.writing(path, e);
        }
      }
    }
  }
}
