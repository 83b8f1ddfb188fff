package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.Likelihood;
import dev.figment.model.VaeArchitecture;
import dev.figment.model.VaeNet;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A VAE that is told labels: they decide what its latent vector need not say. */
class ConditionalVaeTest {
  private static final int SIDE = VaeModels.SIDE;
  private static final int COUNT = 24;

  private final Device device = Devices.open("cpu", 1).device();

  @AfterEach
  void close() {
    device.close();
  }

  /** The label of a square is its top row; the latent vector is left with its column. */
  @ParameterizedTest
  @CsvSource({"DENSE, 1", "CONV, 1", "DENSE, 3"})
  void theLabelDecidesThePicture(VaeNet net, int samples) {
    ImageDataset data = VaeModels.squares(400, 1);
    try (VaeTrainer trainer = new VaeTrainer(device, config(net, data.classes(), samples), data);
        Sampler sampler =
            new Sampler(
                device, trainer.vae().decoder(), COUNT, trainer.vae().architecture()::images);
        VaeEvaluator evaluator = new VaeEvaluator(device, trainer.vae(), false, 1)) {
      double before = evaluator.evaluate(data, 200).loss();
      while (trainer.steps() < 2000) {
        trainer.step();
      }
      VaeEvaluation after = evaluator.evaluate(data, 200);
      assertThat(after.loss()).isLessThan(before / 3);
      // One in six by chance; a latent of the prior may lie between two columns, and make neither.
      assertThat(obeyed(sampler, data.classes())).isGreaterThan(0.75);
      // Twelve places in all; told the row, the latent has six columns to say: log 6 nats.
      assertThat(after.totalKl()).isBetween(1.0, 4.5);
    }
  }

  /** The share of sampled images whose brightest three rows begin at their label. */
  private static double obeyed(Sampler sampler, int classes) {
    int[] labels = new int[COUNT];
    Arrays.setAll(labels, i -> i % classes);
    float[] images = sampler.generate(sampler.latents(5, COUNT, Double.POSITIVE_INFINITY), labels);
    int right = 0;
    for (int image = 0; image < COUNT; image++) {
      double[] rows = new double[SIDE];
      for (int i = 0; i < SIDE * SIDE; i++) {
        rows[i / SIDE] += images[image * SIDE * SIDE + i];
      }
      int best = 0;
      for (int top = 0; top < SIDE - 2; top++) {
        if (three(rows, top) > three(rows, best)) {
          best = top;
        }
      }
      right += best == labels[image] ? 1 : 0;
    }
    return (double) right / COUNT;
  }

  private static double three(double[] rows, int top) {
    return rows[top] + rows[top + 1] + rows[top + 2];
  }

  private static VaeConfig config(VaeNet net, int classes, int samples) {
    return VaeConfig.of(
            new VaeArchitecture(SIDE, SIDE, 1, 2, 16, net, Likelihood.BERNOULLI)
                .conditionalOn(classes))
        .batch(32)
        .samples(samples)
        .learningRate(3e-3)
        .build();
  }

  @Test
  void labelsThatDoNotFitAreASentence() {
    ImageDataset unlabelled =
        new ImageDataset("grey", 40, SIDE, SIDE, 1, new byte[40 * SIDE * SIDE], null);
    VaeConfig config = config(VaeNet.DENSE, 6, 1);
    assertThatThrownBy(() -> new VaeTrainer(device, config, unlabelled))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("take 6 labels and grey has 0");
    assertThatThrownBy(() -> config.architecture().conditionalOn(1))
        .hasMessageContaining("2 labels");
    ImageDataset data = VaeModels.squares(400, 1);
    try (VaeTrainer trainer = new VaeTrainer(device, config, data);
        VaeEvaluator evaluator = new VaeEvaluator(device, trainer.vae(), false, 1)) {
      assertThatThrownBy(() -> evaluator.evaluate(unlabelled, 3))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("take 6 labels and grey has 0");
    }
  }
}
