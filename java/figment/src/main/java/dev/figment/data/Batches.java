package dev.figment.data;

import dev.figment.device.FigmentException;

/**
 * Draws batches from a data set, each image once an epoch, in an order that is new every epoch and
 * depends on nothing but the seed and the epoch, as do the changes that the data set's augmentation
 * makes. What does not fill a last batch is left out.
 */
public final class Batches {
  private final ImageDataset data;
  private final int batch;
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
   * @param batch images a batch
   * @param seed the run's seed
   * @param stream the random stream set apart for shuffling
   * @throws FigmentException when the batch is larger than the data
   */
  public Batches(ImageDataset data, int batch, long seed, int stream) {
    if (batch < 1 || batch > data.size()) {
      throw new FigmentException(
          String.format(
              "cannot draw batches of %d from the %d images of %s: choose a batch from 1 to %d",
              batch, data.size(), data.name(), data.size()));
    }
    this.data = data;
    this.batch = batch;
    this.seed = seed;
    this.stream = stream;
    this.usable = data.size() / batch * batch;
    this.indices = new int[batch];
    this.order = Shuffle.order(data.size(), 0, stream, seed);
  }

  /**
   * Copies the next batch, going on to the next epoch when this one is used up.
   *
   * @param out batch x height x width x channels unsigned bytes
   */
  public void next(byte[] out) {
    if (position == usable) {
      moveTo(Math.addExact(epoch, 1), 0);
    }
    System.arraycopy(order, position, indices, 0, batch);
    data.gather(indices, out);
    for (int i = 0; i < batch; i++) {
      data.augmentation()
          .apply(
              out,
              i * data.imageBytes(),
              data.height(),
              data.width(),
              data.channels(),
              epoch,
              position + i,
              seed);
    }
    position += batch;
  }

  /** The labels of the last batch drawn; the data must have some. */
  public void labels(int[] out) {
    for (int i = 0; i < batch; i++) {
      out[i] = data.label(indices[i]);
    }
  }

  /** Batches an epoch. */
  public int batchesPerEpoch() {
    return usable / batch;
  }

  /** The epoch of the last batch drawn, from 0. */
  public int epoch() {
    return epoch;
  }

  /** How many images of the epoch have been drawn. */
  public int position() {
    return position;
  }

  /** Goes on from where {@link #epoch()} and {@link #position()} had these values. */
  public void restore(int epoch, int position) {
    if (epoch < 0 || position < 0 || position > usable || position % batch != 0) {
      throw new FigmentException(
          String.format(
              "cannot go on from image %d of epoch %d: with %d images and batches of %d a position"
                  + " is a multiple of the batch up to %d; resume with the run's own data and batch",
              position, epoch, data.size(), batch, usable));
    }
    moveTo(epoch, position);
  }

  private void moveTo(int newEpoch, int newPosition) {
    if (newEpoch != epoch) {
      order = Shuffle.order(data.size(), newEpoch, stream, seed);
    }
    epoch = newEpoch;
    position = newPosition;
  }
}
