package dev.figment.train;

import dev.figment.data.ImageDataset;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Likelihood;
import dev.figment.device.Tensor;
import dev.figment.gradient.GradientCheck;
import dev.figment.model.VaeArchitecture;
import dev.figment.model.VaeNet;
import dev.figment.nn.Network;
import dev.figment.optim.OptimizerKind;
import dev.figment.optim.OptimizerNumbers;
import dev.figment.reference.ReferenceDevice;
import java.util.Arrays;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole training step against central differences of its loss, in double precision. */
class VaeGradientTest {
  private static final int BATCH = 3;
  private static final double NO_RATE = 1e-300;

  static Stream<Arguments> models() {
    return Stream.of(
        Arguments.of(VaeNet.DENSE, Likelihood.BERNOULLI, 8, 1),
        Arguments.of(VaeNet.DENSE, Likelihood.gaussian(0.1), 5, 3),
        Arguments.of(VaeNet.DENSE, Likelihood.GAUSSIAN_LEARNED, 5, 1),
        Arguments.of(VaeNet.CONV, Likelihood.BERNOULLI, 16, 1),
        Arguments.of(VaeNet.CONV, Likelihood.gaussian(0.1), 8, 3),
        Arguments.of(VaeNet.CONV, Likelihood.GAUSSIAN_LEARNED, 8, 3));
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyModel(VaeNet net, Likelihood likelihood, int side, int channels) {
    check(
        config(net, likelihood, side, channels).kl(new KlTerm(0.7, 0, 0, 0, 0, 0)),
        side,
        channels,
        step -> step.reconstruction() + 0.7 * step.kl());
  }

  @Test
  void binarizedImages() {
    check(config(VaeNet.DENSE, Likelihood.BERNOULLI, 8, 1).binarize(true), 8, 1, VaeStep::loss);
  }

  @Test
  void aCapacityPullsFromBothSides() {
    for (double capacity : new double[] {0.01, 500}) {
      check(
          config(VaeNet.DENSE, Likelihood.BERNOULLI, 8, 1).kl(new KlTerm(20, 0, 0, 0, capacity, 0)),
          8,
          1,
          step -> step.reconstruction() + 20 * Math.abs(step.kl() - capacity));
    }
  }

  @Test
  void accumulatedBatchesAreOneLargeBatch() {
    check(config(VaeNet.DENSE, Likelihood.BERNOULLI, 8, 1).accumulate(2), 8, 1, VaeStep::loss);
  }

  @ParameterizedTest
  @MethodSource("models")
  void theImportanceWeightedBound(VaeNet net, Likelihood likelihood, int side, int channels) {
    check(config(net, likelihood, side, channels).samples(4), side, channels, VaeStep::loss);
  }

  @Test
  void theImportanceWeightedBoundOfAccumulatedBinarizedImages() {
    check(
        config(VaeNet.DENSE, Likelihood.BERNOULLI, 8, 1).samples(3).accumulate(2).binarize(true),
        8,
        1,
        VaeStep::loss);
  }

  @ParameterizedTest
  @EnumSource(VaeNet.class)
  void labelsInBothNetworks(VaeNet net) {
    for (int samples : new int[] {1, 3}) {
      VaeArchitecture architecture =
          new VaeArchitecture(8, 8, 1, 3, 1, net, Likelihood.BERNOULLI).conditionalOn(3);
      check(
          VaeConfig.of(architecture)
              .batch(BATCH)
              .samples(samples)
              .optimizer(OptimizerKind.SGD, new OptimizerNumbers(0, 0, 0, false, 0))
              .learningRate(NO_RATE),
          8,
          1,
          VaeStep::loss);
    }
  }

  /** Each network by the loss that it is trained on: the discriminator's does not reach the VAE. */
  @ParameterizedTest
  @EnumSource(VaeNet.class)
  void aVaeGan(VaeNet net) {
    for (Likelihood likelihood :
        new Likelihood[] {Likelihood.BERNOULLI, Likelihood.gaussian(0.1)}) {
      VaeArchitecture architecture =
          new VaeArchitecture(8, 8, 1, 3, 1, net, likelihood).conditionalOn(3);
      VaeConfig config =
          VaeConfig.of(architecture)
              .batch(BATCH)
              .accumulate(2)
              .adversarial(0.7)
              .optimizer(OptimizerKind.SGD, new OptimizerNumbers(0, 0, 0, false, 0))
              .learningRate(NO_RATE)
              .build();
      try (Device device = new ReferenceDevice();
          VaeTrainer trainer = new VaeTrainer(device, config, VaeModels.noise(2 * BATCH, 8, 1))) {
        spread(trainer.vae().encoder());
        ToDoubleFunction<VaeStep> seen = step -> step.loss() + 0.7 * step.judged().feature();
        check(device, "encoder", trainer.vae().encoder(), again(trainer, seen));
        check(
            device,
            "decoder",
            trainer.vae().decoder(),
            again(trainer, step -> seen.applyAsDouble(step) + 0.7 * step.judged().generatorLoss()));
        ToDoubleFunction<VaeStep> told = step -> step.judged().discriminatorLoss();
        check(device, "features", trainer.adversary().features(), again(trainer, told));
        check(device, "judge", trainer.adversary().judge(), again(trainer, told));
      }
    }
  }

  /** The loss of the same step: the same noise, on the same images. */
  private static DoubleSupplier again(VaeTrainer trainer, ToDoubleFunction<VaeStep> loss) {
    Tensor counter = trainer.state().get("random.counter");
    return () -> {
      counter.write(7);
      trainer.restore(0, 0, 0);
      return loss.applyAsDouble(trainer.step());
    };
  }

  private static VaeConfig.Builder config(
      VaeNet net, Likelihood likelihood, int side, int channels) {
    return VaeConfig.of(new VaeArchitecture(side, side, channels, 3, 1, net, likelihood))
        .batch(BATCH)
        .optimizer(OptimizerKind.SGD, new OptimizerNumbers(0, 0, 0, false, 0))
        .learningRate(NO_RATE);
  }

  private static void check(
      VaeConfig.Builder config, int side, int channels, ToDoubleFunction<VaeStep> loss) {
    ImageDataset data = VaeModels.noise(2 * BATCH, side, channels);
    try (Device device = new ReferenceDevice();
        VaeTrainer trainer = new VaeTrainer(device, config.build(), data)) {
      spread(trainer.vae().encoder());
      DoubleSupplier value = again(trainer, loss);
      check(device, "encoder", trainer.vae().encoder(), value);
      check(device, "decoder", trainer.vae().decoder(), value);
    }
  }

  /** Larger weights of the moments, so that the KL is far from its minimum. */
  private static void spread(Network encoder) {
    String last = encoder.parameters().names().stream().reduce((a, b) -> b).orElseThrow();
    Tensor bias = encoder.parameters().value(last);
    double[] values = new double[(int) bias.count()];
    Arrays.setAll(values, i -> 0.3 * (i + 1) - 0.8);
    bias.write(values);
  }

  private static void check(Device device, String what, Network network, DoubleSupplier value) {
    for (String name : network.parameters().names()) {
      value.getAsDouble();
      Tensor gradient = network.parameters().gradient(name);
      // A copy, for every evaluation computes it anew.
      Tensor copy = device.allocate(DataType.REAL, gradient.shape());
      copy.write(gradient.toDoubles());
      new GradientCheck(1e-6, 8)
          .check(what + "." + name, network.parameters().value(name), value, copy);
      copy.memory().close();
    }
  }
}
