package dev.figment.data;

import dev.figment.device.FigmentException;

/**
 * Which images to train on, and in which form.
 *
 * @param data a known name, a folder or a file
 * @param imageSize height and width wanted; null leaves them as they are (see {@link ImageFolder})
 * @param channels 1 or 3; null leaves them as they are
 * @param strict whether a file of a folder that cannot be read is an error instead of left out
 * @param augmentation how images change when they are drawn
 */
public record DataRequest(
    String data, Integer imageSize, Integer channels, boolean strict, Augmentation augmentation) {
  private static final int LARGEST_SIDE = 4096;

  public DataRequest {
    if (imageSize != null && (imageSize < 1 || imageSize > LARGEST_SIDE)) {
      throw new FigmentException(
          "Images of size %d were asked for; give 1 to %d.".formatted(imageSize, LARGEST_SIDE));
    }
    if (channels != null && channels != 1 && channels != 3) {
      throw new FigmentException(
          "Images of %d channels were asked for; give 1 (grey) or 3 (colour).".formatted(channels));
    }
  }

  /** The data as they are. */
  public static DataRequest of(String data) {
    return new DataRequest(data, null, null, false, Augmentation.NONE);
  }
}
