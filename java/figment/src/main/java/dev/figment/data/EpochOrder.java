package dev.figment.data;

import dev.figment.device.FigmentException;

/**
 * Which samples make the next batch: each once an epoch, in an order that is new every epoch and
 * depends on nothing but the seed and the epoch. What does not fill a last batch is left out.
 */
final class EpochOrder {
  private final int size;
  private final String samples;
  private final long seed;
  private final int stream;
  private final int usable;
  private final int[] indices;
  private int[] order;
  private int epoch;
  private int position;

  /**
   * Starts at the first batch of epoch 0.
   *
   * @param size how many samples there are
   * @param samples what they are, for messages: images, windows
   * @param name where they come from, for messages
   * @param batch samples a batch
   * @param seed the run's seed
   * @param stream the random stream set apart for shuffling
   * @throws FigmentException when the batch is larger than the data
   */
  EpochOrder(int size, String samples, String name, int batch, long seed, int stream) {
    if (batch < 1 || batch > size) {
      throw new FigmentException(
          String.format(
              "cannot draw batches of %d from the %d %s of %s: choose a batch from 1 to %d",
              batch, size, samples, name, size));
    }
    this.size = size;
    this.samples = samples;
    this.seed = seed;
    this.stream = stream;
    usable = size / batch * batch;
    indices = new int[batch];
    order = Shuffle.order(size, 0, stream, seed);
  }

  /** The samples of the next batch; the next call overwrites them. */
  int[] next() {
    if (position == usable) {
      moveTo(Math.addExact(epoch, 1), 0);
    }
    System.arraycopy(order, position, indices, 0, indices.length);
    position += indices.length;
    return indices;
  }

  /** Those that {@link #next()} gave last. */
  int[] indices() {
    return indices;
  }

  int batchesPerEpoch() {
    return usable / indices.length;
  }

  /** The epoch of the last batch, from 0. */
  int epoch() {
    return epoch;
  }

  /** How many samples of the epoch have been drawn. */
  int position() {
    return position;
  }

  /** Goes on from where {@link #epoch()} and {@link #position()} had these values. */
  void restore(int newEpoch, int newPosition) {
    if (newEpoch < 0
        || newPosition < 0
        || newPosition > usable
        || newPosition % indices.length > 0) {
      throw new FigmentException(
          String.format(
              "cannot go on from %s %d of epoch %d: with %d %s and batches of %d a position"
                  + " is a multiple of the batch up to %d; resume with the run's own data and batch",
              samples.substring(0, samples.length() - 1),
              newPosition,
              newEpoch,
              size,
              samples,
              indices.length,
              usable));
    }
    moveTo(newEpoch, newPosition);
  }

  private void moveTo(int newEpoch, int newPosition) {
    if (newEpoch != epoch) {
      order = Shuffle.order(size, newEpoch, stream, seed);
    }
    epoch = newEpoch;
    position = newPosition;
  }
}
