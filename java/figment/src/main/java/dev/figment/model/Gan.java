package dev.figment.model;

import dev.figment.device.Device;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.nn.Network;
import dev.figment.nn.Randomness;
import dev.figment.nn.SpectralNorm;

/** A generator and a discriminator on one device; source: Goodfellow et al. (2014). */
public final class Gan implements AutoCloseable {
  private final Network generator;
  private final Network discriminator;
  private final Resources resources = new Resources();

  /**
   * Builds both networks and draws their initial parameters.
   *
   * @param spectralNorm whether the discriminator's weights are spectrally normalised
   */
  public Gan(
      Device device, Randomness randomness, GanArchitecture architecture, boolean spectralNorm) {
    try {
      generator =
          resources.own(
              new Network(
                  device, randomness, Shape.of(architecture.latent()), architecture.generator()));
      generator.initialise();
      discriminator =
          resources.own(
              new Network(
                  device,
                  randomness,
                  architecture.image(),
                  spectralNorm
                      ? SpectralNorm.ofAll(architecture.discriminator())
                      : architecture.discriminator()));
      discriminator.initialise();
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  public Network generator() {
    return generator;
  }

  public Network discriminator() {
    return discriminator;
  }

  @Override
  public void close() {
    resources.close();
  }
}
