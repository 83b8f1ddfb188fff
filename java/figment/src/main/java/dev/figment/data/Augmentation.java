package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.device.Philox;
import dev.figment.device.RandomStream;
import java.util.Arrays;

/**
 * Random changes to training images, a pure function of the seed, the epoch and the image's place
 * in it: a run that goes on makes the same ones.
 *
 * @param flip whether half of the images are mirrored, left to right
 * @param shift the most pixels that an image is moved in each direction; its edge is repeated
 */
public record Augmentation(boolean flip, int shift) {
  /** Images as they are. */
  public static final Augmentation NONE = new Augmentation(false, 0);

  public Augmentation {
    if (shift < 0) {
      throw new FigmentException(
          "Shifts of up to %d pixels were asked for; give 0 or more.".formatted(shift));
    }
  }

  /**
   * Changes an image in place.
   *
   * @param pixels images of height x width x channels
   * @param offset where the image begins
   * @param epoch of the data, from 0
   * @param place of the image in the epoch, from 0
   */
  void apply(
      byte[] pixels,
      int offset,
      int height,
      int width,
      int channels,
      int epoch,
      int place,
      long seed) {
    if (equals(NONE)) {
      return;
    }
    int[] words = Philox.block(place, epoch, RandomStream.AUGMENTATION, seed);
    boolean mirrored = flip && words[0] < 0;
    int down = between(words[1]);
    int right = between(words[2]);
    byte[] before = Arrays.copyOfRange(pixels, offset, offset + height * width * channels);
    int to = offset;
    for (int y = 0; y < height; y++) {
      int fromY = Math.min(Math.max(y - down, 0), height - 1);
      for (int x = 0; x < width; x++) {
        int shifted = Math.min(Math.max(x - right, 0), width - 1);
        int fromX = mirrored ? width - 1 - shifted : shifted;
        int from = (fromY * width + fromX) * channels;
        for (int c = 0; c < channels; c++) {
          pixels[to++] = before[from + c];
        }
      }
    }
  }

  /** A whole number from -shift to shift: the high half of word x range. */
  private int between(int word) {
    return (int) (Integer.toUnsignedLong(word) * (2L * shift + 1) >>> 32) - shift;
  }
}
