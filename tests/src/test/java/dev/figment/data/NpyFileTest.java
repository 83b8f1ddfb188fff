package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyFileTest {
  @TempDir Path folder;
  private Path file;

  /**
   * A file as NumPy writes it: the header padded to a multiple of 64 bytes and ended by a line
   * feed.
   */
  private Path write(
      String name, int version, String type, boolean fortran, String shape, byte[] data)
      throws IOException {
    String text =
        "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }"
            .formatted(type, fortran ? "True" : "False", shape);
    int fixed = version == 1 ? 10 : 12;
    int length = (fixed + text.length() + 1 + 63) / 64 * 64 - fixed;
    ByteBuffer bytes = ByteBuffer.allocate(fixed + length + data.length);
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    if (version == 1) {
      bytes.putShort((short) length);
    } else {
      bytes.putInt(length);
    }
    byte[] header = new byte[length];
    Arrays.fill(header, (byte) ' ');
    System.arraycopy(text.getBytes(StandardCharsets.US_ASCII), 0, header, 0, text.length());
    header[length - 1] = '\n';
    file = Files.write(folder.resolve(name), bytes.put(header).put(data).array());
    return file;
  }

  private static byte[] ramp(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) (7 * i);
    }
    return bytes;
  }

  private static byte[] floats(ByteOrder order, double... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(order);
    for (double value : values) {
      bytes.putFloat((float) value);
    }
    return bytes.array();
  }

  private ImageDataset open() {
    return Datasets.open(DataRequest.of(file.toString()), line -> {});
  }

  private static byte[] pixels(ImageDataset images) {
    byte[] out = new byte[images.size() * images.imageBytes()];
    images.gather(IntStream.range(0, images.size()).toArray(), out);
    return out;
  }

  @ParameterizedTest
  @CsvSource({
    "'2, 3, 5', 3, 5, 1, 1",
    "'2, 3, 5, 1', 3, 5, 1, 2",
    "'2, 2, 5, 3', 2, 5, 3, 3",
  })
  void bytesAreReadAsTheyAre(String shape, int height, int width, int channels, int version)
      throws IOException {
    byte[] data = ramp(2 * height * width * channels);
    write("a.npy", version, "|u1", false, shape, data);
    ImageDataset images = open();
    assertThat(List.of(images.size(), images.height(), images.width(), images.channels()))
        .containsExactly(2, height, width, channels);
    assertThat(pixels(images)).isEqualTo(data);
    assertThat(images.hasLabels()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"<f4", ">f4", "=f4"})
  void floatsOfAllThreeRangesBecomeBytes(String type) throws IOException {
    ByteOrder order = type.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    write("a.npy", 1, type, false, "2, 1, 2", floats(order, 0, 0.2, 0.6, 1));
    assertThat(pixels(open())).isEqualTo(new byte[] {0, 51, (byte) 153, (byte) 255});
    write("a.npy", 1, type, false, "2, 1, 2", floats(order, -1, -0.6, 0.2, 1));
    assertThat(pixels(open())).isEqualTo(new byte[] {0, 51, (byte) 153, (byte) 255});
    write("a.npy", 1, type, false, "2, 1, 2", floats(order, 0, 51.4, 152.6, 255));
    assertThat(pixels(open())).isEqualTo(new byte[] {0, 51, (byte) 153, (byte) 255});
  }

  @Test
  void doublesAreReadToo() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    write("a.npy", 1, "<f8", false, "1, 1, 2", bytes.putDouble(0.2).putDouble(0.4).array());
    assertThat(pixels(open())).isEqualTo(new byte[] {51, 102});
  }

  @Test
  void labelsLieBeside() throws IOException {
    ByteBuffer labels = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    labels.putLong(3).putLong(255).putLong(0);
    write("a-labels.npy", 1, "<i8", false, "3,", labels.array());
    write("a.npy", 1, "|u1", false, "3, 1, 1", ramp(3));
    ImageDataset images = open();
    assertThat(List.of(images.label(0), images.label(1), images.label(2)))
        .containsExactly(3, 255, 0);
    write("a-labels.npy", 1, "|u1", false, "2,", ramp(2));
    file = folder.resolve("a.npy");
    refused("has 3 images but 2 labels: give it the labels of these images");
    write("a-labels.npy", 1, "<i8", false, "3,", labels.putLong(8, 256).array());
    file = folder.resolve("a.npy");
    refused("label 1 is 256; labels are numbers from 0 to 255");
    write("a-labels.npy", 1, "<f4", false, "3,", ramp(12));
    file = folder.resolve("a.npy");
    refused("its labels are float32; save them as uint8");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<i4 | 2, 1, 2 | 16 | its elements are int32; save it as uint8, float32 or float64",
        "<f2 | 2, 1, 2 | 8 | its elements are float16; save it as uint8",
        "?b1 | 2, 1, 2 | 4 | its elements are bool; save it as uint8",
        "<U3 | 2, 1, 2 | 48 | its elements are of type u3; save it as uint8",
        "<c8 | 2, 1, 2 | 32 | its elements are complex64; save it as uint8",
      })
  void otherElementsAreRefused(String type, String shape, int bytes, String reason)
      throws IOException {
    write("a.npy", 1, type.replace('?', '|'), false, shape, new byte[bytes]);
    refused(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4 | 4 | its shape 4 is not N x H x W or N x H x W x C with 1 or 3 channels",
        "2, 2 | 4 | its shape 2 x 2 is not N x H x W",
        "1, 1, 1, 1, 4 | 4 | its shape 1 x 1 x 1 x 1 x 4 is not N x H x W",
        "1, 1, 1, 4 | 4 | its shape 1 x 1 x 1 x 4 is not N x H x W",
        "1, 3, 2, 2 | 12 | channels; save numpy.transpose(it, (0, 2, 3, 1))",
        "0, 2, 2 | 0 | its shape 0 x 2 x 2 holds nothing",
        "2, 2, 2 | 7 | it is cut off; copy or save it again",
        "2, 2, 2 | 9 | bytes follow its elements",
        "2147483647, 2147483647, 2147483647, 3 | 9 | it is cut off",
        "99999999999, 2, 2 | 9 | has an extent that is no number below 2^31",
      })
  void otherShapesAreRefused(String shape, int bytes, String reason) throws IOException {
    write("a.npy", 1, "|u1", false, shape, new byte[bytes]);
    refused(reason);
  }

  @Test
  void anotherOrderIsRefused() throws IOException {
    write("a.npy", 1, "|u1", true, "2, 2, 2", ramp(8));
    refused("it is in Fortran order; save numpy.ascontiguousarray of it");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NaN | image 0 holds NaN; give finite numbers",
        "256 | its numbers go from 0.0 to 256.0; give pixels from 0 to 1",
        "-1.5 | its numbers go from -1.5 to 0.0; give pixels",
      })
  void otherNumbersAreRefused(double value, String reason) throws IOException {
    write("a.npy", 1, "<f4", false, "1, 1, 2", floats(ByteOrder.LITTLE_ENDIAN, 0, value));
    refused(reason);
    write("a.npy", 1, "<f4", false, "1, 1, 2", floats(ByteOrder.LITTLE_ENDIAN, -0.5, 1.5));
    refused("its numbers go from -0.5 to 1.5");
  }

  @Test
  void whatIsNoNpyFileIsRefused() throws IOException {
    file = Files.write(folder.resolve("a.npy"), new byte[5]);
    refused("it does not begin as an .npy file does");
    byte[] whole = Files.readAllBytes(write("a.npy", 1, "|u1", false, "2, 2, 2", ramp(8)));
    byte[] other = whole.clone();
    other[6] = 9;
    Files.write(file, other);
    refused("its version or header is none that NumPy writes");
    Files.write(file, Arrays.copyOf(whole, 30));
    refused("its header gives no ");
    write("a.npy", 1, "|O", false, "2,", ramp(8));
    refused("its header gives no element type of a plain array of numbers; save a plain array");
    file = Files.createDirectory(folder.resolve("b.npy"));
    assertThatThrownBy(this::open).hasMessageContaining("the folder holds no PNG");
  }

  private void refused(String reason) {
    assertThatThrownBy(this::open)
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining(reason);
  }
}
