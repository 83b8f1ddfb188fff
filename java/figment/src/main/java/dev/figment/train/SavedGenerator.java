package dev.figment.train;

import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.io.SafetensorsReader;
import dev.figment.model.GanArchitecture;
import dev.figment.nn.Network;
import dev.figment.nn.Randomness;
import java.util.LinkedHashMap;
import java.util.Map;

/** The generator of a run's checkpoint, alone. */
public final class SavedGenerator implements AutoCloseable {
  private final Resources resources = new Resources();
  private final Network network;
  private final long seed;
  private final long step;

  /** Reads the generator of a run. */
  public SavedGenerator(Device device, RunFolder folder) {
    try (SafetensorsReader reader = SafetensorsReader.open(folder.checkpoint())) {
      Map<String, String> metadata = reader.metadata();
      GanArchitecture architecture = architecture(folder, metadata);
      seed = Long.parseLong(metadata.getOrDefault("seed", "0"));
      step = Long.parseLong(metadata.getOrDefault("step", "0"));
      Randomness randomness = resources.own(new Randomness(device, seed));
      network =
          resources.own(
              new Network(
                  device,
                  randomness,
                  Shape.of(architecture.latent()),
                  architecture.generator()));
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : network.parameters().names()) {
        tensors.put("generator." + name, network.parameters().value(name));
      }
      Checkpoint.read(reader, tensors);
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private static GanArchitecture architecture(RunFolder folder, Map<String, String> metadata) {
    try {
      String[] image = metadata.getOrDefault("image", "").split("x");
      return new GanArchitecture(
          Integer.parseInt(image[0]),
          Integer.parseInt(image[1]),
          Integer.parseInt(image[2]),
          Integer.parseInt(metadata.getOrDefault("latent", "")),
          Integer.parseInt(metadata.getOrDefault("width", "")));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new FigmentException(
          "%s does not say which GAN it holds; give the checkpoint of a GAN run."
              .formatted(folder.checkpoint()),
          e);
    }
  }

  public Network network() {
    return network;
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
