package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.Likelihood;
import dev.figment.device.Tensor;
import dev.figment.model.VaeArchitecture;
import dev.figment.model.VaeNet;
import dev.figment.nn.Network;
import dev.figment.optim.Schedule;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a step changes, what a checkpoint must hold, and what each option does to a step. */
class VaeTrainerTest {
  private static final double TINY = 1e-30; // a learning rate that moves no float32

  private Device device;

  @BeforeEach
  void open() {
    device = Devices.open("cpu", 1).device();
  }

  @AfterEach
  void close() {
    device.close();
  }

  @ParameterizedTest
  @EnumSource(VaeNet.class)
  void aStepChangesEveryPartOfTheState(VaeNet net) {
    try (VaeTrainer trainer = trainer(VaeModels.config(net, Likelihood.BERNOULLI, 4))) {
      Map<String, double[]> before = new TreeMap<>();
      trainer.state().forEach((name, tensor) -> before.put(name, numbers(tensor)));
      trainer.step();

      trainer
          .state()
          .forEach(
              (name, tensor) ->
                  assertThat(numbers(tensor)).as(name).isNotEqualTo(before.get(name)));
      assertThat(trainer.state())
          .containsKeys("encoder.adam.m", "decoder.adam.v", "decoder.adam.step", "random.counter");
    }
  }

  /**
   * A decoder of zeros makes log p(x) = -64 log 2 whatever z is; the bound of many latents nears
   * it, while reconstruction and KL stay apart from it by the KL.
   */
  @Test
  void theImportanceWeightedLossNearsAKnownLikelihood() {
    VaeConfig.Builder config =
        VaeModels.config(VaeNet.DENSE, Likelihood.BERNOULLI, 2).batch(4).samples(2000);
    try (VaeTrainer trainer = trainer(config.learningRate(TINY))) {
      for (Network network : new Network[] {trainer.vae().encoder(), trainer.vae().decoder()}) {
        Tensor values = network.parameters().values();
        values.write(new double[(int) values.count()]);
      }
      double[] moments = {0.5, -1, 0.4, Math.log(0.5), 0.3, 0};
      trainer.vae().encoder().parameters().value("dense_4.bias").write(moments);
      double kl = (0.5 - 1 - Math.log(0.5) + 0.25) / 2 + (Math.exp(0.3) - 1.3 + 1) / 2 + 0.08;
      VaeStep step = trainer.step();
      assertThat(step.reconstruction()).isCloseTo(64 * Math.log(2), within(1e-4));
      assertThat(step.kl()).isCloseTo(kl, within(1e-5));
      assertThat(step.loss()).isCloseTo(64 * Math.log(2), within(0.1));
    }
  }

  @Test
  void everyPartOfTheStateMustBeFinite() {
    try (VaeTrainer trainer = trainer(dense())) {
      trainer.step();
      assertThat(trainer.isFinite()).isTrue();
      for (Tensor tensor : trainer.state().values()) {
        if (tensor.type() == DataType.REAL) {
          double[] values = tensor.toDoubles();
          double[] broken = values.clone();
          broken[broken.length - 1] = Double.NaN;
          tensor.write(broken);
          assertThat(trainer.isFinite()).isFalse();
          tensor.write(values);
        }
      }
    }
  }

  @Test
  void aStepAllocatesNothingAndNothingIsKeptWhereMemoryRunsOut() {
    VaeConfig config = everything().build();
    int needed;
    CountingDevice ample = new CountingDevice(device, Integer.MAX_VALUE);
    try (VaeTrainer trainer = trainer(ample, config);
        VaeEvaluator evaluator = new VaeEvaluator(ample, trainer.vae(), true, 1)) {
      needed = ample.allocations();
      trainer.step();
      trainer.step();
      evaluator.evaluate(VaeModels.squares(3, 1), 3);
      assertThat(ample.allocations()).isEqualTo(needed);
    }
    assertThat(ample.open()).isZero();
    for (int most = 0; most < needed; most++) {
      CountingDevice scarce = new CountingDevice(device, most);
      assertThatThrownBy(
              () -> {
                try (VaeTrainer trainer = trainer(scarce, config);
                    VaeEvaluator evaluator = new VaeEvaluator(scarce, trainer.vae(), true, 1)) {
                  trainer.step();
                  evaluator.evaluate(VaeModels.squares(3, 1), 3);
                }
              })
          .hasMessage("This memory is full.");
      assertThat(scarce.open()).as("still held where %d allocations succeed", most).isZero();
    }
  }

  @Test
  void theWeightOfTheKlFollowsItsSchedule() {
    KlTerm term = new KlTerm(4, 2, 3, 0, 0, 0);
    try (VaeTrainer trainer = trainer(dense().kl(term).learningRate(TINY))) {
      double[] weights = new double[7];
      Arrays.setAll(weights, i -> trainer.step().beta());
      assertThat(weights).containsExactly(0, 2, 4, 0, 2, 4, 0);
    }
  }

  /** With weight 0 the encoder learns from the reconstruction alone, so the KL may only matter. */
  @Test
  void theWeightDecidesTheGradient() {
    double[] without = encoderGradient(dense().kl(new KlTerm(0, 0, 0, 0, 0, 0)));
    double[] single = encoderGradient(dense());
    double[] twice = encoderGradient(dense().kl(new KlTerm(2, 0, 0, 0, 0, 0)));
    for (int i = 0; i < without.length; i++) {
      double kl = single[i] - without[i];
      assertThat(twice[i] - without[i]).isCloseTo(2 * kl, within(1e-3 * (1 + Math.abs(kl))));
    }
    assertThat(single).isNotEqualTo(without);
  }

  /** More free nats than there are: the KL costs nothing. */
  @Test
  void freeBitsTakeTheKlOutOfTheGradient() {
    assertThat(encoderGradient(dense().kl(new KlTerm(1, 0, 0, 1000, 0, 0))))
        .isEqualTo(encoderGradient(dense().kl(new KlTerm(0, 0, 0, 0, 0, 0))));
  }

  private double[] encoderGradient(VaeConfig.Builder config) {
    try (VaeTrainer trainer = trainer(config.learningRate(TINY))) {
      trainer.step();
      return trainer.vae().encoder().parameters().gradients().toDoubles();
    }
  }

  @Test
  void aClippedGradientIsAsLongAsItMayBe() {
    try (VaeTrainer trainer = trainer(dense().gradientClip(0.5))) {
      trainer.step();
      for (double[] gradient :
          new double[][] {
            trainer.vae().encoder().parameters().gradients().toDoubles(),
            trainer.vae().decoder().parameters().gradients().toDoubles()
          }) {
        assertThat(Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum()))
            .isCloseTo(0.5, within(1e-4));
      }
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(
            () ->
                trainer(
                    VaeConfig.of(
                        new VaeArchitecture(9, 9, 1, 2, 1, VaeNet.DENSE, Likelihood.BERNOULLI))))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("make images of 9x9x1 and squares holds images of 8x8x1");
    assertThatThrownBy(() -> new VaeArchitecture(9, 9, 1, 2, 1, VaeNet.CONV, Likelihood.BERNOULLI))
        .hasMessageContaining("give --image-size 8 or 14.");
    assertThatThrownBy(() -> dense(Likelihood.gaussian(1)).binarize(true).build())
        .hasMessageContaining("Binarized images were asked for with a Gaussian likelihood");
  }

  private static VaeConfig.Builder dense() {
    return dense(Likelihood.BERNOULLI);
  }

  private static VaeConfig.Builder dense(Likelihood likelihood) {
    return VaeModels.config(VaeNet.DENSE, likelihood, 4).batch(4);
  }

  private static VaeConfig.Builder everything() {
    return VaeModels.config(VaeNet.CONV, Likelihood.BERNOULLI, 4)
        .batch(4)
        .binarize(true)
        .accumulate(2)
        .gradientClip(1)
        .kl(new KlTerm(2, 3, 4, 0, 5, 6))
        .schedule(new Schedule(Schedule.Kind.LINEAR, 9, 2));
  }

  private VaeTrainer trainer(VaeConfig.Builder config) {
    return trainer(device, config.build());
  }

  private static VaeTrainer trainer(Device on, VaeConfig config) {
    return new VaeTrainer(on, config, VaeModels.squares(200, 1));
  }

  private static double[] numbers(Tensor tensor) {
    return tensor.type() == DataType.REAL
        ? tensor.toDoubles()
        : Arrays.stream(tensor.toInts()).asDoubleStream().toArray();
  }
}
