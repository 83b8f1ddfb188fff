package dev.figment.data;

import dev.figment.device.FigmentException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Batches that a thread of its own draws ahead, a few at a time: what {@link Batches} gives, in the
 * same order, without the wait.
 */
public final class PreparedBatches implements AutoCloseable {
  private static final int AHEAD = 4;

  /** A batch, and where the data stood after it; or why there is none. */
  private static final class Slot {
    private final byte[] images;
    private final int[] labels; // null without labels
    private int epoch;
    private int position;
    private Throwable failure;

    Slot(int bytes, int labels) {
      images = new byte[bytes];
      this.labels = labels == 0 ? null : new int[labels];
    }
  }

  private final Batches batches;
  private final int bytes;
  private final int labels;
  private BlockingQueue<Slot> free;
  private BlockingQueue<Slot> ready;
  private Thread worker; // null before the first batch is asked for
  private Slot taken; // whose labels are asked for
  private int epoch;
  private int position;

  /** Starts at the first batch of epoch 0; the arguments are those of {@link Batches}. */
  public PreparedBatches(ImageDataset data, int batch, long seed, int stream) {
    batches = new Batches(data, batch, seed, stream);
    bytes = Math.multiplyExact(batch, data.imageBytes());
    labels = data.hasLabels() ? batch : 0;
  }

  /**
   * Copies the next batch.
   *
   * @param out batch x height x width x channels unsigned bytes
   */
  public void next(byte[] out) {
    if (worker == null) {
      start();
    }
    try {
      if (taken != null) {
        free.put(taken);
      }
      taken = ready.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FigmentException("waiting for a batch was interrupted", e);
    }
    if (taken.failure instanceof Error failure) {
      throw failure;
    }
    if (taken.failure instanceof RuntimeException failure) {
      throw failure;
    }
    System.arraycopy(taken.images, 0, out, 0, taken.images.length);
    epoch = taken.epoch;
    position = taken.position;
  }

  /** Copies the labels of the last batch; the data must have some. */
  public void labels(int[] out) {
    System.arraycopy(taken.labels, 0, out, 0, taken.labels.length);
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
  public void restore(int restoredEpoch, int restoredPosition) {
    close();
    batches.restore(restoredEpoch, restoredPosition);
    epoch = restoredEpoch;
    position = restoredPosition;
  }

  private void start() {
    BlockingQueue<Slot> empty = new ArrayBlockingQueue<>(AHEAD);
    BlockingQueue<Slot> full = new ArrayBlockingQueue<>(AHEAD);
    for (int i = 0; i < AHEAD; i++) {
      empty.add(new Slot(bytes, labels));
    }
    free = empty;
    ready = full;
    taken = null;
    worker = new Thread(() -> prepare(empty, full), "figment-batches");
    worker.setDaemon(true);
    worker.start();
  }

  private void prepare(BlockingQueue<Slot> empty, BlockingQueue<Slot> full) {
    try {
      while (true) {
        Slot slot = empty.take();
        try {
          batches.next(slot.images);
          if (slot.labels != null) {
            batches.labels(slot.labels);
          }
        } catch (RuntimeException | Error e) {
          slot.failure = e; // thrown in the thread that asks for the batch
        }
        slot.epoch = batches.epoch();
        slot.position = batches.position();
        full.put(slot);
      }
    } catch (InterruptedException e) {
      // close() asked for the end.
    }
  }

  /** Ends the thread; what it drew ahead is dropped. */
  @Override
  public void close() {
    if (worker == null) {
      return;
    }
    worker.interrupt();
    boolean interrupted = false;
    while (worker.isAlive()) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    worker = null;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
