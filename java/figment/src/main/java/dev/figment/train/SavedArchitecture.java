package dev.figment.train;

import dev.figment.device.FigmentException;
import dev.figment.device.Shape;
import dev.figment.io.IoFailure;
import dev.figment.io.SafetensorsReader;
import dev.figment.nn.Layer;
import dev.figment.nn.ParameterSpec;
import java.util.List;
import java.util.Map;

/** Reads what a checkpoint's metadata say of a model; all of it may be damaged. */
final class SavedArchitecture {
  private final RunFolder folder;
  private final Map<String, String> metadata;

  SavedArchitecture(RunFolder folder, Map<String, String> metadata) {
    this.folder = folder;
    this.metadata = metadata;
  }

  /**
   * The shape of its images.
   *
   * @param kind of model, for a sentence: {@code GAN}
   */
  Shape image(String kind) {
    String image = metadata.getOrDefault("image", "missing");
    if (!image.matches("[0-9]{1,5}x[0-9]{1,5}x[13]")) {
      throw new FigmentException(
          "%s does not say which %s it holds (image: %s); give the checkpoint of a %s run."
              .formatted(folder.checkpoint(), kind, IoFailure.quote(image), kind));
    }
    String[] sizes = image.split("x");
    return Shape.of(
        Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1]), Integer.parseInt(sizes[2]));
  }

  /** A size that a network is built with. */
  int size(String key) {
    return (int) number(key, 1, Short.MAX_VALUE);
  }

  long number(String key, long least, long most) {
    return Checkpoint.number(folder.checkpoint(), metadata, key, least, most);
  }

  /** The one of some choices that the metadata name. */
  <T> T choice(String key, String usual, T[] choices) {
    String name = metadata.getOrDefault(key, usual);
    for (T choice : choices) {
      if (choice.toString().equals(name)) {
        return choice;
      }
    }
    throw unknown(key, name);
  }

  FigmentException unknown(String key, String name) {
    return new FigmentException(
        "%s says its %s is %s, which this version does not know; give a run of this version."
            .formatted(folder.checkpoint(), key, IoFailure.quote(name)));
  }

  /**
   * Refuses a network that has more parameters than its file: sizes that a damaged file claims must
   * not decide how much memory is taken.
   *
   * @param input of a sample
   */
  void checkSize(
      SafetensorsReader reader, String what, Shape image, int width, Shape input, List<Layer> net) {
    long stored = reader.names().stream().mapToLong(reader::byteCount).sum();
    if (needed(input, net) > stored) {
      throw new FigmentException(
          "%s says it holds %s of images of %s at width %d and is too short for one; the file is damaged."
              .formatted(folder.checkpoint(), what, image, width));
    }
  }

  /** Bytes of a network's parameters. */
  private static double needed(Shape input, List<Layer> layers) {
    double bytes = 0;
    try {
      Shape shape = input;
      for (Layer layer : layers) {
        for (ParameterSpec spec : layer.parameters(shape)) {
          bytes += (double) Float.BYTES * spec.shape().count();
        }
        shape = layer.outputShape(shape);
      }
    } catch (ArithmeticException e) {
      return Double.POSITIVE_INFINITY; // a layer beyond 2^31 numbers
    }
    return bytes;
  }
}
