package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.Likelihood;
import dev.figment.device.Tensor;
import dev.figment.model.Vae;
import dev.figment.model.VaeArchitecture;
import dev.figment.model.VaeNet;
import dev.figment.nn.Network;
import dev.figment.nn.Parameters;
import dev.figment.nn.Randomness;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Evaluations of VAEs whose likelihood is known. */
class VaeEvaluatorTest {
  private static final int LATENT = 2;
  private static final ImageDataset DATA = VaeModels.squares(130, 9); // more than one batch

  private Device device;
  private Randomness randomness;

  @BeforeEach
  void open() {
    device = Devices.open("cpu", 1).device();
    randomness = new Randomness(device, 1);
  }

  @AfterEach
  void close() {
    randomness.close();
    device.close();
  }

  /**
   * A decoder of zeros gives each pixel probability 1/2 whatever z is: log p(x) is known, the KL is
   * what separates it from the bound, and importance weighting recovers it.
   */
  @Test
  void aDecoderThatIgnoresTheLatentHasAKnownLikelihood() {
    double[] moments = {0.5, -1, Math.log(0.5), 0.3}; // of every image
    try (Vae vae = constant(moments, Likelihood.BERNOULLI);
        VaeEvaluator evaluator = new VaeEvaluator(device, vae, false, 4)) {
      double exact = -64 * Math.log(2);
      double kl0 = (0.5 - 1 - Math.log(0.5) + 0.25) / 2;
      double kl1 = (Math.exp(0.3) - 1 - 0.3 + 1) / 2;
      VaeEvaluation evaluation = evaluator.evaluate(DATA, DATA.size());

      assertThat(evaluation.images()).isEqualTo(130);
      assertThat(evaluation.reconstruction()).isCloseTo(-exact, within(1e-3));
      assertThat(evaluation.kl()[0]).isCloseTo(kl0, within(1e-5));
      assertThat(evaluation.kl()[1]).isCloseTo(kl1, within(1e-5));
      assertThat(evaluation.loss()).isCloseTo(-exact + kl0 + kl1, within(1e-3));
      assertThat(evaluation.activeUnits()).isZero(); // every image has the same mean

      double single = evaluator.logLikelihood(DATA, DATA.size(), 1, done -> {});
      double many = evaluator.logLikelihood(DATA, DATA.size(), 500, done -> {});
      assertThat(single).isCloseTo(exact - kl0 - kl1, within(0.3)); // the same in expectation
      assertThat(many).isCloseTo(exact, within(0.05)).isGreaterThan(single);
    }
  }

  /** -log N(x; 0, 1/4) of the pixels 0 and 1, of which nine are 1. */
  @Test
  void aGaussianLikelihoodIsADensity() {
    try (Vae vae = constant(new double[2 * LATENT], Likelihood.gaussian(0.25));
        VaeEvaluator evaluator = new VaeEvaluator(device, vae, false, 4)) {
      double expected = 64 * 0.5 * Math.log(2 * Math.PI * 0.25) + 9 / (2 * 0.25);
      assertThat(evaluator.evaluate(DATA, 5).loss()).isCloseTo(expected, within(1e-3));
      assertThat(evaluator.logLikelihood(DATA, 5, 3, done -> {}))
          .isCloseTo(-expected, within(1e-3)); // q is the prior: every weight is the same
    }
  }

  @Test
  void dimensionsWhoseMeansVaryAreActive() {
    try (Vae vae = constant(new double[2 * LATENT], Likelihood.BERNOULLI);
        VaeEvaluator evaluator = new VaeEvaluator(device, vae, false, 4)) {
      // The mean of dimension 1 becomes what the last hidden layer makes of an image.
      Parameters encoder = vae.encoder().parameters();
      vae.encoder().initialise();
      Tensor last = encoder.value("dense_4.weight");
      double[] weights = last.toDoubles();
      int inputs = weights.length / (2 * LATENT);
      for (int i = 0; i < weights.length; i++) {
        weights[i] = i / inputs == 1 ? 2 * weights[i] : 0;
      }
      last.write(weights);
      VaeEvaluation evaluation = evaluator.evaluate(DATA, DATA.size());
      float[] means = evaluator.means(DATA, DATA.size());

      assertThat(evaluation.activity()[0]).isZero();
      assertThat(evaluation.activeUnits()).isEqualTo(1);
      double[] second = new double[DATA.size()];
      Arrays.setAll(second, i -> means[LATENT * i + 1]);
      double mean = Arrays.stream(second).average().orElseThrow();
      double variance =
          Arrays.stream(second).map(m -> (m - mean) * (m - mean)).average().orElseThrow();
      assertThat(evaluation.activity()[1]).isCloseTo(variance, within(1e-4 * variance));
    }
  }

  @Test
  void anImageIsTheSameInAnyCompany() {
    try (Vae vae = new Vae(device, randomness, architecture(Likelihood.BERNOULLI)).initialise();
        VaeEvaluator evaluator = new VaeEvaluator(device, vae, true, 4)) {
      float[] all = evaluator.means(DATA, DATA.size());
      float[] few = evaluator.means(DATA, 3);
      assertThat(few).isEqualTo(Arrays.copyOf(all, few.length));
      float[] pairs = evaluator.reconstructions(DATA, 103);
      assertThat(Arrays.copyOf(pairs, 6 * 64)).isEqualTo(evaluator.reconstructions(DATA, 3));
      for (int i = 0; i < 64; i++) {
        assertThat(pairs[i]).isIn(-1f, 1f); // the image, binarized
      }
    }
  }

  @Test
  void refusesMoreThanThereIs() {
    try (Vae vae = constant(new double[2 * LATENT], Likelihood.BERNOULLI);
        VaeEvaluator evaluator = new VaeEvaluator(device, vae, false, 4)) {
      assertThatThrownBy(() -> evaluator.evaluate(DATA, 131))
          .isInstanceOf(FigmentException.class)
          .hasMessage("131 images of squares were asked for, which holds 130; give 1 to 130.");
      assertThatThrownBy(() -> evaluator.logLikelihood(DATA, 1, 0, done -> {}))
          .hasMessageContaining("0 latents an image");
    }
  }

  /** Weights of zero: the encoder's answer is its last bias, the decoder's is 0. */
  private Vae constant(double[] moments, Likelihood likelihood) {
    Vae vae = new Vae(device, randomness, architecture(likelihood));
    Network encoder = vae.encoder();
    encoder.parameters().value("dense_4.bias").write(moments);
    return vae;
  }

  private static VaeArchitecture architecture(Likelihood likelihood) {
    return new VaeArchitecture(8, 8, 1, LATENT, 2, VaeNet.DENSE, likelihood);
  }
}
