package dev.figment.optim;

import dev.figment.device.Tensor;
import java.util.Map;

/** Updates the trained parameters of one network from their gradients, in one launch. */
public interface Optimizer extends AutoCloseable {
  /** One update. */
  void step();

  /**
   * Sets the learning rate of the steps from now on, recorded ones too: it lives in device memory.
   *
   * @param rate >= 0
   */
  void learningRate(double rate);

  /** What it keeps between steps, by name, to save and restore. */
  Map<String, Tensor> state();

  @Override
  void close();
}
