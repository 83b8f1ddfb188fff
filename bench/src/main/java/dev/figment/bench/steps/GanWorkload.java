package dev.figment.bench.steps;

import dev.figment.data.Batches;
import dev.figment.data.ImageDataset;
import dev.figment.device.Activation;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Kernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.GanArchitecture;
import dev.figment.nn.Randomness;
import dev.figment.optim.OptimizerKind;
import dev.figment.train.GanConfig;
import dev.figment.train.GanStep;
import dev.figment.train.GanTrainer;
import java.nio.file.Path;

/** The image GAN of 28 x 28 x 1, latent size 100. Losses: the discriminator's, the generator's. */
public final class GanWorkload {
  /** Of an image. */
  public static final int SIDE = 28;

  /** Numbers of z. */
  public static final int LATENT = 100;

  /** The share that the discriminator drops after each of its convolutions. */
  public static final double DROPPED = 0.25;

  /** Channels of the discriminator's convolutions; the sides of their images halve. */
  static final int[] CHANNELS = {64, 128};

  /** Rates that move parameters enough to see the move in float32, and no loss out of sight. */
  private static final double CHECK_RATE = 10;

  private static final double CHECK_DISCRIMINATOR_RATE = 0.05;

  private GanWorkload() {}

  /** What is timed. */
  public static GanConfig timed(int batch) {
    return config(batch).build();
  }

  private static GanConfig.Builder config(int batch) {
    return GanConfig.of(new GanArchitecture(SIDE, SIDE, 1, LATENT, CHANNELS[0])).batch(batch);
  }

  static Contender contender(Device device, int batch) {
    GanTrainer trainer = new GanTrainer(device, timed(batch), Noise.images(SIDE));
    return new FigmentContender<>(
        device, trainer, step -> step.discriminatorLoss() + step.generatorLoss());
  }

  static void example(Device device, int batch, long seed, Path start, Path result) {
    GanConfig config =
        config(batch)
            .optimizer(OptimizerKind.SGD)
            .learningRates(CHECK_RATE, CHECK_DISCRIMINATOR_RATE)
            .seed(seed)
            .build();
    ImageDataset data = Noise.images(SIDE);
    try (GanTrainer trainer = new GanTrainer(device, config, data);
        Resources resources = new Resources()) {
      Example example =
          new Example(batch)
              .network(
                  "generator",
                  trainer.gan().generator().parameters(),
                  config.update().learningRate())
              .network(
                  "discriminator",
                  trainer.gan().discriminator().parameters(),
                  config.discriminatorLearningRate());
      Tensor images = resources.own(device.allocate(DataType.REAL, Shape.of(batch, SIDE, SIDE, 1)));
      byte[] pixels = new byte[batch * SIDE * SIDE];
      new Batches(data, batch, seed, RandomStream.SHUFFLE).next(pixels);
      images.write(Noise.scaled(pixels, 2.0 / 255, -1));
      example.tensor("batch.images", images);
      Randomness randomness = resources.own(new Randomness(device, seed));
      randomness.counter().write(trainer.state().get("random.counter").toInts());
      draw(device, example, resources, randomness, batch);
      example.writeStart(start);
      GanStep step = trainer.step();
      example.writeResult(result, (float) step.discriminatorLoss(), (float) step.generatorLoss());
    }
  }

  /** What the trainer is about to draw, in its order. */
  private static void draw(
      Device device, Example example, Resources resources, Randomness randomness, int batch) {
    Kernels kernels = device.kernels();
    Tensor z = resources.own(device.allocate(DataType.REAL, Shape.of(batch, LATENT)));
    randomness.advance();
    kernels.normal(z, 0, 1, randomness.stream(RandomStream.LATENT));
    example.tensor("draw.z", z);
    randomness.advance(); // of the pass over real and generated images
    masks(device, example, resources, randomness, "both", 2 * batch);
    randomness.advance(); // of the pass over generated ones
    masks(device, example, resources, randomness, "fake", batch);
  }

  /** What dropout makes of ones: 0, or 1 / (1 - p). */
  private static void masks(
      Device device,
      Example example,
      Resources resources,
      Randomness randomness,
      String pass,
      int images) {
    for (int i = 0; i < CHANNELS.length; i++) {
      int side = SIDE >> (i + 1);
      Tensor mask =
          resources.own(device.allocate(DataType.REAL, Shape.of(images, side, side, CHANNELS[i])));
      device.kernels().fill(mask, 1);
      device
          .kernels()
          .dropoutForward(
              mask, mask, Activation.IDENTITY, DROPPED, randomness.stream(RandomStream.dropout(i)));
      example.tensor("draw." + pass + "_" + (i + 1), mask);
    }
  }
}
