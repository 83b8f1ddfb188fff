package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PixelStoreTest {
  private static final int COUNT = 100;
  private static final int BYTES = 7;

  @TempDir Path folder;

  /** Image i is the bytes i, i + 1, ... */
  private static byte[] image(int i) {
    byte[] image = new byte[BYTES];
    for (int j = 0; j < BYTES; j++) {
      image[j] = (byte) (i + j);
    }
    return image;
  }

  @ParameterizedTest
  @ValueSource(longs = {COUNT * BYTES, COUNT * BYTES - 1})
  void holdsTheSameInMemoryAndInAFile(long limit) throws IOException {
    PixelStore all;
    PixelStore some;
    int[] places = IntStream.range(0, COUNT).filter(i -> i % 3 == 1).toArray();
    try (PixelStore.Writer writer = new PixelStore.Writer(COUNT, BYTES, limit, folder)) {
      IntStream.range(0, COUNT).parallel().forEach(i -> writer.put(COUNT - 1 - i, image(i)));
      all = writer.finish(IntStream.range(0, COUNT).toArray());
      for (int i = 0; i < COUNT; i++) {
        assertThat(copy(all, i)).isEqualTo(image(COUNT - 1 - i));
      }
      assertThat(all.isMapped()).isEqualTo(limit < COUNT * BYTES);
      some = writer.finish(places);
    }
    assertThat(some.count()).isEqualTo(places.length);
    byte[] expected = new byte[places.length * BYTES];
    for (int i = 0; i < places.length; i++) {
      assertThat(copy(some, i)).isEqualTo(image(COUNT - 1 - places[i]));
      System.arraycopy(copy(some, i), 0, expected, i * BYTES, BYTES);
    }
    CRC32 found = new CRC32();
    CRC32 crc = new CRC32();
    some.addTo(found);
    crc.update(expected);
    assertThat(found.getValue()).isEqualTo(crc.getValue());
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).as("nothing is left for a killed process to leave").isEmpty();
    }
  }

  @Test
  void aFileThatCannotBeMadeIsNamed() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> new PixelStore.Writer(COUNT, BYTES, 0, file.resolve("x")))
        .isInstanceOf(FigmentException.class)
        .hasMessageStartingWith("cannot write " + file.resolve("x"));
  }

  private static byte[] copy(PixelStore store, int image) {
    byte[] out = new byte[BYTES + 2];
    store.copy(image, out, 1);
    assertThat(out[0]).isZero();
    assertThat(out[BYTES + 1]).isZero();
    byte[] copied = new byte[BYTES];
    System.arraycopy(out, 1, copied, 0, BYTES);
    return copied;
  }
}
