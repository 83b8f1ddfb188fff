package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BibleTest {
  private static final String FILE = "usr/lib/bible.data";
  private static final int BLOCK = 40;

  @TempDir Path folder;
  private final List<String> notices = new ArrayList<>();

  /** The package's format, in blocks of 40 characters each of which is 9 bits long. */
  private static byte[] packed(String text) {
    int blocks = (text.length() + BLOCK - 1) / BLOCK;
    ByteBuffer data = ByteBuffer.allocate(10_000);
    data.put("EC2 Compressed Data File".getBytes(StandardCharsets.US_ASCII)).position(84);
    data.putInt(BLOCK).putInt(blocks);
    int place = 92 + 4 * (blocks + 1) + 3;
    byte[][] packed = new byte[blocks][];
    for (int i = 0; i < blocks; i++) {
      packed[i] = literals(text.substring(i * BLOCK, Math.min(text.length(), (i + 1) * BLOCK)));
      data.putInt(place);
      place += packed[i].length;
    }
    data.putInt(place).put(new byte[] {0x1F, (byte) 0x9D, (byte) 0x90});
    for (byte[] block : packed) {
      data.put(block);
    }
    return Arrays.copyOf(data.array(), data.position());
  }

  /** Every character as a code of 9 bits, the lowest first: what LZW writes where none repeats. */
  private static byte[] literals(String text) {
    byte[] bytes = new byte[(9 * text.length() + 7) / 8];
    for (int i = 0; i < 9 * text.length(); i++) {
      if ((text.charAt(i / 9) >> i % 9 & 1) == 1) {
        bytes[i / 8] |= (byte) (1 << i % 8);
      }
    }
    return bytes;
  }

  private Bible bible(byte[] data, String text) throws IOException {
    FakePackage made = FakePackage.of(folder, "bible-kjv-text", FILE, data);
    Map<String, String> sha256 =
        Map.of("bible.txt", FakePackage.sha256(text.getBytes(StandardCharsets.UTF_8)));
    return new Bible(made.caches(), made.source(), "gzip", sha256, notices::add);
  }

  @Test
  void theVersesAreUnpackedWithoutTheirNumbers() throws IOException {
    String shipped =
        "Holy Bible, a title.\nGe1:1 In the beginning.\n1Sm12:13 Now therefore: 1:2\nRev22:21 Amen.\n";
    String verses = "In the beginning.\nNow therefore: 1:2\nAmen.\n";
    assertThat(bible(packed(shipped), verses).open()).isEqualTo(verses);
    assertThat(notices).hasSize(2);
  }

  @Test
  void aDamagedPackageIsNamed() throws IOException {
    byte[] data = packed("Ge1:1 In the beginning God created the heaven and the earth.\n");
    for (int length : new int[] {0, 90, 100, data.length - 1}) {
      assertThatThrownBy(() -> bible(Arrays.copyOf(data, length), "").open())
          .as("%d bytes", length)
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("the package's bible.data is damaged");
    }
    data[data.length - 10] ^= 0x55;
    assertThatThrownBy(() -> bible(data, "In the beginning").open())
        .isInstanceOf(FigmentException.class)
        .hasMessageStartingWith("The Bible is not on this machine and could not be fetched (");
  }
}
