package dev.figment.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void bytesAreThoseOfTheFormat() throws IOException {
    String json =
        "{\"__metadata__\":{\"step\":\"7\"},"
            + "\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[8,16]},"
            + "\"u\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[16,19]}}";
    int padded = (json.length() + 7) / 8 * 8;
    String header = String.format("%-" + padded + "s", json);
    byte[] length = {(byte) padded, 0, 0, 0, 0, 0, 0, 0};
    String data = "feffffffffffffff" + "0000803f" + "000020c0" + "0102ff";
    byte[] golden =
        HexFormat.of()
            .parseHex(
                HexFormat.of().formatHex(length)
                    + HexFormat.of().formatHex(header.getBytes(UTF_8))
                    + data);

    Path file = folder.resolve("a.safetensors");
    new SafetensorsWriter()
        .metadata("step", "7")
        .bytes("u", DType.U8, new long[] {3}, () -> ByteBuffer.wrap(new byte[] {1, 2, -1}))
        .bytes("n", DType.I64, new long[] {}, () -> littleEndian(8).putLong(-2).flip())
        .floats("w", new long[] {1, 2}, () -> new float[] {1f, -2.5f})
        .write(file);
    // u was declared first and comes last: wider elements first keeps each tensor aligned.
    assertThat(Files.readAllBytes(file)).isEqualTo(golden);

    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      assertThat(reader.metadata()).isEqualTo(Map.of("step", "7"));
      assertThat(reader.names()).containsExactly("n", "w", "u");
      assertThat(reader.shape("n")).isEmpty();
      assertThat(reader.shape("w")).containsExactly(1, 2);
      assertThat(reader.dtype("u")).isEqualTo(DType.U8);
      assertThat(reader.floats("w")).containsExactly(1f, -2.5f);
      ByteBuffer n = littleEndian(8);
      reader.read("n", n);
      assertThat(n.getLong(0)).isEqualTo(-2);
    }
  }

  @Test
  void everyTypeComesBackBitForBit() {
    Path file = folder.resolve("all.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    for (DType dtype : DType.values()) {
      writer.bytes(dtype.name(), dtype, new long[] {5, 3}, () -> pattern(15 * dtype.bytes()));
    }
    writer.bytes("empty", DType.F64, new long[] {0, 3}, () -> ByteBuffer.allocate(0));
    writer.floats("ünïcode \"name\"\n", new long[] {1}, () -> new float[] {Float.NaN}).write(file);
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      assertThat(reader.names()).hasSize(DType.values().length + 2);
      for (DType dtype : DType.values()) {
        assertThat(reader.dtype(dtype.name())).isEqualTo(dtype);
        assertThat(reader.byteCount(dtype.name())).isEqualTo(15 * dtype.bytes());
        ByteBuffer out = ByteBuffer.allocate(15 * dtype.bytes());
        reader.read(dtype.name(), out);
        assertThat(out.flip()).isEqualTo(pattern(15 * dtype.bytes()));
      }
      assertThat(reader.shape("empty")).containsExactly(0, 3);
      assertThat(reader.floats("ünïcode \"name\"\n")).containsExactly(Float.NaN);
    }
  }

  @Test
  void floatsBeyondOneChunkComeBack() {
    float[] values = new float[200_001]; // more than one transfer, and not a whole number of them
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(i * 0x9E3779B1 & 0x7F7FFFFF);
    }
    Path file = folder.resolve("large.safetensors");
    new SafetensorsWriter()
        .floats("before", new long[] {1}, () -> new float[] {1})
        .floats("w", new long[] {3, 66_667}, () -> values)
        .floats("after", new long[] {1}, () -> new float[] {2})
        .write(file);
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      assertThat(reader.floats("w")).isEqualTo(values);
      assertThat(reader.floats("before")).containsExactly(1);
      assertThat(reader.floats("after")).containsExactly(2);
    }
  }

  @Test
  void dataIsAskedForOneTensorAtATime() {
    StringBuilder order = new StringBuilder();
    SafetensorsWriter writer = new SafetensorsWriter();
    for (String name : new String[] {"a", "b"}) {
      writer.floats(
          name,
          new long[] {1},
          () -> {
            order.append(name);
            return new float[1];
          });
    }
    assertThat(order).isEmpty();
    writer.write(folder.resolve("lazy.safetensors"));
    assertThat(order.toString()).isEqualTo("ab");
  }

  @Test
  void wrongSupplyKeepsTheOldFile() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Files.writeString(file, "old");
    SafetensorsWriter writer =
        new SafetensorsWriter()
            .floats("ok", new long[] {1}, () -> new float[1])
            .floats("w", new long[] {2, 2}, () -> new float[3]);
    assertThatThrownBy(() -> writer.write(file))
        .isInstanceOf(FigmentException.class)
        .hasMessage("tensor w was declared with 4 elements, but 3 were supplied");
    assertThat(file).hasContent("old");
    assertThat(AtomicFileTest.names(folder)).containsExactly("a.safetensors");
  }

  @Test
  void fullDiskKeepsTheOldCheckpoint() throws Exception {
    try (TinyDisk disk = TinyDisk.mount(folder.resolve("disk"))) {
      Path file = disk.folder().resolve("checkpoint.safetensors");
      new SafetensorsWriter().floats("w", new long[] {1}, () -> new float[] {3}).write(file);
      SafetensorsWriter large =
          new SafetensorsWriter().floats("w", new long[] {50_000}, () -> new float[50_000]);
      assertThatThrownBy(() -> large.write(file))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("no space left on the disk");
      try (SafetensorsReader reader = SafetensorsReader.open(file)) {
        assertThat(reader.floats("w")).containsExactly(3);
      }
    }
  }

  @Test
  void declarationsAreChecked() {
    SafetensorsWriter writer =
        new SafetensorsWriter().floats("w", new long[] {1}, () -> new float[1]);
    assertThatThrownBy(() -> writer.floats("w", new long[] {1}, () -> new float[1]))
        .hasMessageContaining("tensor w is declared twice");
    assertThatThrownBy(() -> writer.floats("__metadata__", new long[] {1}, () -> new float[1]))
        .hasMessageContaining("choose another name");
    assertThatThrownBy(() -> writer.floats("x", new long[] {-1}, () -> new float[1]))
        .hasMessageContaining("tensor x cannot have the shape [-1]");
    assertThatThrownBy(
            () -> writer.floats("x", new long[] {1L << 32, 1L << 32}, () -> new float[1]))
        .hasMessageContaining("tensor x cannot have the shape");
  }

  @Test
  void askingForWhatIsNotThereNamesIt() {
    Path file = folder.resolve("a.safetensors");
    new SafetensorsWriter()
        .floats("w", new long[] {2}, () -> new float[2])
        .bytes("u", DType.U8, new long[] {1}, () -> ByteBuffer.allocate(1))
        .write(file);
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      assertThatThrownBy(() -> reader.floats("v"))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("holds no tensor v; it has [w, u]");
      assertThatThrownBy(() -> reader.floats("u")).hasMessageContaining("is U8, not F32");
      assertThatThrownBy(() -> reader.read("w", ByteBuffer.allocate(7)))
          .hasMessageContaining("has 8 bytes, but there is room for 7");
    }
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer pattern(int bytes) {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    for (int i = 0; i < bytes; i++) {
      buffer.put(i, (byte) (i * 37 + 11));
    }
    return buffer;
  }
}
