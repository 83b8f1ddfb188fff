package dev.figment.bench.steps;

import dev.figment.data.Scaling;
import dev.figment.data.SequenceRequest;
import dev.figment.data.Sequences;
import dev.figment.data.SeriesDataset;
import dev.figment.device.Device;
import dev.figment.device.Likelihood;
import dev.figment.model.GanArchitecture;
import dev.figment.model.RvaeArchitecture;
import dev.figment.model.VaeArchitecture;
import dev.figment.model.VaeNet;
import dev.figment.nn.Recurrent;
import dev.figment.train.GanConfig;
import dev.figment.train.GanStep;
import dev.figment.train.GanTrainer;
import dev.figment.train.RvaeConfig;
import dev.figment.train.RvaeStep;
import dev.figment.train.RvaeTrainer;
import dev.figment.train.VaeConfig;
import dev.figment.train.VaeStep;
import dev.figment.train.VaeTrainer;
import java.util.List;
import java.util.Locale;

/**
 * A training step of some size.
 *
 * @param model whose step
 * @param batch examples of a step
 * @param size side of an image, pixels
 * @param length of a sequence, time steps
 * @param threads of the CPU device
 */
record ScalingPoint(Model model, int batch, int size, int length, int threads) {
  private static final int LATENT = 100;
  private static final int WIDTH = 64;
  private static final int UNITS = 128;
  private static final int SEQUENCE_LATENT = 32;

  /** What is trained. */
  enum Model {
    /** The default GAN, grey images. */
    GAN,
    /** The VAE with convolutions, grey images. */
    VAE,
    /** The recurrent VAE, one layer of 128 gated recurrent units, sequences of sines. */
    RVAE;

    /** As the command line has it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What a table's rows differ in. */
  enum Axis {
    BATCH,
    SIZE,
    LENGTH;

    /** As the command line has it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Whether a model's step depends on it. */
    boolean isOf(Model model) {
      return this == BATCH || (this == LENGTH) == (model == Model.RVAE);
    }
  }

  /** The same with another value on an axis. */
  ScalingPoint with(Axis axis, int value) {
    return new ScalingPoint(
        model,
        axis == Axis.BATCH ? value : batch,
        axis == Axis.SIZE ? value : size,
        axis == Axis.LENGTH ? value : length,
        threads);
  }

  ScalingPoint onThreads(int count) {
    return new ScalingPoint(model, batch, size, length, count);
  }

  /** Everything but the threads, in words. */
  String described(Axis without) {
    String number = without == Axis.BATCH ? "" : ", batch " + batch;
    String example =
        model == Model.RVAE
            ? (without == Axis.LENGTH ? "" : ", sequences of " + length)
            : (without == Axis.SIZE ? "" : ", images of %d x %d".formatted(size, size));
    return model + number + example;
  }

  /** As arguments, which {@link #of} reads. */
  List<String> arguments() {
    return List.of(model.name(), "" + batch, "" + size, "" + length, "" + threads);
  }

  /** From {@link #arguments}. */
  static ScalingPoint of(String... arguments) {
    return new ScalingPoint(
        Model.valueOf(arguments[0]),
        Integer.parseInt(arguments[1]),
        Integer.parseInt(arguments[2]),
        Integer.parseInt(arguments[3]),
        Integer.parseInt(arguments[4]));
  }

  /** Trains such steps. */
  Contender contender(Device device) {
    return switch (model) {
      case GAN -> {
        GanConfig config =
            GanConfig.of(new GanArchitecture(size, size, 1, LATENT, WIDTH)).batch(batch).build();
        yield new FigmentContender<>(
            device, new GanTrainer(device, config, Noise.images(size)), GanStep::discriminatorLoss);
      }
      case VAE -> {
        VaeArchitecture architecture =
            new VaeArchitecture(size, size, 1, LATENT, WIDTH, VaeNet.CONV, Likelihood.BERNOULLI);
        VaeConfig config = VaeConfig.of(architecture).batch(batch).build();
        yield new FigmentContender<>(
            device, new VaeTrainer(device, config, Noise.images(size)), VaeStep::loss);
      }
      case RVAE -> {
        SequenceRequest sines =
            new SequenceRequest("sines", length, null, List.of(), Scaling.Kind.STANDARD, 1);
        SeriesDataset data = (SeriesDataset) Sequences.open(sines, line -> {}).train();
        RvaeArchitecture architecture =
            RvaeArchitecture.ofNumbers(
                length,
                data.features(),
                Recurrent.Cell.GRU,
                UNITS,
                1,
                false,
                SEQUENCE_LATENT,
                Likelihood.GAUSSIAN_LEARNED);
        RvaeConfig config = RvaeConfig.of(architecture).batch(batch).build();
        yield new FigmentContender<>(device, new RvaeTrainer(device, config, data), RvaeStep::loss);
      }
    };
  }
}
