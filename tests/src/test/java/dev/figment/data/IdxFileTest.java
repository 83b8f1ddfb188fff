package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdxFileTest {
  /** The bytes of a bad file, what the message must say. */
  static final List<Arguments> BAD =
      List.of(
          arguments(new byte[0], "it is empty"),
          arguments(new byte[] {0}, "it is cut off"),
          arguments(new byte[] {0, 0, 8}, "it is cut off"),
          arguments(new byte[] {0, 0, 8, 3, 0, 0, 0, 1}, "it is cut off"),
          arguments("\u0089PNG\r\n\u001a\n".getBytes(), "no idx file"),
          arguments(IdxFiles.of(new byte[4], 0x01000803, 1, 2, 2), "it begins with 01000803"),
          arguments(IdxFiles.of(new byte[4], 0x00010803, 1, 2, 2), "it begins with 00010803"),
          arguments(IdxFiles.of(new byte[16], 0x00000D03, 1, 2, 2), "of type 0x0d; only unsigned"),
          arguments(IdxFiles.of(new byte[4], 0x00000903, 1, 2, 2), "of type 0x09; only unsigned"),
          arguments(IdxFiles.of(new byte[4], 0x00000800), "it has 0 dimensions"),
          arguments(IdxFiles.of(new byte[1], 0x00000805, 1, 1, 1, 1, 1), "it has 5 dimensions"),
          arguments(IdxFiles.of(new byte[1], 0x000008FF, 1), "it has 255 dimensions"),
          arguments(
              IdxFiles.of(new byte[0], 0x00000803, 0, 28, 28), "dimension 1 of its shape is 0"),
          arguments(IdxFiles.of(new byte[4], 0x00000803, 1, 2, 0), "dimension 3 of its shape is 0"),
          arguments(
              IdxFiles.of(new byte[4], 0x00000803, -1, 2, 2),
              "dimension 1 of its shape is 4294967295"),
          arguments(
              IdxFiles.of(new byte[4], 0x00000804, 65536, 65536, 65536, 65536),
              "needs more bytes than"),
          arguments(
              IdxFiles.of(new byte[4], 0x00000803, 2147483647, 2147483647, 4),
              "needs more bytes than"),
          arguments(IdxFiles.of(new byte[4], 0x00000803, 60000, 28, 28), "needs more bytes than"),
          arguments(IdxFiles.of(new byte[7], 0x00000803, 2, 2, 2), "it is cut off"),
          arguments(IdxFiles.of(new byte[9], 0x00000803, 2, 2, 2), "bytes follow its 8 elements"));

  @TempDir Path folder;

  @ParameterizedTest
  @FieldSource("BAD")
  void isRefusedWithItsReason(byte[] bytes, String reason) throws IOException {
    Path file = Files.write(folder.resolve("bad"), bytes);
    assertThatThrownBy(() -> IdxFile.read(file))
        .isInstanceOf(FigmentException.class)
        .hasMessageStartingWith("cannot use " + file + " as training data: ")
        .hasMessageContaining(reason);
    if (bytes.length > 0) {
      Files.write(file, IdxFiles.gzip(bytes));
      assertThatThrownBy(() -> IdxFile.read(file))
          .as("compressed")
          .isInstanceOf(FigmentException.class)
          .hasMessageMatching(".*(" + reason + "|it is cut off).*");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readsPlainAndCompressed(boolean compressed) throws IOException {
    byte[] bytes = IdxFiles.of(3, 4, 5);
    Path file = Files.write(folder.resolve("x"), compressed ? IdxFiles.gzip(bytes) : bytes);
    IdxFile idx = IdxFile.read(file);
    assertThat(idx.extents()).containsExactly(3, 4, 5);
    assertThat(idx.elements()).isEqualTo(Arrays.copyOfRange(bytes, 16, bytes.length));
  }

  @Test
  void readsMoreThanOnePart() throws IOException {
    byte[] bytes = IdxFiles.of(3, 1000, 1001);
    Path file = Files.write(folder.resolve("x"), IdxFiles.gzip(bytes));
    assertThat(IdxFile.read(file).elements())
        .isEqualTo(Arrays.copyOfRange(bytes, 16, bytes.length));
    Files.write(file, bytes);
    assertThat(IdxFile.read(file).elements())
        .isEqualTo(Arrays.copyOfRange(bytes, 16, bytes.length));
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] plain = IdxFiles.of(2, 3, 3);
    for (byte[] whole : List.of(plain, IdxFiles.gzip(plain))) {
      for (int length = 0; length < whole.length; length++) {
        Path file = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
        assertThatThrownBy(() -> IdxFile.read(file))
            .as("cut to %d of %d bytes", length, whole.length)
            .isInstanceOf(FigmentException.class);
      }
    }
  }

  @Test
  void damagedCompressionIsNamed() throws IOException {
    byte[] bytes = IdxFiles.gzip(IdxFiles.of(2, 30, 30));
    bytes[bytes.length - 8] ^= 1; // the checksum
    Path file = Files.write(folder.resolve("x.gz"), bytes);
    assertThatThrownBy(() -> IdxFile.read(file))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("its gzip compression is damaged");
  }

  @Test
  void foldersAndAbsentFilesAreNamed() {
    assertThatThrownBy(() -> IdxFile.read(folder)).hasMessageContaining("no ordinary file");
    assertThatThrownBy(() -> IdxFile.read(folder.resolve("none")))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("there is no such file");
  }

  @Test
  void shapesBecomeImages() throws IOException {
    assertShape(IdxFiles.of(3, 4, 5), 3, 4, 5, 1);
    assertShape(IdxFiles.of(3, 4, 5, 1), 3, 4, 5, 1);
    assertShape(IdxFiles.of(3, 4, 5, 3), 3, 4, 5, 3);
    assertShape(IdxFiles.of(3, 49), 3, 7, 7, 1);
    assertNoImages(IdxFiles.of(3), "its shape 3 is not that of images");
    assertNoImages(IdxFiles.of(3, 48), "its shape 3 x 48 is not that of images");
    assertNoImages(IdxFiles.of(3, 4, 5, 2), "its shape 3 x 4 x 5 x 2 has 2 channels");
    assertNoImages(IdxFiles.of(2, 3, 5, 5), "has 5 channels (last)");
  }

  @Test
  void onlyVectorsAreLabels() throws IOException {
    Path file = Files.write(folder.resolve("x"), IdxFiles.of(3));
    assertThat(IdxFile.read(file).toLabels(file, List.of()).values()).containsExactly(3, 10, 17);
    Files.write(file, IdxFiles.of(3, 1));
    assertThatThrownBy(() -> IdxFile.read(file).toLabels(file, List.of()))
        .hasMessageContaining("its shape 3 x 1 is not that of labels");
  }

  private void assertShape(byte[] bytes, int size, int height, int width, int channels)
      throws IOException {
    Path file = Files.write(folder.resolve("x"), bytes);
    ImageDataset images = IdxFile.read(file).toImages(file, "x", null);
    assertThat(new int[] {images.size(), images.height(), images.width(), images.channels()})
        .containsExactly(size, height, width, channels);
  }

  private void assertNoImages(byte[] bytes, String reason) throws IOException {
    Path file = Files.write(folder.resolve("x"), bytes);
    IdxFile idx = IdxFile.read(file);
    assertThatThrownBy(() -> idx.toImages(file, "x", null))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining(reason);
  }
}
