package dev.figment.model;

import dev.figment.device.Device;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.nn.Network;
import dev.figment.nn.Randomness;

/**
 * An encoder and a decoder on one device; source: Kingma and Welling, "Auto-Encoding Variational
 * Bayes" (2014).
 */
public final class Vae implements AutoCloseable {
  private final VaeArchitecture architecture;
  private final Network encoder;
  private final Network decoder;
  private final Resources resources = new Resources();

  /** Builds both networks; their parameters are zeros. */
  public Vae(Device device, Randomness randomness, VaeArchitecture architecture) {
    this.architecture = architecture;
    try {
      encoder =
          resources.own(
              new Network(device, randomness, architecture.image(), architecture.encoder()));
      decoder =
          resources.own(
              new Network(
                  device, randomness, Shape.of(architecture.latent()), architecture.decoder()));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  /** Draws the initial parameters of both networks. */
  public Vae initialise() {
    encoder.initialise();
    decoder.initialise();
    return this;
  }

  public VaeArchitecture architecture() {
    return architecture;
  }

  public Network encoder() {
    return encoder;
  }

  public Network decoder() {
    return decoder;
  }

  @Override
  public void close() {
    resources.close();
  }
}
