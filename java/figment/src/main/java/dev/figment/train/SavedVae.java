package dev.figment.train;

import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Likelihood;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.io.SafetensorsReader;
import dev.figment.model.Vae;
import dev.figment.model.VaeArchitecture;
import dev.figment.model.VaeNet;
import dev.figment.nn.Network;
import dev.figment.nn.Randomness;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The VAE of a run's checkpoint. */
public final class SavedVae implements SavedModel {
  static final String FORMAT = "figment-vae-1";

  private static final String BERNOULLI = "bernoulli";
  private static final String LEARNED = "gaussian learned";
  private static final String GAUSSIAN = "gaussian ";

  private final Resources resources = new Resources();
  private final Device device;
  private final Vae vae;
  private final boolean binarize;
  private final List<String> classNames;
  private final long seed;
  private final long step;

  /** Reads the VAE of a run. */
  public SavedVae(Device device, RunFolder folder) {
    this.device = device;
    try (SafetensorsReader reader = SafetensorsReader.open(folder.checkpoint())) {
      Map<String, String> metadata = reader.metadata();
      if (!FORMAT.equals(metadata.get("format"))) {
        throw new FigmentException(
            "%s holds no VAE; give the folder of a run of figment train vae."
                .formatted(folder.checkpoint()));
      }
      SavedArchitecture saved = new SavedArchitecture(folder, metadata);
      Shape image = saved.image("VAE");
      VaeArchitecture architecture =
          new VaeArchitecture(
              image.size(0),
              image.size(1),
              image.size(2),
              saved.size("latent"),
              saved.size("width"),
              saved.choice("net", "missing", VaeNet.values()),
              likelihood(saved, metadata.getOrDefault("likelihood", "missing")),
              ClassNames.count(folder, metadata));
      classNames = ClassNames.of(metadata);
      binarize = "true".equals(metadata.get("binarize"));
      seed = saved.number("seed", Long.MIN_VALUE, Long.MAX_VALUE);
      step = saved.number("step", 0, Long.MAX_VALUE);
      int width = architecture.baseWidth();
      saved.checkSize(reader, "an encoder", image, width, image, architecture.encoder());
      Shape latent = Shape.of(architecture.latent());
      saved.checkSize(reader, "a decoder", image, width, latent, architecture.decoder());
      Randomness randomness = resources.own(new Randomness(device, seed));
      vae = resources.own(new Vae(device, randomness, architecture));
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      put(tensors, "encoder.", vae.encoder());
      put(tensors, "decoder.", vae.decoder());
      Checkpoint.read(reader, tensors);
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private static void put(Map<String, Tensor> tensors, String prefix, Network network) {
    for (String name : network.parameters().names()) {
      tensors.put(prefix + name, network.parameters().value(name));
    }
  }

  /** Adds what a checkpoint says of a VAE and its training. */
  static void describe(VaeConfig config, Map<String, String> metadata) {
    VaeArchitecture architecture = config.architecture();
    metadata.put("seed", "" + config.seed());
    metadata.put("batch", "" + config.batch());
    metadata.put("optimizer", config.update().optimizer().toString());
    metadata.put("training", config.training());
    metadata.put("binarize", "" + config.binarize());
    metadata.put("image", architecture.image().toString());
    metadata.put("latent", "" + architecture.latent());
    metadata.put("width", "" + architecture.baseWidth());
    metadata.put("net", architecture.net().toString());
    metadata.put("likelihood", likelihood(architecture.likelihood()));
  }

  /** A likelihood as a checkpoint names it: {@code gaussian 0.01}. */
  static String likelihood(Likelihood likelihood) {
    return switch (likelihood.kind()) {
      case BERNOULLI -> BERNOULLI;
      case GAUSSIAN_LEARNED -> LEARNED;
      case GAUSSIAN -> GAUSSIAN + 1 / likelihood.precision();
    };
  }

  static Likelihood likelihood(SavedArchitecture saved, String name) {
    if (name.equals(BERNOULLI)) {
      return Likelihood.BERNOULLI;
    }
    if (name.equals(LEARNED)) {
      return Likelihood.GAUSSIAN_LEARNED;
    }
    try {
      if (name.startsWith(GAUSSIAN)) {
        return Likelihood.gaussian(Double.parseDouble(name.substring(GAUSSIAN.length())));
      }
    } catch (NumberFormatException e) {
      // The sentence below says it.
    }
    throw saved.unknown("likelihood", name);
  }

  public Vae vae() {
    return vae;
  }

  /** Plans to evaluate it on images, as they were in its training; the caller closes it. */
  public VaeEvaluator evaluator() {
    return new VaeEvaluator(device, vae, binarize, seed);
  }

  @Override
  public Shape image() {
    return vae.architecture().image();
  }

  @Override
  public Sampler sampler(int count) {
    return new Sampler(device, vae.decoder(), count, vae.architecture()::images);
  }

  @Override
  public int classes() {
    return vae.architecture().classes();
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public long seed() {
    return seed;
  }

  @Override
  public long step() {
    return step;
  }

  @Override
  public void close() {
    resources.close();
  }
}
