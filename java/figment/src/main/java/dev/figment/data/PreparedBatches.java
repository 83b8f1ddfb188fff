package dev.figment.data;

/**
 * Batches that a thread of its own draws ahead, a few at a time: what {@link Batches} gives, in the
 * same order, without the wait.
 */
public final class PreparedBatches implements AutoCloseable {
  /** Pixels, and labels or null. */
  private record Images(byte[] pixels, int[] labels) {}

  private final DrawnAhead<Images> ahead;
  private int[] labels; // of the last batch

  /** Starts at the first batch of epoch 0; the arguments are those of {@link Batches}. */
  public PreparedBatches(ImageDataset data, int batch, long seed, int stream) {
    Batches batches = new Batches(data, batch, seed, stream);
    int bytes = Math.multiplyExact(batch, data.imageBytes());
    ahead =
        new DrawnAhead<>(
            new DrawnAhead.Source<>() {
              @Override
              public Images empty() {
                return new Images(new byte[bytes], data.hasLabels() ? new int[batch] : null);
              }

              @Override
              public void next(Images out) {
                batches.next(out.pixels);
                if (out.labels != null) {
                  batches.labels(out.labels);
                }
              }

              @Override
              public int epoch() {
                return batches.epoch();
              }

              @Override
              public int position() {
                return batches.position();
              }

              @Override
              public void restore(int epoch, int position) {
                batches.restore(epoch, position);
              }
            });
  }

  /**
   * Copies the next batch.
   *
   * @param out batch x height x width x channels unsigned bytes
   */
  public void next(byte[] out) {
    Images images = ahead.next();
    System.arraycopy(images.pixels, 0, out, 0, images.pixels.length);
    labels = images.labels;
  }

  /** Copies the labels of the last batch; the data must have some. */
  public void labels(int[] out) {
    System.arraycopy(labels, 0, out, 0, labels.length);
  }

  /** The epoch of the last batch drawn, from 0. */
  public int epoch() {
    return ahead.epoch();
  }

  /** How many images of the epoch have been drawn. */
  public int position() {
    return ahead.position();
  }

  /** Goes on from where {@link #epoch()} and {@link #position()} had these values. */
  public void restore(int restoredEpoch, int restoredPosition) {
    ahead.restore(restoredEpoch, restoredPosition);
  }

  /** Ends the thread; what it drew ahead is dropped. */
  @Override
  public void close() {
    ahead.close();
  }
}
