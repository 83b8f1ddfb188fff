package dev.figment.data;

/**
 * Batches of windows that a thread of its own draws ahead: each window once an epoch, in an order
 * that is new every epoch and depends on nothing but the seed and the epoch. What does not fill a
 * last batch is left out.
 */
public final class SequenceBatches implements AutoCloseable {
  private final EpochOrder order;
  private final DrawnAhead<SequenceBatch> ahead;

  /**
   * Starts at the first batch of epoch 0.
   *
   * @param batch windows a batch
   * @param seed the run's seed
   * @param stream the random stream set apart for shuffling
   * @throws dev.figment.device.FigmentException when the batch is larger than the data
   */
  public SequenceBatches(SequenceDataset data, int batch, long seed, int stream) {
    order = new EpochOrder(data.size(), "windows", data.name(), batch, seed, stream);
    ahead =
        new DrawnAhead<>(
            new DrawnAhead.Source<>() {
              @Override
              public SequenceBatch empty() {
                return data.batch(batch);
              }

              @Override
              public void next(SequenceBatch out) {
                data.gather(order.next(), out);
              }

              @Override
              public int epoch() {
                return order.epoch();
              }

              @Override
              public int position() {
                return order.position();
              }

              @Override
              public void restore(int epoch, int position) {
                order.restore(epoch, position);
              }
            });
  }

  /** The next batch, which stays as it is until the next call. */
  public SequenceBatch next() {
    return ahead.next();
  }

  /** Batches an epoch. */
  public int batchesPerEpoch() {
    return order.batchesPerEpoch();
  }

  /** The epoch of the last batch drawn, from 0. */
  public int epoch() {
    return ahead.epoch();
  }

  /** How many windows of the epoch have been drawn. */
  public int position() {
    return ahead.position();
  }

  /** Goes on from where {@link #epoch()} and {@link #position()} had these values. */
  public void restore(int epoch, int position) {
    ahead.restore(epoch, position);
  }

  /** Ends the thread; what it drew ahead is dropped. */
  @Override
  public void close() {
    ahead.close();
  }
}
