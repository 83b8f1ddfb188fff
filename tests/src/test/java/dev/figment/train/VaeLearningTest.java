package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.Likelihood;
import dev.figment.model.VaeArchitecture;
import dev.figment.model.VaeNet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The latent vector is used: it says what an image shows, on images never trained on. */
class VaeLearningTest {
  private static final int STEPS = 600;
  private static final int HELD_OUT = 100;

  @ParameterizedTest
  @EnumSource(VaeNet.class)
  void reconstructionsAreOfTheImageAndNotOfAnother(VaeNet net) {
    ImageDataset training = VaeModels.squares(400, 1);
    ImageDataset heldOut = VaeModels.squares(HELD_OUT, 2);
    VaeConfig config =
        VaeConfig.of(new VaeArchitecture(8, 8, 1, 4, 16, net, Likelihood.BERNOULLI))
            .batch(32)
            .learningRate(2e-3)
            .build();
    try (Device device = Devices.open("cpu", 2).device();
        VaeTrainer trainer = new VaeTrainer(device, config, training);
        VaeEvaluator evaluator = new VaeEvaluator(device, trainer.vae(), false, 1)) {
      double before = evaluator.evaluate(heldOut, HELD_OUT).loss();
      while (trainer.steps() < STEPS) {
        trainer.step();
      }
      VaeEvaluation evaluation = evaluator.evaluate(heldOut, HELD_OUT);
      float[] pairs = evaluator.reconstructions(heldOut, HELD_OUT);

      assertThat(evaluation.loss()).isLessThan(before / 2);
      assertThat(evaluation.totalKl()).isGreaterThan(3);
      assertThat(evaluation.activeUnits()).isBetween(2, 4);
      assertThat(evaluation.loss())
          .isGreaterThan(-evaluator.logLikelihood(heldOut, HELD_OUT, 20, done -> {}));
      // Each image against the reconstruction of the next one: the latents, shuffled.
      double own = difference(pairs, 0);
      double shuffled = difference(pairs, 1);
      assertThat(own).as("own %s, another's %s", own, shuffled).isLessThan(shuffled / 3);
    }
  }

  /** The mean negative log-likelihood of images under reconstructions so many places further. */
  private static double difference(float[] pairs, int further) {
    int pixels = VaeModels.SIDE * VaeModels.SIDE;
    double total = 0;
    for (int image = 0; image < HELD_OUT; image++) {
      int from = 2 * image * pixels;
      int other = (2 * ((image + further) % HELD_OUT) + 1) * pixels;
      for (int i = 0; i < pixels; i++) {
        double p = Math.min(1 - 1e-6, Math.max(1e-6, (pairs[other + i] + 1) / 2.0));
        total -= Math.log(pairs[from + i] > 0 ? p : 1 - p);
      }
    }
    return total / HELD_OUT;
  }
}
