package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.model.GanArchitecture;
import org.junit.jupiter.api.Test;

/** A GAN learns a data set of two pictures by heart. */
class GanOverfitTest {
  private static final int SIDE = 8;
  private static final int STEPS = 300;

  @Test
  void generatesThePicturesItSaw() {
    GanConfig config =
        GanConfig.of(new GanArchitecture(SIDE, SIDE, 1, 10, 8))
            .batch(16)
            .learningRates(1e-3, 1e-3)
            .build();
    try (Device device = Devices.open("cpu", 1).device();
        GanTrainer trainer = new GanTrainer(device, config, stripes());
        Sampler sampler = new Sampler(device, trainer.gan().generator(), 32)) {
      assertThat(distanceToNearer(sampler.sample(1, 32))).isGreaterThan(0.8);

      double loss = 0;
      double advantage = 0;
      while (trainer.steps() < STEPS) {
        GanStep step = trainer.step();
        loss += step.discriminatorLoss() / STEPS;
        advantage += (step.real() - step.fake()) / STEPS;
      }

      assertThat(distanceToNearer(sampler.sample(1, 32))).isLessThan(0.1);
      // Over the whole game, for at its end the discriminator can but throw a coin.
      assertThat(loss).isLessThan(2 * Math.log(2)); // that of a coin
      assertThat(advantage).isPositive();
    }
  }

  /** Pictures of light columns on the left or on the right, in turn. */
  private static ImageDataset stripes() {
    int count = 32;
    byte[] pixels = new byte[count * SIDE * SIDE];
    for (int i = 0; i < pixels.length; i++) {
      int image = i / (SIDE * SIDE);
      boolean left = i % SIDE < SIDE / 2;
      pixels[i] = (byte) (left == (image % 2 == 0) ? 255 : 0);
    }
    return new ImageDataset("stripes", count, SIDE, SIDE, 1, pixels, null);
  }

  /** Mean over images of the mean absolute difference, at most 2, to the nearer picture. */
  private static double distanceToNearer(float[] images) {
    double total = 0;
    int count = images.length / (SIDE * SIDE);
    for (int image = 0; image < count; image++) {
      double left = distanceToLeft(images, image);
      total += Math.min(left, 2 - left);
    }
    return total / count;
  }

  private static double distanceToLeft(float[] images, int image) {
    int size = SIDE * SIDE;
    double total = 0;
    for (int i = 0; i < size; i++) {
      double target = i % SIDE < SIDE / 2 ? 1 : -1;
      total += Math.abs(Math.max(-1, Math.min(1, images[image * size + i])) - target);
    }
    return total / size;
  }
}
