package dev.figment.train;

import dev.figment.device.Device;
import dev.figment.device.Shape;

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

  /** The run's seed. */
  long seed();

  /** The step it was saved at. */
  long step();

  @Override
  void close();
}
