package dev.figment.train;

import dev.figment.device.Tensor;
import java.util.Map;

/**
 * Trains a model step by step. Everything is planned when it is built; a step allocates no device
 * memory, and its kernel calls are the same every time, so that a device may record and replay
 * them.
 *
 * @param <S> what a step gives
 */
public interface Trainer<S extends TrainingStep> extends AutoCloseable {
  /** Trains one step. */
  S step();

  /** Steps done, those before a restored checkpoint counted. */
  long steps();

  /** Examples of the data that a step trains on. */
  int examplesOfStep();

  /** Where the data stands: the epoch and the examples of it drawn. */
  int[] dataCursor();

  /** All device state that the next step depends on, by name. */
  Map<String, Tensor> state();

  /** Goes on from a step, once {@link #state()} has been restored. */
  void restore(long step, int epoch, int position);

  /** Whether nothing of {@link #state()} is NaN or infinite. */
  boolean isFinite();

  @Override
  void close();
}
