package dev.figment.data;

import dev.figment.device.FigmentException;

/**
 * Draws batches from a data set, each image once an epoch, in an order that is new every epoch and
 * depends on nothing but the seed and the epoch, as do the changes that the data set's augmentation
 * makes. What does not fill a last batch is left out.
 */
public final class Batches {
  private final ImageDataset data;
  private final long seed;
  private final EpochOrder order;

  /**
   * Starts at the first batch of epoch 0.
   *
   * @param batch images a batch
   * @param seed the run's seed
   * @param stream the random stream set apart for shuffling
   * @throws FigmentException when the batch is larger than the data
   */
  public Batches(ImageDataset data, int batch, long seed, int stream) {
    this.data = data;
    this.seed = seed;
    order = new EpochOrder(data.size(), "images", data.name(), batch, seed, stream);
  }

  /**
   * Copies the next batch, going on to the next epoch when this one is used up.
   *
   * @param out batch x height x width x channels unsigned bytes
   */
  public void next(byte[] out) {
    int[] indices = order.next();
    data.gather(indices, out);
    int first = order.position() - indices.length;
    for (int i = 0; i < indices.length; i++) {
      data.augmentation()
          .apply(
              out,
              i * data.imageBytes(),
              data.height(),
              data.width(),
              data.channels(),
              order.epoch(),
              first + i,
              seed);
    }
  }

  /** The labels of the last batch drawn; the data must have some. */
  public void labels(int[] out) {
    int[] indices = order.indices();
    for (int i = 0; i < indices.length; i++) {
      out[i] = data.label(indices[i]);
    }
  }

  /** Batches an epoch. */
  public int batchesPerEpoch() {
    return order.batchesPerEpoch();
  }

  /** The epoch of the last batch drawn, from 0. */
  public int epoch() {
    return order.epoch();
  }

  /** How many images of the epoch have been drawn. */
  public int position() {
    return order.position();
  }

  /** Goes on from where {@link #epoch()} and {@link #position()} had these values. */
  public void restore(int epoch, int position) {
    order.restore(epoch, position);
  }
}
