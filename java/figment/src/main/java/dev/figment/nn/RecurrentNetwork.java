package dev.figment.nn;

import dev.figment.device.Device;
import dev.figment.device.RandomStream;

/**
 * A {@link Recurrent} stack with its parameters on a device. It computes nothing itself: {@link
 * #pass} plans a {@link RecurrentPass}, and a network can hold several at once.
 */
public final class RecurrentNetwork implements AutoCloseable {
  private final Device device;
  private final Randomness randomness;
  private final Recurrent description;
  private final Parameters parameters;

  /**
   * @param device where it lives
   * @param randomness draws its initial parameters
   */
  public RecurrentNetwork(Device device, Randomness randomness, Recurrent description) {
    this.device = device;
    this.randomness = randomness;
    this.description = description;
    parameters = new Parameters(device, description.parameters());
  }

  /** Draws new initial parameters from the run's randomness. */
  public RecurrentNetwork initialise() {
    parameters.initialise(device, randomness.stream(RandomStream.INITIALISATION));
    return this;
  }

  public Recurrent description() {
    return description;
  }

  public Parameters parameters() {
    return parameters;
  }

  /**
   * Begins the plan of a pass.
   *
   * @param steps of the longest sequence
   * @param batch sequences
   */
  public RecurrentPass.Builder pass(int steps, int batch) {
    return new RecurrentPass.Builder(this, steps, batch);
  }

  Device device() {
    return device;
  }

  @Override
  public void close() {
    parameters.close();
  }
}
