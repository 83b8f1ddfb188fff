package dev.figment.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** Damaged and malicious files: each is refused when opened, with the reason. */
class SafetensorsHostileTest {
  private static final String GOOD = tensor("w", "F32", "[2]", "[0,8]");

  /** Header (of tensors over 8 bytes of data), what the message must say. */
  static final List<Arguments> HEADERS =
      List.of(
          arguments("", "does not begin with '{'"),
          arguments("[]", "does not begin with '{'"),
          arguments(" {" + GOOD + "}", "does not begin with '{'"),
          arguments("{", "not valid JSON"),
          arguments("{" + GOOD + "} {}", "not valid JSON"),
          arguments("{" + GOOD + "}\0", "not valid JSON"),
          arguments("{'w':1}", "not valid JSON"),
          arguments("{\"\u00ff\":1}", "not valid UTF-8"),
          arguments("{\"\u00c0\u0080\":1}", "not valid UTF-8"),
          arguments("{\"\u00ed\u00a0\u0080\":1}", "not valid UTF-8"),
          arguments("{" + GOOD + "," + GOOD + "}", "not valid JSON: \"Duplicate"),
          arguments("{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", "not valid JSON: \"Duplicate"),
          arguments("{\"w\":" + "[".repeat(100_000), "not valid JSON"),
          arguments("{\"w\":" + "{\"a\":".repeat(100_000), "not valid JSON"),
          arguments("{\"__metadata__\":1," + GOOD + "}", "__metadata__ is no JSON object"),
          arguments("{\"__metadata__\":{\"a\":1}," + GOOD + "}", "metadata \"a\" is no string"),
          arguments("{\"w\":1}", "has not exactly the fields"),
          arguments("{\"w\":{}}", "has not exactly the fields"),
          arguments("{\"w\":{\"dtype\":\"F32\",\"shape\":[2]}}", "has not exactly the fields"),
          arguments(
              "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"offsets\":[0,8]}}",
              "data_offsets that is no array"),
          arguments(
              "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}",
              "has not exactly the fields"),
          arguments(one("BF16", "[4]", "[0,8]"), "dtype that is not F32"),
          arguments(one("f32", "[2]", "[0,8]"), "dtype that is not F32"),
          arguments("{\"w\":{\"dtype\":3,\"shape\":[2],\"data_offsets\":[0,8]}}", "no string"),
          arguments(one("F32", "2", "[0,8]"), "shape that is no array"),
          arguments(one("F32", "[-2]", "[0,8]"), "shape with an entry that is no integer"),
          arguments(one("F32", "[2.0]", "[0,8]"), "shape with an entry that is no integer"),
          arguments(one("F32", "[\"2\"]", "[0,8]"), "shape with an entry that is no integer"),
          arguments(one("F32", "[null]", "[0,8]"), "shape with an entry that is no integer"),
          arguments(one("F32", "[9223372036854775808]", "[0,8]"), "is no integer from 0"),
          arguments(one("F32", "[" + "9".repeat(5000) + "]", "[0,8]"), "not valid JSON"),
          arguments(one("F32", "[4294967296,4294967296]", "[0,8]"), "overflows"),
          arguments(one("F32", "[4611686018427387904]", "[0,0]"), "overflows"),
          arguments(one("F32", "[2305843009213693952]", "[0,8]"), "overflows"),
          arguments(one("F32", "[4294967296,4294967296,0]", "[0,0]"), "overflows"),
          arguments(one("F32", "[2305843009213693952,0]", "[0,0]"), "overflows"),
          arguments(one("F32", "[18446744073709551618]", "[0,8]"), "is no integer from 0"),
          arguments(one("F32", "[2]", "[0]"), "1 data_offsets instead of 2"),
          arguments(one("F32", "[2]", "[0,4,8]"), "3 data_offsets instead of 2"),
          arguments(one("F32", "[2]", "[8,0]"), "ends (0) before it begins (8)"),
          arguments(one("F32", "[2]", "[-8,0]"), "data_offsets with an entry that is no integer"),
          arguments(one("F32", "[2]", "[0,8.0]"), "data_offsets with an entry that is no integer"),
          arguments(one("F32", "[3]", "[0,8]"), "needs 12 bytes by its shape but"),
          arguments(one("F64", "[2]", "[0,8]"), "needs 16 bytes by its shape but"),
          arguments(one("F32", "[1]", "[0,4]"), "4 bytes follow the last tensor"),
          arguments("{}", "8 bytes follow the last tensor"),
          arguments(one("F32", "[1]", "[4,8]"), "follows a gap of 4 unused bytes"),
          arguments(one("F32", "[3]", "[0,12]"), "ends at byte 12 of the data"),
          arguments(
              one("U8", "[9223372036854775807]", "[0,9223372036854775807]"),
              "ends at byte 9223372036854775807 of the data"),
          arguments(
              two("[4]", "[0,4]", "[9223372036854775800]", "[4,9223372036854775804]"),
              "but the file has only 8"),
          arguments(two("[8]", "[0,8]", "[8]", "[0,8]"), "overlaps the tensor before it"),
          arguments(two("[5]", "[0,5]", "[4]", "[4,8]"), "overlaps the tensor before it"),
          arguments(two("[3]", "[0,3]", "[4]", "[4,8]"), "follows a gap of 1 unused bytes"));

  @TempDir Path folder;

  @ParameterizedTest
  @FieldSource("HEADERS")
  void isRefusedWithItsReason(String header, String reason) throws IOException {
    byte[] text = header.getBytes(ISO_8859_1);
    assertRefused(file(text.length, text, 8), reason);
  }

  @Test
  void theTablesGoodCaseIsAccepted() throws IOException {
    byte[] text = ("{" + GOOD + "}   ").getBytes(UTF_8);
    try (SafetensorsReader reader = SafetensorsReader.open(file(text.length, text, 8))) {
      assertThat(reader.floats("w")).containsExactly(0, 0);
    }
    byte[] shared = two("[8]", "[0,8]", "[0]", "[8,8]").getBytes(UTF_8);
    try (SafetensorsReader reader = SafetensorsReader.open(file(shared.length, shared, 8))) {
      assertThat(reader.names()).containsExactly("a", "b");
    }
  }

  @Test
  void headerLengthsAreNotBelieved() throws IOException {
    byte[] text = ("{" + GOOD + "}").getBytes(UTF_8);
    assertRefused(file(Long.MAX_VALUE, text, 8), "9223372036854775807 bytes, but only");
    assertRefused(file(-1, text, 8), "18446744073709551615 bytes, but only");
    assertRefused(file(text.length + 9, text, 8), "but only " + (text.length + 8) + " follow");
    assertRefused(file(0, text, 8), "does not begin with '{'");
    assertRefused(file(text.length - 1, text, 8), "not valid JSON");
    int tooLong = SafetensorsReader.MAX_HEADER_BYTES + 1;
    assertRefused(file(tooLong, new byte[tooLong], 0), "at most 16777216 are read");
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] text = ("{" + GOOD + "}").getBytes(UTF_8);
    byte[] whole = Files.readAllBytes(file(text.length, text, 8));
    for (int length = 0; length < whole.length; length++) {
      Path cut = folder.resolve("cut");
      Files.write(cut, java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> SafetensorsReader.open(cut))
          .as("cut to %d bytes", length)
          .isInstanceOf(FigmentException.class)
          .hasMessageStartingWith("cannot read " + cut + " as a safetensors file: ");
    }
  }

  @Test
  void absentFilesAndFoldersAreNamed() {
    assertThatThrownBy(() -> SafetensorsReader.open(folder.resolve("none")))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("there is no such file");
    assertThatThrownBy(() -> SafetensorsReader.open(folder))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("it is no ordinary file");
  }

  @Test
  void messagesNeverCarryTerminalCodes() throws IOException {
    String name = "\\u001b[2J" + "x".repeat(1000);
    byte[] text = ("{" + tensor(name, "F16", "[4]", "[0,8]") + "}").getBytes(UTF_8);
    assertThatThrownBy(() -> SafetensorsReader.open(file(text.length, text, 8)))
        .hasMessageContaining("\\u001b[2Jxxx")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\u001b").hasSizeLessThan(600));
  }

  private void assertRefused(Path file, String reason) {
    assertThatThrownBy(() -> SafetensorsReader.open(file))
        .isInstanceOf(FigmentException.class)
        .hasMessageStartingWith("cannot read " + file + " as a safetensors file: ")
        .hasMessageContaining(reason);
  }

  private Path file(long length, byte[] header, int dataBytes) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(length).put(header);
    return Files.write(folder.resolve("hostile.safetensors"), bytes.array());
  }

  private static String tensor(String name, String dtype, String shape, String offsets) {
    return String.format(
        "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}", name, dtype, shape, offsets);
  }

  private static String one(String dtype, String shape, String offsets) {
    return "{" + tensor("w", dtype, shape, offsets) + "}";
  }

  private static String two(String shapeA, String offsetsA, String shapeB, String offsetsB) {
    return "{"
        + tensor("a", "U8", shapeA, offsetsA)
        + ","
        + tensor("b", "U8", shapeB, offsetsB)
        + "}";
  }
}
