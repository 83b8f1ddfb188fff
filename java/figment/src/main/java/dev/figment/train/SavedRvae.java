package dev.figment.train;

import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Resources;
import dev.figment.device.Tensor;
import dev.figment.io.SafetensorsReader;
import dev.figment.model.Rvae;
import dev.figment.model.RvaeArchitecture;
import dev.figment.nn.Parameters;
import dev.figment.nn.Randomness;
import dev.figment.nn.Recurrent;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The recurrent VAE of a run's checkpoint. */
public final class SavedRvae implements AutoCloseable {
  static final String FORMAT = "figment-rvae-1";

  private final Resources resources = new Resources();
  private final Device device;
  private final Rvae rvae;
  private final RvaeData data;
  private final boolean freeRunning;
  private final long seed;
  private final long step;

  /** Reads the recurrent VAE of a run. */
  public SavedRvae(Device device, RunFolder folder) {
    this.device = device;
    try (SafetensorsReader reader = SafetensorsReader.open(folder.checkpoint())) {
      Map<String, String> metadata = reader.metadata();
      if (!FORMAT.equals(metadata.get("format"))) {
        throw new FigmentException(
            "%s holds no recurrent VAE; give the folder of a run of figment train rvae."
                .formatted(folder.checkpoint()));
      }
      SavedArchitecture saved = new SavedArchitecture(folder, metadata);
      data = RvaeData.read(folder.checkpoint(), metadata);
      freeRunning = "true".equals(metadata.get("free-running"));
      seed = saved.number("seed", Long.MIN_VALUE, Long.MAX_VALUE);
      step = saved.number("step", 0, Long.MAX_VALUE);
      RvaeArchitecture architecture = architecture(saved, metadata);
      checkSize(reader, folder, architecture);
      Randomness randomness = resources.own(new Randomness(device, seed));
      rvae = resources.own(new Rvae(device, randomness, architecture));
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Map.Entry<String, Parameters> part : rvae.parts().entrySet()) {
        for (String name : part.getValue().names()) {
          tensors.put(part.getKey() + "." + name, part.getValue().value(name));
        }
      }
      Checkpoint.read(reader, tensors);
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private RvaeArchitecture architecture(SavedArchitecture saved, Map<String, String> metadata) {
    String cell = metadata.getOrDefault("cell", "missing");
    Recurrent.Cell known = null;
    for (Recurrent.Cell one : Recurrent.Cell.values()) {
      known = name(one).equals(cell) ? one : known;
    }
    if (known == null) {
      throw saved.unknown("cell", cell);
    }
    int units = saved.size("units");
    int layers = saved.size("layers");
    int latent = saved.size("latent");
    boolean bidirectional = "true".equals(metadata.get("bidirectional"));
    RvaeArchitecture architecture =
        data.scaling() == null
            ? RvaeArchitecture.ofSymbols(
                data.steps(),
                data.vocabulary().size(),
                known,
                units,
                layers,
                bidirectional,
                latent,
                saved.size("embedding"))
            : RvaeArchitecture.ofNumbers(
                data.steps(),
                data.scaling().features(),
                known,
                units,
                layers,
                bidirectional,
                latent,
                SavedVae.likelihood(saved, metadata.getOrDefault("likelihood", "missing")));
    return architecture.withLatentPerStep("true".equals(metadata.get("latent-per-step")));
  }

  /** Sizes that a damaged file claims must not decide how much memory is taken. */
  private static void checkSize(
      SafetensorsReader reader, RunFolder folder, RvaeArchitecture architecture) {
    double units = architecture.units();
    double least =
        Float.BYTES * units * (units * architecture.layers() + architecture.outputs())
            + Float.BYTES * (double) architecture.latent() * units;
    long stored = reader.names().stream().mapToLong(reader::byteCount).sum();
    if (least > stored) {
      throw new FigmentException(
          "%s says it holds a recurrent VAE of %d units and is too short for one; the file is damaged."
              .formatted(folder.checkpoint(), architecture.units()));
    }
  }

  private static String name(Recurrent.Cell cell) {
    return cell.name().toLowerCase(Locale.ROOT);
  }

  /** Adds what a checkpoint says of a recurrent VAE and its training. */
  static void describe(RvaeConfig config, RvaeData data, Map<String, String> metadata) {
    RvaeArchitecture architecture = config.architecture();
    metadata.put("seed", "" + config.seed());
    metadata.put("batch", "" + config.batch());
    metadata.put("optimizer", config.update().optimizer().toString());
    metadata.put("training", config.training());
    metadata.put("free-running", "" + config.freeRunning());
    metadata.put("cell", name(architecture.cell()));
    metadata.put("units", "" + architecture.units());
    metadata.put("layers", "" + architecture.layers());
    metadata.put("bidirectional", "" + architecture.bidirectional());
    metadata.put("latent", "" + architecture.latent());
    metadata.put("latent-per-step", "" + architecture.latentPerStep());
    if (architecture.isText()) {
      metadata.put("embedding", "" + architecture.embedding());
    } else {
      metadata.put("likelihood", SavedVae.likelihood(architecture.likelihood()));
    }
    data.describe(metadata);
  }

  /** Where it is. */
  public Device device() {
    return device;
  }

  public Rvae rvae() {
    return rvae;
  }

  /** What the run keeps of its data. */
  public RvaeData data() {
    return data;
  }

  /**
   * Plans to make sequences; the caller closes it.
   *
   * @param count sequences at a time
   */
  public RvaeSampler sampler(int count) {
    return new RvaeSampler(device, rvae, data, freeRunning, count);
  }

  /** Plans to evaluate it on sequences; the caller closes it. */
  public RvaeEvaluator evaluator() {
    return new RvaeEvaluator(device, rvae, freeRunning, seed);
  }

  /** The run's seed. */
  public long seed() {
    return seed;
  }

  /** The step it was saved at. */
  public long step() {
    return step;
  }

  @Override
  public void close() {
    resources.close();
  }
}
