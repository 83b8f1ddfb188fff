package dev.figment.train;

import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.io.IoFailure;
import dev.figment.io.SafetensorsReader;
import dev.figment.model.GanArchitecture;
import dev.figment.model.GanNet;
import dev.figment.nn.Layer;
import dev.figment.nn.Network;
import dev.figment.nn.ParameterSpec;
import dev.figment.nn.Randomness;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The generator of a run's checkpoint, alone: the averaged one where the run has an average. */
public final class SavedGenerator implements AutoCloseable {
  private final Resources resources = new Resources();
  private final Network network;
  private final long seed;
  private final long step;
  private final List<String> classNames;

  /** Reads the generator of a run. */
  public SavedGenerator(Device device, RunFolder folder) {
    try (SafetensorsReader reader = SafetensorsReader.open(folder.checkpoint())) {
      Map<String, String> metadata = reader.metadata();
      GanArchitecture architecture = architecture(folder, metadata);
      seed = number(folder, metadata, "seed", Long.MIN_VALUE, Long.MAX_VALUE);
      step = number(folder, metadata, "step", 0, Long.MAX_VALUE);
      classNames = ClassNames.of(metadata);
      checkSizes(folder, reader, architecture);
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

  private static GanArchitecture architecture(RunFolder folder, Map<String, String> metadata) {
    String image = metadata.getOrDefault("image", "missing");
    if (!image.matches("[0-9]{1,5}x[0-9]{1,5}x[13]")) {
      throw new FigmentException(
          "%s does not say which GAN it holds (image: %s); give the checkpoint of a GAN run."
              .formatted(folder.checkpoint(), IoFailure.quote(image)));
    }
    String[] sizes = image.split("x");
    return new GanArchitecture(
        Integer.parseInt(sizes[0]),
        Integer.parseInt(sizes[1]),
        Integer.parseInt(sizes[2]),
        (int) number(folder, metadata, "latent", 1, Short.MAX_VALUE),
        (int) number(folder, metadata, "width", 1, Short.MAX_VALUE),
        net(folder, metadata.getOrDefault("net", GanNet.DENSE_STEM.toString())),
        ClassNames.count(folder, metadata));
  }

  private static GanNet net(RunFolder folder, String name) {
    for (GanNet net : GanNet.values()) {
      if (net.toString().equals(name)) {
        return net;
      }
    }
    throw new FigmentException(
        "%s says its networks are %s, which this version does not know; give a run of this version."
            .formatted(folder.checkpoint(), IoFailure.quote(name)));
  }

  /**
   * Refuses a generator that has more parameters than its file: sizes that a damaged file claims
   * must not decide how much memory is taken.
   */
  private static void checkSizes(
      RunFolder folder, SafetensorsReader reader, GanArchitecture architecture) {
    long stored = reader.names().stream().mapToLong(reader::byteCount).sum();
    if (needed(architecture) > stored) {
      throw new FigmentException(
          "%s says it holds a generator of images of %s at width %d and is too short for one; the file is damaged."
              .formatted(folder.checkpoint(), architecture.image(), architecture.baseWidth()));
    }
  }

  /** Bytes of the generator's parameters. */
  private static double needed(GanArchitecture architecture) {
    double bytes = 0;
    try {
      Shape shape = Shape.of(architecture.latent());
      for (Layer layer : architecture.generator()) {
        for (ParameterSpec spec : layer.parameters(shape)) {
          bytes += (double) Float.BYTES * spec.shape().count();
        }
        shape = layer.outputShape(shape);
      }
    } catch (ArithmeticException e) {
      return Double.POSITIVE_INFINITY; // a layer beyond 2^31 numbers
    }
    return bytes;
  }

  private static long number(
      RunFolder folder, Map<String, String> metadata, String key, long least, long most) {
    return Checkpoint.number(folder.checkpoint(), metadata, key, least, most);
  }

  public Network network() {
    return network;
  }

  /** Labels that it takes: from 0 to one less; 0 where it takes none. */
  public int classes() {
    return network.classes();
  }

  /** What the labels from 0 on are called; empty where they have no names. */
  public List<String> classNames() {
    return classNames;
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
