package dev.figment.train;

import dev.figment.device.Device;
import dev.figment.device.Shape;
import java.util.List;

/** What makes images of latents, read from a run's checkpoint: a generator or a decoder. */
public interface SavedModel extends AutoCloseable {
  /** Reads the model of a run, of whatever kind it is. */
  static SavedModel open(Device device, RunFolder folder) {
    return folder.model().equals("vae")
        ? new SavedVae(device, folder)
        : new SavedGenerator(device, folder);
  }

  /** The shape of an image. */
  Shape image();

  /**
   * Plans to make images; the caller closes it.
   *
   * @param count images at a time
   */
  Sampler sampler(int count);

  /** Labels that it takes: from 0 to one less; 0 where it takes none. */
  default int classes() {
    return 0;
  }

  /** What the labels from 0 on are called; empty where they have no names. */
  default List<String> classNames() {
    return List.of();
  }

  /** The run's seed. */
  long seed();

  /** The step it was saved at. */
  long step();

  @Override
  void close();
}
