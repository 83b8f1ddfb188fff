package dev.figment.bench.steps;

import dev.figment.data.SequenceBatches;
import dev.figment.data.SeriesDataset;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.RvaeArchitecture;
import dev.figment.nn.Randomness;
import dev.figment.nn.Recurrent;
import dev.figment.optim.OptimizerKind;
import dev.figment.train.RvaeConfig;
import dev.figment.train.RvaeStep;
import dev.figment.train.RvaeTrainer;
import java.nio.file.Path;

/**
 * The recurrent VAE of windows of 64 steps of 8 features: one layer of 128 units reads them, one
 * that reads all steps before, and latents of size 32 at every step, says of each feature a mean
 * and a log variance. Losses: the reconstruction's, the KL.
 */
public final class RvaeWorkload {
  /** T. */
  public static final int STEPS = 64;

  /** F. */
  public static final int FEATURES = 8;

  /** H, of encoder and decoder. */
  public static final int UNITS = 128;

  /** Numbers of z. */
  public static final int LATENT = 32;

  /** Moves parameters enough to see the move in float32. */
  private static final double CHECK_RATE = 1e-3;

  private RvaeWorkload() {}

  /** What is timed. */
  public static RvaeConfig timed(Recurrent.Cell cell, int batch) {
    return config(cell, batch).build();
  }

  private static RvaeConfig.Builder config(Recurrent.Cell cell, int batch) {
    return RvaeConfig.of(
            RvaeArchitecture.ofNumbers(
                STEPS, FEATURES, cell, UNITS, 1, false, LATENT, Likelihood.GAUSSIAN_LEARNED))
        .batch(batch);
  }

  static Contender contender(Recurrent.Cell cell, Device device, int batch) {
    RvaeTrainer trainer =
        new RvaeTrainer(device, timed(cell, batch), Noise.windows(STEPS, FEATURES));
    return new FigmentContender<>(device, trainer, RvaeStep::loss);
  }

  static void example(
      Recurrent.Cell cell, Device device, int batch, long seed, Path start, Path result) {
    RvaeConfig config =
        config(cell, batch)
            .optimizer(OptimizerKind.SGD, VaeWorkload.PLAIN)
            .learningRate(CHECK_RATE)
            .seed(seed)
            .build();
    SeriesDataset data = Noise.windows(STEPS, FEATURES);
    try (RvaeTrainer trainer = new RvaeTrainer(device, config, data);
        SequenceBatches batches = new SequenceBatches(data, batch, seed, RandomStream.SHUFFLE);
        Resources resources = new Resources()) {
      Example example = new Example(batch);
      trainer
          .rvae()
          .parts()
          .forEach((name, part) -> example.network(name, part, config.update().learningRate()));
      Tensor windows =
          resources.own(device.allocate(DataType.REAL, Shape.of(STEPS, batch, FEATURES)));
      windows.write(batches.next().values());
      example.tensor("batch.windows", windows);

      Randomness randomness = resources.own(new Randomness(device, seed));
      randomness.counter().write(trainer.state().get("random.counter").toInts());
      randomness.advance();
      example.noise(device, randomness.stream(RandomStream.EPSILON), LATENT);

      example.writeStart(start);
      RvaeStep step = trainer.step();
      example.writeResult(result, (float) step.reconstruction(), (float) step.kl());
    }
  }
}
