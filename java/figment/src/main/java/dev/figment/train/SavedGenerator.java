package dev.figment.train;

import dev.figment.device.Device;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.io.SafetensorsReader;
import dev.figment.model.GanArchitecture;
import dev.figment.model.GanNet;
import dev.figment.nn.Network;
import dev.figment.nn.Randomness;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The generator of a run's checkpoint, alone: the averaged one where the run has an average. */
public final class SavedGenerator implements SavedModel {
  private final Resources resources = new Resources();
  private final Device device;
  private final Shape image;
  private final Network network;
  private final long seed;
  private final long step;
  private final List<String> classNames;

  /** Reads the generator of a run. */
  public SavedGenerator(Device device, RunFolder folder) {
    try (SafetensorsReader reader = SafetensorsReader.open(folder.checkpoint())) {
      Map<String, String> metadata = reader.metadata();
      SavedArchitecture saved = new SavedArchitecture(folder, metadata);
      image = saved.image("GAN");
      GanArchitecture architecture =
          new GanArchitecture(
              image.size(0),
              image.size(1),
              image.size(2),
              saved.size("latent"),
              saved.size("width"),
              saved.choice("net", GanNet.DENSE_STEM.toString(), GanNet.values()),
              ClassNames.count(folder, metadata));
      classNames = ClassNames.of(metadata);
      seed = saved.number("seed", Long.MIN_VALUE, Long.MAX_VALUE);
      step = saved.number("step", 0, Long.MAX_VALUE);
      saved.checkSize(
          reader,
          "a generator",
          image,
          architecture.baseWidth(),
          Shape.of(architecture.latent()),
          architecture.generator());
      this.device = device;
      Randomness randomness = resources.own(new Randomness(device, seed));
      network =
          resources.own(
              new Network(
                  device, randomness, Shape.of(architecture.latent()), architecture.generator()));
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      String prefix = metadata.getOrDefault("ema", "false").equals("true") ? "ema." : "generator.";
      for (String name : network.parameters().names()) {
        tensors.put(prefix + name, network.parameters().value(name));
      }
      Checkpoint.read(reader, tensors);
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  @Override
  public Shape image() {
    return image;
  }

  @Override
  public Sampler sampler(int count) {
    return new Sampler(device, network, count);
  }

  public Network network() {
    return network;
  }

  @Override
  public int classes() {
    return network.classes();
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
