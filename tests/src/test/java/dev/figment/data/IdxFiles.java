package dev.figment.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPOutputStream;

/** Makes idx files for tests. */
final class IdxFiles {
  private IdxFiles() {}

  /** A file with these extents whose element i is the byte i x 7 + 3. */
  static byte[] of(int... extents) {
    int count = 1;
    for (int extent : extents) {
      count *= extent;
    }
    byte[] elements = new byte[count];
    for (int i = 0; i < count; i++) {
      elements[i] = (byte) (i * 7 + 3);
    }
    return of(elements, 0x00000800 | extents.length, extents);
  }

  /** A file with any magic number, extents and elements, matching or not. */
  static byte[] of(byte[] elements, int magic, int... extents) {
    ByteBuffer file = ByteBuffer.allocate(4 + 4 * extents.length + elements.length);
    file.putInt(magic);
    for (int extent : extents) {
      file.putInt(extent);
    }
    return file.put(elements).array();
  }

  static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }
}
