package dev.figment.bench.steps;

import dev.figment.data.Batches;
import dev.figment.data.ImageDataset;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.VaeArchitecture;
import dev.figment.model.VaeNet;
import dev.figment.nn.Randomness;
import dev.figment.optim.OptimizerKind;
import dev.figment.optim.OptimizerNumbers;
import dev.figment.train.VaeConfig;
import dev.figment.train.VaeStep;
import dev.figment.train.VaeTrainer;
import java.nio.file.Path;

/** The dense VAE of 784 binarized pixels, latent size 100. Losses: the reconstruction's, the KL. */
public final class VaeWorkload {
  /** Of an image. */
  public static final int SIDE = 28;

  /** Numbers of z. */
  public static final int LATENT = 100;

  private static final int BASE_WIDTH = 64;

  /** Moves parameters enough to see the move in float32. */
  private static final double CHECK_RATE = 0.01;

  /** Gradient descent without momentum or decay. */
  static final OptimizerNumbers PLAIN = new OptimizerNumbers(0.9, 0.999, 0, false, 0);

  private VaeWorkload() {}

  /** What is timed. */
  public static VaeConfig timed(int batch) {
    return config(batch).build();
  }

  private static VaeConfig.Builder config(int batch) {
    return VaeConfig.of(
            new VaeArchitecture(
                SIDE, SIDE, 1, LATENT, BASE_WIDTH, VaeNet.DENSE, Likelihood.BERNOULLI))
        .binarize(true)
        .batch(batch);
  }

  static Contender contender(Device device, int batch) {
    VaeTrainer trainer = new VaeTrainer(device, timed(batch), Noise.images(SIDE));
    return new FigmentContender<>(device, trainer, VaeStep::loss);
  }

  static void example(Device device, int batch, long seed, Path start, Path result) {
    VaeConfig config =
        config(batch)
            .optimizer(OptimizerKind.SGD, PLAIN)
            .learningRate(CHECK_RATE)
            .seed(seed)
            .build();
    ImageDataset data = Noise.images(SIDE);
    try (VaeTrainer trainer = new VaeTrainer(device, config, data);
        Resources resources = new Resources()) {
      Example example =
          new Example(batch)
              .network(
                  "encoder", trainer.vae().encoder().parameters(), config.update().learningRate())
              .network(
                  "decoder", trainer.vae().decoder().parameters(), config.update().learningRate());
      Randomness randomness = resources.own(new Randomness(device, seed));
      randomness.counter().write(trainer.state().get("random.counter").toInts());
      randomness.advance();

      Tensor pixels = resources.own(device.allocate(DataType.REAL, Shape.of(batch, SIDE * SIDE)));
      byte[] bytes = new byte[batch * SIDE * SIDE];
      new Batches(data, batch, seed, RandomStream.SHUFFLE).next(bytes);
      pixels.write(Noise.scaled(bytes, 1.0 / 255, 0));
      device.kernels().bernoulli(pixels, pixels, randomness.stream(RandomStream.BINARIZATION));
      example.tensor("batch.pixels", pixels);

      example.noise(device, randomness.stream(RandomStream.EPSILON), LATENT);

      example.writeStart(start);
      VaeStep step = trainer.step();
      example.writeResult(result, (float) step.reconstruction(), (float) step.kl());
    }
  }
}
