package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.data.ImageDataset;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.Likelihood;
import dev.figment.device.Tensor;
import dev.figment.model.VaeNet;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A VAE with a discriminator. */
class VaeGanTest {
  private static final int COUNT = 64;
  private static final ImageDataset DATA = VaeModels.squares(400, 1);

  private final Device device = Devices.open("cpu", 1).device();

  @AfterEach
  void close() {
    device.close();
  }

  private static VaeConfig config(double weight) {
    return VaeModels.config(VaeNet.CONV, Likelihood.BERNOULLI, 8)
        .batch(32)
        .adversarial(weight)
        .learningRate(2e-3)
        .build();
  }

  @Test
  void aStepChangesTheDiscriminatorToo() {
    try (VaeTrainer trainer = new VaeTrainer(device, config(0.5), DATA)) {
      Map<String, double[]> before = new TreeMap<>();
      trainer.state().forEach((name, tensor) -> before.put(name, numbers(tensor)));
      VaeStep step = trainer.step();
      trainer
          .state()
          .forEach(
              (name, tensor) ->
                  assertThat(numbers(tensor)).as(name).isNotEqualTo(before.get(name)));
      assertThat(trainer.state())
          .containsKeys("features.conv_1.weight", "judge.dense_1.weight", "judge.adam.m");
      assertThat(step.loss()).isEqualTo(step.reconstruction() + step.kl());
      assertThat(step.numbers())
          .containsKeys("feature", "d_loss", "g_loss", "d_real", "d_fake")
          .containsEntry("feature", step.judged().feature());
    }
  }

  private static double[] numbers(Tensor tensor) {
    return tensor.type() == DataType.REAL
        ? tensor.toDoubles()
        : Arrays.stream(tensor.toInts()).asDoubleStream().toArray();
  }

  /** Grey pixels are what a discriminator sees at once in images that are black and white. */
  @Test
  void samplesAreSharper() {
    double[] grey = new double[2];
    for (int i = 0; i < 2; i++) {
      try (VaeTrainer trainer = new VaeTrainer(device, config(5 * i), DATA);
          VaeEvaluator evaluator = new VaeEvaluator(device, trainer.vae(), false, 1);
          Sampler sampler =
              new Sampler(
                  device, trainer.vae().decoder(), COUNT, trainer.vae().architecture()::images)) {
        double before = evaluator.evaluate(DATA, 200).loss();
        while (trainer.steps() < 800) {
          trainer.step();
        }
        assertThat(evaluator.evaluate(DATA, 200).loss()).isLessThan(before / 2);
        for (float pixel : sampler.sample(3, COUNT)) {
          grey[i] += 1 - Math.abs(pixel);
        }
      }
    }
    assertThat(grey[1]).as("%s", Arrays.toString(grey)).isLessThan(0.8 * grey[0]);
  }

  @Test
  void refusesWhatItDoesNotJudge() {
    assertThatThrownBy(
            () ->
                VaeModels.config(VaeNet.DENSE, Likelihood.GAUSSIAN_LEARNED, 2)
                    .adversarial(1)
                    .build())
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("with a learned variance");
    assertThatThrownBy(
            () ->
                VaeModels.config(VaeNet.DENSE, Likelihood.BERNOULLI, 2)
                    .adversarial(1)
                    .samples(5)
                    .build())
        .hasMessageContaining("with 5 latents an image");
    assertThatThrownBy(() -> config(Double.NaN)).hasMessageContaining("weight NaN");
  }
}
