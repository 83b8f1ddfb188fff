package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientPenalty;
import dev.figment.model.GanArchitecture;
import dev.figment.model.GanNet;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A GAN that is told labels makes what they say. */
class ConditionalGanTest {
  private static final int SIDE = 8;
  private static final int CLASSES = 3;
  private static final GanArchitecture ARCHITECTURE =
      new GanArchitecture(SIDE, SIDE, 1, 10, 8, GanNet.DENSE_STEM, CLASSES);

  private final Device device = Devices.open("cpu", 1).device();

  @AfterEach
  void close() {
    device.close();
  }

  /** Whatever the loss: Wasserstein's bounds on parameters leave the labels alone. */
  @ParameterizedTest
  @CsvSource({
    "NON_SATURATING, Infinity, 1e-3, 300",
    "LEAST_SQUARES, Infinity, 1e-3, 300",
    "HINGE, Infinity, 1e-3, 300",
    "WASSERSTEIN, 0.05, 1e-3, 400",
  })
  void theLabelDecidesThePicture(GanLoss loss, double clip, double rate, int steps) {
    GanConfig config =
        GanConfig.of(ARCHITECTURE)
            .batch(16)
            .loss(loss)
            .weightClip(clip)
            .learningRates(rate, rate)
            .build();
    try (GanTrainer trainer = new GanTrainer(device, config, bars());
        Sampler sampler = new Sampler(device, trainer.sampledGenerator(), 24)) {
      assertThat(obeyed(sampler)).as("before training").isLessThan(0.8);
      while (trainer.steps() < steps) {
        trainer.step();
      }
      assertThat(obeyed(sampler)).as("after training").isGreaterThan(0.95);
    }
  }

  @Test
  void theAverageAndThePenaltyKnowLabelsToo() {
    GanConfig config =
        GanConfig.of(ARCHITECTURE)
            .batch(8)
            .criticSteps(2)
            .accumulate(2)
            .ema(0.9)
            .penalty(GradientPenalty.ZERO_CENTRED, 0.1, 2)
            .learningRates(1e-3, 1e-3)
            .build();
    try (GanTrainer trainer = new GanTrainer(device, config, bars());
        Sampler sampler = new Sampler(device, trainer.sampledGenerator(), 24)) {
      while (trainer.steps() < 250) {
        trainer.step();
      }
      trainer.prepareSampling();
      assertThat(obeyed(sampler)).isGreaterThan(0.95);
    }
  }

  @Test
  void aRowOfAGridSharesItsLatent() {
    GanConfig config = GanConfig.of(ARCHITECTURE).batch(4).build();
    try (GanTrainer trainer = new GanTrainer(device, config, bars());
        Sampler sampler = new Sampler(device, trainer.sampledGenerator(), 5)) {
      SampleGrid grid = SampleGrid.ofRun(CLASSES);
      assertThat(grid.columns()).isEqualTo(CLASSES);
      float[] images = grid.images(sampler, 3, Double.POSITIVE_INFINITY);
      assertThat(images).hasSize(8 * CLASSES * SIDE * SIDE);

      float[] twos = SampleGrid.ofLabel(2, 8).images(sampler, 3, Double.POSITIVE_INFINITY);
      for (int row = 0; row < 8; row++) {
        assertThat(image(twos, row)).isEqualTo(image(images, row * CLASSES + 2));
      }
      assertThat(image(images, 0)).isNotEqualTo(image(images, 1));
    }
  }

  @Test
  void manyClassesHaveColumnsForTheFirst() {
    assertThat(SampleGrid.ofRun(256).columns()).isEqualTo(16);
    assertThat(SampleGrid.ofRun(256).count()).isEqualTo(128);
    assertThat(SampleGrid.ofRun(0).count()).isEqualTo(GanRun.SAMPLES);
  }

  @Test
  void labelsThatDoNotFitAreASentence() {
    ImageDataset unlabelled = new ImageDataset("grey", 8, SIDE, SIDE, 1, new byte[512], null);
    GanConfig config = GanConfig.of(ARCHITECTURE).batch(4).build();
    assertThatThrownBy(() -> new GanTrainer(device, config, unlabelled))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("take 3 labels and grey has 0");
    assertThatThrownBy(() -> ARCHITECTURE.conditionalOn(1)).hasMessageContaining("2 labels");
    try (GanTrainer trainer = new GanTrainer(device, config, bars());
        Sampler sampler = new Sampler(device, trainer.sampledGenerator(), 4)) {
      float[] latents = sampler.latents(1, 2, Double.POSITIVE_INFINITY);
      assertThatThrownBy(() -> sampler.generate(latents, null)).hasMessageContaining("no labels");
      assertThatThrownBy(() -> sampler.generate(latents, new int[] {1}))
          .hasMessageContaining("2 images with 1 labels");
      assertThatThrownBy(() -> sampler.generate(latents, new int[] {1, 3}))
          .hasMessageContaining("label 3 was asked for", "from 0 to 2");
    }
  }

  private static float[] image(float[] images, int number) {
    int size = SIDE * SIDE;
    return Arrays.copyOfRange(images, number * size, (number + 1) * size);
  }

  /** The share of generated images that are nearest to the picture of their label. */
  private static double obeyed(Sampler sampler) {
    int count = 24;
    int[] labels = new int[count];
    Arrays.setAll(labels, i -> i % CLASSES);
    float[] images = sampler.generate(sampler.latents(9, count, Double.POSITIVE_INFINITY), labels);
    int right = 0;
    for (int i = 0; i < count; i++) {
      int nearest = 0;
      for (int label = 1; label < CLASSES; label++) {
        nearest =
            distance(image(images, i), label) < distance(image(images, i), nearest)
                ? label
                : nearest;
      }
      right += nearest == labels[i] && distance(image(images, i), nearest) < 0.5 ? 1 : 0;
    }
    return (double) right / count;
  }

  private static double distance(float[] image, int label) {
    double total = 0;
    for (int i = 0; i < image.length; i++) {
      total += Math.abs(image[i] - (light(i, label) ? 0.9 : -0.9));
    }
    return total / image.length;
  }

  /** Of class 0 the left half is light, of class 1 the upper half, of class 2 the right half. */
  private static boolean light(int pixel, int label) {
    int x = pixel % SIDE;
    int y = pixel / SIDE % SIDE;
    return switch (label) {
      case 0 -> x < SIDE / 2;
      case 1 -> y < SIDE / 2;
      default -> x >= SIDE / 2;
    };
  }

  /** Noisy pictures of the classes, of class 1 twice as many. */
  private static ImageDataset bars() {
    int count = 64;
    Random random = new Random(5);
    byte[] pixels = new byte[count * SIDE * SIDE];
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (new int[] {0, 1, 2, 1}[i % 4]);
      for (int j = 0; j < SIDE * SIDE; j++) {
        int noise = random.nextInt(24);
        pixels[i * SIDE * SIDE + j] = (byte) (light(j, labels[i]) ? 255 - noise : noise);
      }
    }
    return new ImageDataset("bars", count, SIDE, SIDE, 1, pixels, labels);
  }
}
