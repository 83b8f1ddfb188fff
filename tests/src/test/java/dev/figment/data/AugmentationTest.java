package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AugmentationTest {
  private static final int HEIGHT = 3;
  private static final int WIDTH = 4;
  private static final int CHANNELS = 3;
  private static final int BYTES = HEIGHT * WIDTH * CHANNELS;

  /** Every pixel another value, every channel too. */
  private static byte[] image() {
    byte[] image = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      image[i] = (byte) (i + 1);
    }
    return image;
  }

  private static byte[] changed(Augmentation augmentation, int epoch, int place, long seed) {
    byte[] around = new byte[BYTES + 4];
    System.arraycopy(image(), 0, around, 2, BYTES);
    augmentation.apply(around, 2, HEIGHT, WIDTH, CHANNELS, epoch, place, seed);
    assertThat(Arrays.copyOf(around, 2)).containsOnly(0);
    assertThat(Arrays.copyOfRange(around, BYTES + 2, BYTES + 4)).containsOnly(0);
    return Arrays.copyOfRange(around, 2, BYTES + 2);
  }

  /** The image mirrored or not, moved down and right, by its definition. */
  private static byte[] expected(boolean mirrored, int down, int right) {
    byte[] source = image();
    byte[] result = new byte[BYTES];
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        int fromY = Math.max(0, Math.min(HEIGHT - 1, y - down));
        int fromX = Math.max(0, Math.min(WIDTH - 1, x - right));
        fromX = mirrored ? WIDTH - 1 - fromX : fromX;
        System.arraycopy(
            source,
            (fromY * WIDTH + fromX) * CHANNELS,
            result,
            (y * WIDTH + x) * CHANNELS,
            CHANNELS);
      }
    }
    return result;
  }

  @Test
  void everyFlipAndShiftComesAboutEquallyOften() {
    Map<String, Integer> counts = new HashMap<>();
    for (int mirrored = 0; mirrored < 2; mirrored++) {
      for (int down = -1; down <= 1; down++) {
        for (int right = -1; right <= 1; right++) {
          counts.put(Arrays.toString(expected(mirrored == 1, down, right)), 0);
        }
      }
    }
    assertThat(counts).hasSize(18);
    int draws = 18_000;
    for (int i = 0; i < draws; i++) {
      String key = Arrays.toString(changed(new Augmentation(true, 1), i % 3, i, 5));
      assertThat(counts).containsKey(key);
      counts.merge(key, 1, Integer::sum);
    }
    // 1,000 expected each with a deviation of 31: six of them.
    assertThat(counts.values()).allMatch(count -> count > 815 && count < 1185);
  }

  @Test
  void noneChangesNothingAndFlipsAloneOnlyMirror() {
    for (int i = 0; i < 20; i++) {
      assertThat(changed(Augmentation.NONE, 0, i, 1)).isEqualTo(image());
      assertThat(changed(new Augmentation(true, 0), 0, i, 1))
          .isIn(expected(false, 0, 0), expected(true, 0, 0));
    }
  }

  @Test
  void dependsOnSeedEpochAndPlaceAlone() {
    Augmentation augmentation = new Augmentation(true, 2);
    int sameEpoch = 0;
    int sameSeed = 0;
    for (int place = 0; place < 200; place++) {
      byte[] once = changed(augmentation, 1, place, 9);
      assertThat(changed(augmentation, 1, place, 9)).isEqualTo(once);
      sameEpoch += Arrays.equals(once, changed(augmentation, 2, place, 9)) ? 1 : 0;
      sameSeed += Arrays.equals(once, changed(augmentation, 1, place, 10)) ? 1 : 0;
    }
    assertThat(sameEpoch).isLessThan(50);
    assertThat(sameSeed).isLessThan(50);
  }
}
