package dev.figment.nn;

import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.Map;

/** A trained vector for each symbol: a table [symbols][width] on a device, normal at the start. */
public final class Embedding implements AutoCloseable {
  private static final String TABLE = "embedding_1.weight";
  private static final double DEVIATION = 0.1;

  private final Device device;
  private final Randomness randomness;
  private final Parameters parameters;

  /**
   * @param symbols how many there are
   * @param width numbers of each vector
   */
  public Embedding(Device device, Randomness randomness, int symbols, int width) {
    if (symbols < 1 || width < 1) {
      throw new FigmentException(
          "An embedding of %d symbols in %d numbers was asked for; both begin at 1."
              .formatted(symbols, width));
    }
    this.device = device;
    this.randomness = randomness;
    parameters =
        new Parameters(
            device,
            Map.of(
                TABLE,
                ParameterSpec.trained(
                    "weight", Shape.of(symbols, width), Initializer.normal(DEVIATION))));
  }

  /** Draws new vectors from the run's randomness. */
  public Embedding initialise() {
    parameters.initialise(device, randomness.stream(RandomStream.INITIALISATION));
    return this;
  }

  public Parameters parameters() {
    return parameters;
  }

  /** y [N][width] = the vectors of symbols [N]; see {@link Kernels#embeddingForward}. */
  public void forward(Tensor y, Tensor symbols) {
    device.kernels().embeddingForward(y, parameters.value(TABLE), symbols);
  }

  /** The vectors' gradient (+)= dy [N][width] by symbol. */
  public void backward(Tensor dy, Tensor symbols, GradientMode mode) {
    device.kernels().embeddingBackward(parameters.gradient(TABLE), dy, symbols, mode);
  }

  @Override
  public void close() {
    parameters.close();
  }
}
