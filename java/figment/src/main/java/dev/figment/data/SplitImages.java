package dev.figment.data;

import dev.figment.device.FigmentException;
import java.util.Arrays;

/**
 * Images to train on and images held out from training.
 *
 * @param training the ones
 * @param heldOut the others
 */
public record SplitImages(ImageDataset training, ImageDataset heldOut) {
  /** Of images without a test set of their own, one of so many is held out. */
  public static final int SHARE = 10;

  private static final int STREAM = 2; // the order in which they are held out is that of a shuffle

  /** Holds a tenth out, the same of the same number of images every time. */
  static SplitImages of(ImageDataset data) {
    if (data.size() < 2) {
      throw new FigmentException(
          "%s holds one image, and one more is needed to be held out from training; give more images."
              .formatted(data.name()));
    }
    int[] order = Shuffle.order(data.size(), 0, STREAM, 0);
    int held = Math.max(1, data.size() / SHARE);
    int[] heldOut = Arrays.copyOf(order, held);
    int[] training = Arrays.copyOfRange(order, held, order.length);
    Arrays.sort(heldOut);
    Arrays.sort(training);
    return new SplitImages(data.selected(training), data.selected(heldOut));
  }
}
