package dev.figment.data;

import dev.figment.device.FigmentException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Batches that a thread of its own draws ahead, a few at a time, in the same order and without the
 * wait.
 *
 * @param <B> what a batch is drawn into
 */
final class DrawnAhead<B> implements AutoCloseable {
  private static final int AHEAD = 4;

  /** Draws batches one after the other. */
  interface Source<B> {
    /** A batch to draw into. */
    B empty();

    /** Draws the next one. */
    void next(B out);

    /** The epoch of the last one. */
    int epoch();

    /** How many samples of the epoch have been drawn. */
    int position();

    /** Goes on from where these two had these values. */
    void restore(int epoch, int position);
  }

  /** A batch, and where the data stood after it; or why there is none. */
  private static final class Slot<B> {
    private final B batch;
    private int epoch;
    private int position;
    private Throwable failure;

    Slot(B batch) {
      this.batch = batch;
    }
  }

  private final Source<B> source;
  private BlockingQueue<Slot<B>> free;
  private BlockingQueue<Slot<B>> ready;
  private Thread worker; // null before the first batch is asked for
  private Slot<B> taken;
  private int epoch;
  private int position;

  DrawnAhead(Source<B> source) {
    this.source = source;
  }

  /** The next batch, which stays as it is until the next call. */
  B next() {
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
    epoch = taken.epoch;
    position = taken.position;
    return taken.batch;
  }

  /** The epoch of the last batch taken, from 0. */
  int epoch() {
    return epoch;
  }

  /** How many samples of the epoch have been taken. */
  int position() {
    return position;
  }

  void restore(int restoredEpoch, int restoredPosition) {
    close();
    source.restore(restoredEpoch, restoredPosition);
    epoch = restoredEpoch;
    position = restoredPosition;
  }

  private void start() {
    BlockingQueue<Slot<B>> empty = new ArrayBlockingQueue<>(AHEAD);
    BlockingQueue<Slot<B>> full = new ArrayBlockingQueue<>(AHEAD);
    for (int i = 0; i < AHEAD; i++) {
      empty.add(new Slot<>(source.empty()));
    }
    free = empty;
    ready = full;
    taken = null;
    worker = new Thread(() -> prepare(empty, full), "figment-batches");
    worker.setDaemon(true);
    worker.start();
  }

  private void prepare(BlockingQueue<Slot<B>> empty, BlockingQueue<Slot<B>> full) {
    try {
      while (true) {
        Slot<B> slot = empty.take();
        try {
          source.next(slot.batch);
        } catch (RuntimeException | Error e) {
          slot.failure = e; // thrown in the thread that asks for the batch
        }
        slot.epoch = source.epoch();
        slot.position = source.position();
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
