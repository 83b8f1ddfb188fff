package dev.figment.model;

import dev.figment.device.Activation;
import dev.figment.device.Device;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.nn.ActivationLayer;
import dev.figment.nn.Dense;
import dev.figment.nn.Embedding;
import dev.figment.nn.Layer;
import dev.figment.nn.Network;
import dev.figment.nn.Parameters;
import dev.figment.nn.Randomness;
import dev.figment.nn.RecurrentNetwork;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The networks of an {@link RvaeArchitecture} on one device. */
public final class Rvae implements AutoCloseable {
  private final RvaeArchitecture architecture;
  private final Embedding embedding; // null for numbers
  private final RecurrentNetwork encoder;
  private final List<Network> moments = new ArrayList<>(); // of each direction; they add up
  private final List<Network> initial = new ArrayList<>(); // of each layer of the decoder
  private final Network prior; // null with one latent a sequence
  private final RecurrentNetwork decoder;
  private final Network output;
  private final Map<String, Parameters> parts = new LinkedHashMap<>();
  private final Resources resources = new Resources();

  /** Builds all networks; their parameters are zeros. */
  public Rvae(Device device, Randomness randomness, RvaeArchitecture architecture) {
    this.architecture = architecture;
    int units = architecture.units();
    try {
      embedding =
          architecture.isText()
              ? resources.own(
                  new Embedding(
                      device, randomness, architecture.symbols(), architecture.embedding()))
              : null;
      encoder = resources.own(new RecurrentNetwork(device, randomness, architecture.encoder()));
      for (int i = 0; i < architecture.encoder().directions(); i++) {
        Dense head = Dense.of(2 * architecture.latent());
        moments.add(network(device, randomness, units, i == 0 ? head : head.withoutBias()));
      }
      for (int i = 0; !architecture.latentPerStep() && i < architecture.layers(); i++) {
        initial.add(
            network(
                device,
                randomness,
                architecture.latent(),
                Dense.of(units),
                new ActivationLayer(Activation.TANH)));
      }
      prior =
          architecture.latentPerStep()
              ? network(device, randomness, units, Dense.of(2 * architecture.latent()))
              : null;
      decoder = resources.own(new RecurrentNetwork(device, randomness, architecture.decoder()));
      output = network(device, randomness, units, Dense.of(architecture.outputs()));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
    if (embedding != null) {
      parts.put("embedding", embedding.parameters());
    }
    parts.put("encoder", encoder.parameters());
    put("moments", moments);
    put("initial", initial);
    if (prior != null) {
      parts.put("prior", prior.parameters());
    }
    parts.put("decoder", decoder.parameters());
    parts.put("output", output.parameters());
  }

  private Network network(Device device, Randomness randomness, int inputs, Layer... layers) {
    return resources.own(new Network(device, randomness, Shape.of(inputs), List.of(layers)));
  }

  private void put(String name, List<Network> networks) {
    for (int i = 0; i < networks.size(); i++) {
      parts.put(name + "_" + (i + 1), networks.get(i).parameters());
    }
  }

  /** Draws the initial parameters. */
  public Rvae initialise() {
    if (embedding != null) {
      embedding.initialise();
    }
    encoder.initialise();
    moments.forEach(Network::initialise);
    initial.forEach(Network::initialise);
    if (prior != null) {
      prior.initialise();
    }
    decoder.initialise();
    output.initialise();
    return this;
  }

  public RvaeArchitecture architecture() {
    return architecture;
  }

  /** The vectors of symbols; null where the steps are numbers. */
  public Embedding embedding() {
    return embedding;
  }

  /** sequence -> states. */
  public RecurrentNetwork encoder() {
    return encoder;
  }

  /**
   * The state of the encoder's top layer in a direction, the last one or, of a latent a step, each
   * -> moments of z; the sum of the directions counts.
   */
  public Network moments(int direction) {
    return moments.get(direction);
  }

  /** z -> where each layer of the decoder begins; none with a latent a step. */
  public List<Network> initial() {
    return List.copyOf(initial);
  }

  /**
   * The state of the decoder's top layer before a step -> moments of the step's latent; null with
   * one latent a sequence.
   */
  public Network prior() {
    return prior;
  }

  /** the steps before, and z -> states. */
  public RecurrentNetwork decoder() {
    return decoder;
  }

  /** state -> the distribution of a step. */
  public Network output() {
    return output;
  }

  /** The parameters of every network, by name. */
  public Map<String, Parameters> parts() {
    return parts;
  }

  @Override
  public void close() {
    resources.close();
  }
}
