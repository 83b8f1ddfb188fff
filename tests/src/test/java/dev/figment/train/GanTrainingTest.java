package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.data.ImageDataset;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientPenalty;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.GanArchitecture;
import dev.figment.nn.Network;
import dev.figment.nn.Parameters;
import dev.figment.nn.Pass;
import dev.figment.optim.OptimizerKind;
import dev.figment.optim.Schedule;
import dev.figment.reference.SingularValues;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What each option of a GAN's training does to a step. */
class GanTrainingTest {
  private static final int SIDE = 8;
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
  @EnumSource(GanLoss.class)
  void everyLossTrainsAndScoresAsItIsJudged(GanLoss loss) {
    try (GanTrainer trainer = trainer(config().loss(loss).learningRates(TINY, TINY));
        GanTrainer scaled = trainer(config().loss(loss).learningRates(TINY, TINY))) {
      GanStep step = trainer.step();
      assertThat(step.isFinite()).isTrue();
      // Logits far below 0: sigmoids stay above it, logits do not.
      Tensor bias = scaled.gan().discriminator().parameters().value("dense_1.bias");
      bias.write(-30.0);
      GanStep low = scaled.step();
      if (loss.hasTargets()) {
        assertThat(low.real()).isBetween(0.0, 1e-6);
        assertThat(step.real()).isBetween(0.2, 0.8);
      } else {
        assertThat(low.real()).isCloseTo(step.real() - 30, within(1e-3));
        assertThat(low.fake()).isCloseTo(step.fake() - 30, within(1e-3));
      }
    }
  }

  @Test
  void smoothingMovesTheTargetOfRealImagesAlone() {
    try (GanTrainer plain = trainer(config().learningRates(TINY, TINY));
        GanTrainer smooth = trainer(config().learningRates(TINY, TINY).labelSmoothing(0.25))) {
      // At a logit x, -0.75 log s(x) - 0.25 log(1 - s(x)) = -log s(x) + 0.25 x.
      for (GanTrainer trainer : new GanTrainer[] {plain, smooth}) {
        Tensor weights = trainer.gan().discriminator().parameters().value("dense_1.weight");
        weights.write(new double[(int) weights.count()]);
        trainer.gan().discriminator().parameters().value("dense_1.bias").write(2.0);
      }
      GanStep expected = plain.step();
      GanStep step = smooth.step();
      assertThat(step.discriminatorLoss())
          .isCloseTo(expected.discriminatorLoss() + 0.25 * 2, within(1e-5));
      assertThat(step.generatorLoss()).isCloseTo(expected.generatorLoss(), within(1e-5));
    }
  }

  @Test
  void weightsOfTheDiscriminatorAloneAreClipped() {
    try (GanTrainer trainer =
        trainer(config().loss(GanLoss.WASSERSTEIN).weightClip(0.01).criticSteps(2))) {
      trainer.step();
      assertThat(largest(trainer.gan().discriminator())).isEqualTo((float) 0.01);
      assertThat(largest(trainer.gan().generator())).isGreaterThan(0.1);
    }
  }

  private static double largest(Network network) {
    return Arrays.stream(network.parameters().values().toDoubles()).map(Math::abs).max().orElse(0);
  }

  @ParameterizedTest
  @EnumSource(OptimizerKind.class)
  void everyOptimizerKeepsItsStateUnderItsName(OptimizerKind optimizer) {
    try (GanTrainer trainer =
        trainer(config().optimizer(optimizer).momentum(0.9, true).weightDecay(0.01))) {
      String kept =
          switch (optimizer) {
            case ADAM -> "generator.adam.v";
            case ADAMW -> "generator.adamw.v";
            case SGD -> "generator.sgd.velocity";
            case RMSPROP -> "generator.rmsprop.mean_square";
          };
      double[] before = trainer.gan().generator().parameters().values().toDoubles();
      trainer.step();
      assertThat(trainer.state()).containsKey(kept);
      assertThat(norm(trainer.state().get(kept).toDoubles())).isPositive();
      assertThat(trainer.gan().generator().parameters().values().toDoubles()).isNotEqualTo(before);
    }
  }

  @Test
  void aScheduleIsTheLearningRateTimesItsFactor() {
    Schedule schedule = new Schedule(Schedule.Kind.COSINE, 8, 4);
    try (GanTrainer scheduled = trainer(sgd(0.1, 0.4).schedule(schedule));
        GanTrainer slower = trainer(sgd(0.25 * 0.1, 0.25 * 0.4))) {
      GanStep step = scheduled.step(); // the first of four of warm-up
      assertThat(step).isEqualTo(slower.step());
      assertThat(values(scheduled)).isEqualTo(values(slower));
      scheduled.step();
      slower.step();
      assertThat(values(scheduled)).isNotEqualTo(values(slower));
    }
  }

  @Test
  void aScheduleThatHasEndedChangesNothing() {
    Schedule schedule = new Schedule(Schedule.Kind.LINEAR, 2, 0);
    try (GanTrainer trainer = trainer(sgd(0.1, 0.1).schedule(schedule))) {
      trainer.step();
      trainer.step();
      double[] before = values(trainer);
      trainer.step();
      assertThat(values(trainer)).isEqualTo(before);
    }
  }

  @Test
  void gradientsAreShortenedToTheNorm() {
    try (GanTrainer free = trainer(sgd(TINY, TINY));
        GanTrainer clipped = trainer(sgd(TINY, TINY).gradientClip(1e-3))) {
      free.step();
      clipped.step();
      for (double[][] both :
          new double[][][] {
            {gradients(free.gan().discriminator()), gradients(clipped.gan().discriminator())},
            {gradients(free.gan().generator()), gradients(clipped.gan().generator())}
          }) {
        double norm = norm(both[0]);
        assertThat(norm).isGreaterThan(2e-3);
        for (int i = 0; i < both[0].length; i++) {
          assertThat(both[1][i]).isCloseTo(both[0][i] * 1e-3 / norm, within(1e-8));
        }
      }
    }
  }

  /** The penalty's gradient itself is checked with the networks: NetworkGradientTest. */
  @Test
  void thePenaltyAddsToTheDiscriminatorsGradientInProportion() {
    try (GanTrainer none = trainer(sgd(TINY, TINY));
        GanTrainer once = trainer(sgd(TINY, TINY).penalty(GradientPenalty.ZERO_CENTRED, 1, 1));
        GanTrainer twice = trainer(sgd(TINY, TINY).penalty(GradientPenalty.ZERO_CENTRED, 2, 1));
        GanTrainer seldom = trainer(sgd(TINY, TINY).penalty(GradientPenalty.ZERO_CENTRED, 1, 2))) {
      for (GanTrainer trainer : new GanTrainer[] {none, once, twice, seldom}) {
        trainer.step();
      }
      double[] plain = gradients(none.gan().discriminator());
      double[] first = gradients(once.gan().discriminator());
      double[] second = gradients(twice.gan().discriminator());
      double[] lazy = gradients(seldom.gan().discriminator());
      double[] added = new double[plain.length];
      for (int i = 0; i < plain.length; i++) {
        added[i] = first[i] - plain[i];
        assertThat(second[i] - plain[i]).isCloseTo(2 * added[i], within(1e-6));
        assertThat(lazy[i])
            .isCloseTo(second[i], within(1e-6)); // at step 0, for the one after it too
      }
      assertThat(norm(added)).isGreaterThan(1e-4);
    }
  }

  /** With r1 = 2 w, the penalty is w times the mean squared norm, however seldom it is taken. */
  @Test
  void thePenaltysValueIsReported() {
    try (GanTrainer none = trainer(sgd(TINY, TINY));
        GanTrainer once = trainer(penalised(GradientPenalty.ZERO_CENTRED, 1, 1));
        GanTrainer lazy = trainer(penalised(GradientPenalty.ZERO_CENTRED, 3, 5))) {
      assertThat(none.step().numbers()).doesNotContainKey("penalty");
      double value = once.step().numbers().get("penalty");
      GanStep first = lazy.step();
      assertThat(value).isPositive();
      assertThat(first.penalty()).hasValueCloseTo(3 * value, within(1e-5 * value));
      assertThat(lazy.step().penalty()).as("the last one").isEqualTo(first.penalty());
    }
  }

  /** A discriminator whose last layer is 0 has no gradient, and pays for the 1 that it lacks. */
  @Test
  void aNormOfZeroIsOneTooLittle() {
    try (GanTrainer trainer = trainer(penalised(GradientPenalty.ONE_CENTRED, 10, 1))) {
      Tensor weights = trainer.gan().discriminator().parameters().value("dense_1.weight");
      weights.write(new double[(int) weights.count()]);
      assertThat(trainer.step().penalty()).hasValue(10);
      assertThat(norm(gradients(trainer.gan().discriminator()))).isFinite();
    }
  }

  /** Under the Wasserstein loss alone, with rates that matter, the norms come near to 1. */
  @Test
  void theGradientPenaltyDrawsNormsToOne() {
    try (GanTrainer trainer =
        trainer(
            config()
                .loss(GanLoss.WASSERSTEIN)
                .penalty(GradientPenalty.ONE_CENTRED, 10, 1)
                .betas(0, 0.9)
                .learningRates(1e-4, 3e-3))) {
      double first = trainer.step().penalty().orElseThrow();
      double last = 0;
      for (int i = 0; i < 150; i++) {
        last = trainer.step().penalty().orElseThrow();
      }
      assertThat(first).isGreaterThan(1);
      assertThat(last).isLessThan(first / 2);
    }
  }

  private static GanConfig.Builder penalised(GradientPenalty kind, double weight, int every) {
    return sgd(TINY, TINY).penalty(kind, weight, every);
  }

  /** A step of the iteration an update keeps up with weights that change slowly. */
  @Test
  void spectralNormKeepsTheDiscriminatorsWeightsAtOne() {
    try (GanTrainer trainer = trainer(config().spectralNorm(true).criticSteps(2))) {
      double[] before = trainer.gan().discriminator().parameters().values().toDoubles();
      for (int i = 0; i < 20; i++) {
        assertThat(trainer.step().isFinite()).isTrue();
      }
      Parameters parameters = trainer.gan().discriminator().parameters();
      assertThat(parameters.values().toDoubles()).isNotEqualTo(before);
      for (String name : parameters.names()) {
        if (name.endsWith("weight_normalised")) {
          Tensor weight = parameters.value(name);
          assertThat(SingularValues.largest(weight.toDoubles(), weight.shape().size(0)))
              .as(name)
              .isCloseTo(1, within(0.05));
        }
      }
    }
  }

  /** The size of a normalised weight changes nothing but its gradient, which it divides. */
  @Test
  void spectralNormHidesTheSizeOfAWeight() {
    try (GanTrainer trainer = trainer(sgd(TINY, TINY).spectralNorm(true));
        GanTrainer larger = trainer(sgd(TINY, TINY).spectralNorm(true))) {
      Network network = larger.gan().discriminator();
      Tensor weight = network.parameters().value("conv_1.weight");
      weight.write(Arrays.stream(weight.toDoubles()).map(x -> 8 * x).toArray());
      network.normalise();
      trainer.gan().discriminator().normalise();
      assertThat(larger.step()).isEqualTo(trainer.step());
      double[] gradient =
          trainer.gan().discriminator().parameters().gradient("conv_1.weight").toDoubles();
      double[] smaller = network.parameters().gradient("conv_1.weight").toDoubles();
      assertThat(norm(gradient)).isPositive();
      for (int i = 0; i < gradient.length; i++) {
        assertThat(smaller[i]).isCloseTo(gradient[i] / 8, within(1e-7));
      }
    }
  }

  /** With weights that stand still, two critic updates see what two accumulated batches see. */
  @Test
  void accumulatedGradientsAreTheMeanOfTheirBatches() {
    try (GanTrainer first = trainer(sgd(TINY, TINY));
        GanTrainer second = trainer(sgd(TINY, TINY).criticSteps(2));
        GanTrainer both = trainer(sgd(TINY, TINY).accumulate(2))) {
      GanStep stepOfFirst = first.step();
      GanStep stepOfSecond = second.step();
      GanStep stepOfBoth = both.step();
      double[] one = gradients(first.gan().discriminator());
      double[] two = gradients(second.gan().discriminator());
      double[] mean = gradients(both.gan().discriminator());
      assertThat(one).isNotEqualTo(two);
      for (int i = 0; i < mean.length; i++) {
        assertThat(mean[i]).isCloseTo((one[i] + two[i]) / 2, within(1e-6));
      }
      assertThat(stepOfBoth.discriminatorLoss())
          .isCloseTo(
              (stepOfFirst.discriminatorLoss() + stepOfSecond.discriminatorLoss()) / 2,
              within(1e-6));
      assertThat(both.dataCursor()).isEqualTo(second.dataCursor());
      assertThat(both.examplesOfStep()).isEqualTo(2 * first.examplesOfStep());
    }
  }

  @Test
  void theAverageFollowsItsDefinition() {
    double decay = 0.15; // between the first two of (1 + t) / (10 + t)
    try (GanTrainer trainer = trainer(config().ema(decay))) {
      double[] expected = trainer.gan().generator().parameters().values().toDoubles();
      for (int t = 0; t < 3; t++) {
        trainer.step();
        double d = Math.min(decay, (1.0 + t) / (10.0 + t));
        double[] values = trainer.gan().generator().parameters().values().toDoubles();
        for (int i = 0; i < values.length; i++) {
          expected[i] = d * expected[i] + (1 - d) * values[i];
        }
      }
      double[] average = trainer.sampledGenerator().parameters().values().toDoubles();
      for (int i = 0; i < average.length; i++) {
        assertThat(average[i]).isCloseTo(expected[i], within(1e-6));
      }
    }
  }

  /**
   * The statistics are the means over the batches: of each batch's own, which follow from what the
   * average of momentum 0.8 of an ordinary batch norm does.
   */
  @Test
  void theAveragesStatisticsAreThoseOfItsOwnActivations() {
    try (GanTrainer trainer = trainer(config().ema(0.5));
        GanTrainer other = trainer(config())) {
      trainer.step();
      trainer.step();
      trainer.prepareSampling();
      Network averaged = trainer.sampledGenerator();
      Network plain = other.gan().generator();
      plain.parameters().values().write(averaged.parameters().values().toDoubles());
      double[] before = plain.parameters().kept().toDoubles();
      double[] expected = new double[before.length];
      for (int batch = 0; batch < GeneratorAverage.STATISTICS_BATCHES; batch++) {
        double[] after = statisticsAfter(plain, batch);
        for (int i = 0; i < after.length; i++) {
          expected[i] += (after[i] - 0.8 * before[i]) / 0.2 / GeneratorAverage.STATISTICS_BATCHES;
        }
        before = after;
      }
      double[] measured = averaged.parameters().kept().toDoubles();
      for (int i = 0; i < expected.length; i++) {
        assertThat(measured[i]).isCloseTo(expected[i], within(1e-5 * (1 + Math.abs(expected[i]))));
      }
      trainer.prepareSampling();
      assertThat(averaged.parameters().kept().toDoubles()).isEqualTo(measured);
    }
  }

  private double[] statisticsAfter(Network network, int batch) {
    try (Pass pass = network.pass(4).training().build()) {
      Tensor counter = device.allocate(DataType.INT32, Shape.of(1));
      counter.write(batch);
      device
          .kernels()
          .normal(pass.input(), 0, 1, new RandomStream(1, counter, RandomStream.STATISTICS));
      pass.forward();
      counter.memory().close();
      return network.parameters().kept().toDoubles();
    }
  }

  @Test
  void withoutAnAverageTheGeneratorItselfIsSampled() {
    try (GanTrainer trainer = trainer(config())) {
      assertThat(trainer.sampledGenerator()).isSameAs(trainer.gan().generator());
      assertThat(trainer.state().keySet()).noneMatch(name -> name.startsWith("ema."));
    }
  }

  @Test
  void refusesNumbersOutOfRange() {
    for (GanConfig.Builder wrong :
        new GanConfig.Builder[] {
          config().labelSmoothing(1),
          config().labelSmoothing(0.1).loss(GanLoss.HINGE),
          config().weightClip(0),
          config().weightClip(1).spectralNorm(true),
          config().gradientClip(Double.NaN),
          config().ema(1),
          config().accumulate(0),
        }) {
      assertThatThrownBy(wrong::build)
          .isInstanceOf(FigmentException.class)
          .hasMessageMatching(".* (was|were) asked for.*;.*");
    }
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(value -> value * value).sum());
  }

  private static double[] gradients(Network network) {
    return network.parameters().gradients().toDoubles();
  }

  /** Everything trained, one network after the other. */
  private static double[] values(GanTrainer trainer) {
    return trainer.state().entrySet().stream()
        .filter(entry -> !entry.getKey().contains("running_"))
        .map(Map.Entry::getValue)
        .filter(tensor -> tensor.type() == DataType.REAL)
        .flatMapToDouble(tensor -> Arrays.stream(tensor.toDoubles()))
        .toArray();
  }

  private static GanConfig.Builder sgd(double rate, double rateOfDiscriminator) {
    return config().optimizer(OptimizerKind.SGD).learningRates(rate, rateOfDiscriminator);
  }

  private static GanConfig.Builder config() {
    return GanConfig.of(new GanArchitecture(SIDE, SIDE, 1, 10, 4))
        .batch(4)
        .learningRates(1e-3, 1e-3);
  }

  private GanTrainer trainer(GanConfig.Builder config) {
    byte[] pixels = new byte[16 * SIDE * SIDE];
    new Random(3).nextBytes(pixels);
    return new GanTrainer(
        device, config.build(), new ImageDataset("noise", 16, SIDE, SIDE, 1, pixels, null));
  }
}
