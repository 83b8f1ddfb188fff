package dev.figment.model;

import dev.figment.device.FigmentException;
import java.util.TreeSet;

/**
 * The sizes that networks of stages of stride 2 take: an image is 4 or 7 times 2^k pixels high and
 * as much wide (k is the same), which makes k stages.
 */
final class ImageStages {
  private static final int MOST = 8;

  private ImageStages() {}

  /**
   * The k of a size.
   *
   * @param what the networks are, for the sentence where there is none: {@code this GAN}
   */
  static int of(int height, int width, String what) {
    for (int k = 1; k <= MOST; k++) {
      if (isBase(height, k) && isBase(width, k)) {
        return k;
      }
    }
    throw new FigmentException(
        "Images of %d x %d were given; %s takes sizes of 4 or 7 times a power of two: give --image-size %s."
            .formatted(height, width, what, nearest(Math.min(height, width))));
  }

  private static boolean isBase(int size, int k) {
    return size == 4 << k || size == 7 << k;
  }

  /** The next smaller and the next larger size that fit, as "56 or 64". */
  private static String nearest(int size) {
    TreeSet<Integer> sizes = new TreeSet<>();
    for (int k = 1; k <= MOST; k++) {
      sizes.add(4 << k);
      if (7 << k <= 4 << MOST) {
        sizes.add(7 << k);
      }
    }
    Integer smaller = sizes.floor(size);
    Integer larger = sizes.higher(size);
    return smaller == null
        ? "" + larger
        : larger == null ? "" + smaller : smaller + " or " + larger;
  }
}
