package dev.figment.model;

import dev.figment.device.Device;
import dev.figment.device.Shape;
import dev.figment.nn.Network;
import dev.figment.nn.Randomness;

/** A generator and a discriminator on one device; source: Goodfellow et al. (2014). */
public final class Gan implements AutoCloseable {
  private final Network generator;
  private final Network discriminator;

  /** Builds both networks and draws their initial parameters. */
  public Gan(Device device, Randomness randomness, GanArchitecture architecture) {
    generator =
        new Network(device, randomness, Shape.of(architecture.latent()), architecture.generator())
            .initialise();
    discriminator =
        new Network(device, randomness, architecture.image(), architecture.discriminator())
            .initialise();
  }

  public Network generator() {
    return generator;
  }

  public Network discriminator() {
    return discriminator;
  }

  @Override
  public void close() {
    generator.close();
    discriminator.close();
  }
}
