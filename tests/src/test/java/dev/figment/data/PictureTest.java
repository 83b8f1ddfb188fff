package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureTest {
  @Test
  void colourBecomesItsLumaAndGreyThreeEqualColours() {
    byte[] colours = bytes(255, 0, 0, 0, 255, 0, 0, 0, 255, 200, 200, 200);
    Picture grey = new Picture(2, 2, 3, colours).withChannels(1);
    // ITU-R BT.601: 0.299, 0.587, 0.114 of 255
    assertThat(grey.pixels()).isEqualTo(bytes(76, 150, 29, 200));
    assertThat(grey.withChannels(3).pixels())
        .isEqualTo(bytes(76, 76, 76, 150, 150, 150, 29, 29, 29, 200, 200, 200));
    assertThat(grey.withChannels(1)).isSameAs(grey);
  }

  @Test
  void theMiddleIsTaken() {
    Picture wide = new Picture(2, 6, 1, bytes(1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16));
    assertThat(wide.square(2).pixels()).containsExactly(3, 4, 13, 14);
    Picture high = new Picture(5, 1, 3, bytes(1, 1, 1, 2, 2, 2, 3, 4, 5, 6, 6, 6, 7, 7, 7));
    assertThat(high.square(1).pixels()).containsExactly(3, 4, 5);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aFlatImageStaysFlatAtEverySize(int channels) {
    byte[] flat = new byte[31 * 31 * channels];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = (byte) (90 + 50 * (i % channels));
    }
    for (int side : new int[] {8, 30, 31, 64}) {
      Picture resized = new Picture(31, 31, channels, flat).square(side);
      assertThat(resized.pixels()).hasSize(side * side * channels);
      for (int i = 0; i < resized.pixels().length; i++) {
        assertThat(Byte.toUnsignedInt(resized.pixels()[i])).isEqualTo(90 + 50 * (i % channels));
      }
    }
  }

  @Test
  void halvingKeepsARampAndEachColourToItself() {
    byte[] ramp = new byte[32 * 32 * 3];
    for (int i = 0; i < 32 * 32; i++) {
      ramp[3 * i] = (byte) (6 * (i % 32)); // to the right
      ramp[3 * i + 1] = (byte) (6 * (i / 32)); // downwards
      ramp[3 * i + 2] = (byte) 128;
    }
    Picture half = new Picture(32, 32, 3, ramp).square(16);
    for (int y = 3; y < 13; y++) {
      for (int x = 3; x < 13; x++) {
        int at = 3 * (16 * y + x);
        assertThat(Byte.toUnsignedInt(half.pixels()[at])).isCloseTo(12 * x + 3, within());
        assertThat(Byte.toUnsignedInt(half.pixels()[at + 1])).isCloseTo(12 * y + 3, within());
        assertThat(Byte.toUnsignedInt(half.pixels()[at + 2])).isEqualTo(128);
      }
    }
  }

  @Test
  void finePatternsAreAveragedAndNotPickedApart() {
    byte[] stripes = new byte[64 * 64];
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] = (byte) (i % 2 == 0 ? 0 : 255);
    }
    byte[] small = new Picture(64, 64, 1, stripes).square(16).pixels();
    for (int i = 0; i < small.length; i++) {
      if (i % 16 > 1 && i % 16 < 14) {
        assertThat(Byte.toUnsignedInt(small[i])).isBetween(120, 135);
      }
    }
  }

  private static Offset<Integer> within() {
    return Offset.offset(1);
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
