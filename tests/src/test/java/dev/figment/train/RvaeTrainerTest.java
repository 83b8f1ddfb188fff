package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.data.SequenceDataset;
import dev.figment.data.SeriesDataset;
import dev.figment.data.SeriesWindow;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.Likelihood;
import dev.figment.device.Tensor;
import dev.figment.model.RvaeArchitecture;
import dev.figment.nn.Recurrent.Cell;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a step changes, what masks and options do to it, what is refused. */
class RvaeTrainerTest {
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

  private static RvaeConfig.Builder numbers() {
    return RvaeConfig.of(RvaeModels.ofNumbers(Cell.LSTM, Likelihood.GAUSSIAN_LEARNED, 2, true))
        .batch(4);
  }

  private static RvaeConfig.Builder symbols() {
    return RvaeConfig.of(RvaeModels.ofSymbols(Cell.GRU, 1, true)).batch(4);
  }

  private static RvaeConfig.Builder perStep() {
    return perStep(RvaeModels.STEPS);
  }

  private static RvaeConfig.Builder perStep(int steps) {
    return RvaeConfig.of(
            RvaeArchitecture.ofNumbers(
                    steps,
                    RvaeModels.FEATURES,
                    Cell.GRU,
                    4,
                    1,
                    true,
                    3,
                    Likelihood.GAUSSIAN_LEARNED)
                .withLatentPerStep(true))
        .batch(4);
  }

  @Test
  void aStepChangesEveryPartOfTheState() {
    everythingChanges(perStep(), RvaeModels.series(10));
    everythingChanges(numbers(), RvaeModels.series(10));
    everythingChanges(symbols(), RvaeModels.text());
  }

  private void everythingChanges(RvaeConfig.Builder config, SequenceDataset data) {
    try (RvaeTrainer trainer = new RvaeTrainer(device, config.build(), data)) {
      Map<String, double[]> before = new TreeMap<>();
      trainer.state().forEach((name, tensor) -> before.put(name, numbers(tensor)));
      trainer.step();
      trainer
          .state()
          .forEach(
              (name, tensor) ->
                  assertThat(numbers(tensor)).as(name).isNotEqualTo(before.get(name)));
      assertThat(trainer.isFinite()).isTrue();
      Tensor one = trainer.state().get("output.dense_1.bias");
      double[] values = one.toDoubles();
      values[0] = Double.NaN;
      one.write(values);
      assertThat(trainer.isFinite()).isFalse();
    }
  }

  private static double[] numbers(Tensor tensor) {
    if (tensor.type() == DataType.REAL) {
      return tensor.toDoubles();
    }
    return Arrays.stream(tensor.toInts()).asDoubleStream().toArray();
  }

  @Test
  void aStepAllocatesNothingAndNothingIsKeptWhereMemoryRunsOut() {
    RvaeConfig config = symbols().inputDropout(0.5).accumulate(2).gradientClip(1).build();
    allocatesOnlyAtFirst(config, RvaeModels.text());
    allocatesOnlyAtFirst(
        perStep().kl(new KlTerm(1, 2, 0, 0.1, 0, 0)).build(), RvaeModels.series(10));
  }

  private void allocatesOnlyAtFirst(RvaeConfig config, SequenceDataset data) {
    int needed;
    CountingDevice ample = new CountingDevice(device, Integer.MAX_VALUE);
    try (RvaeTrainer trainer = new RvaeTrainer(ample, config, data)) {
      needed = ample.allocations();
      trainer.step();
      trainer.step();
      assertThat(ample.allocations()).isEqualTo(needed);
    }
    assertThat(ample.open()).isZero();
    for (int most = 0; most < needed; most++) {
      CountingDevice scarce = new CountingDevice(device, most);
      assertThatThrownBy(() -> new RvaeTrainer(scarce, config, data).close())
          .hasMessage("This memory is full.");
      assertThat(scarce.open()).as("still held where %d allocations succeed", most).isZero();
    }
  }

  /** What stands at missing values and behind an end changes neither loss nor gradient. */
  @Test
  void missingValuesAndLengthsDecideNothingElse() {
    double[] values = {1, Double.NaN, -1, 2, 0.5, Double.NaN};
    double without = stepOn(numbers(), values).reconstruction();
    double[] known = values.clone();
    known[1] = 0;
    assertThat(stepOn(numbers(), known).reconstruction()).isNotEqualTo(without);
    double[] shorter = Arrays.copyOf(values, 4);
    assertThat(stepOn(numbers(), shorter).reconstruction()).isNotEqualTo(without);
    assertThat(stepOn(numbers(), values).reconstruction()).isEqualTo(without);
    assertThat(without).isFinite();
  }

  /** With a latent a step, a network of no more steps than the sequences have says the same. */
  @Test
  void latentsPastAnEndCostNothing() {
    double[] values = {1, 0.3, -1, 2};
    RvaeStep long5 = stepOn(perStep(), values);
    RvaeStep long2 = stepOn(perStep(2), values);
    assertThat(long5.kl()).isPositive().isCloseTo(long2.kl(), within(1e-5 * long2.kl()));
    assertThat(long5.reconstruction())
        .isCloseTo(long2.reconstruction(), within(1e-5 * long2.reconstruction()));
    assertThat(stepOn(perStep(), Arrays.copyOf(values, 2)).kl()).isLessThan(long2.kl());
  }

  @Test
  void aKlBelowTheFreeBitsMovesNothingOfTheStepsPrior() {
    SequenceDataset data = RvaeModels.series(10);
    assertThat(priorGradient(perStep(), data, 0)).isNotEqualTo(priorGradient(perStep(), data, 1e3));
    assertThat(priorGradient(perStep(), data, 1e-6)).isEqualTo(priorGradient(perStep(), data, 0));
    assertThat(priorGradient(perStep(), data, 1e3)).containsOnly(0);
  }

  private double[] priorGradient(RvaeConfig.Builder config, SequenceDataset data, double free) {
    RvaeConfig of = config.kl(new KlTerm(1, 0, 0, free, 0, 0)).build();
    try (RvaeTrainer trainer = new RvaeTrainer(device, of, data)) {
      trainer.step();
      return trainer.rvae().prior().parameters().gradient("dense_1.weight").toDoubles();
    }
  }

  private RvaeStep stepOn(RvaeConfig.Builder builder, double[] values) {
    RvaeConfig config = builder.build();
    SeriesWindow window = new SeriesWindow(2, values);
    List<SeriesWindow> windows = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      windows.add(window);
    }
    int steps = config.architecture().steps();
    SeriesDataset data = SeriesDataset.of("one", RvaeModels.scaling(2), windows, steps);
    try (RvaeTrainer trainer = new RvaeTrainer(device, config, data)) {
      return trainer.step();
    }
  }

  @Test
  void anInputDropoutOfOneTakesAllInputsFromTheDecoder() {
    double[] all = decoderInputGradient(1);
    assertThat(all).containsOnly(0);
    assertThat(decoderInputGradient(0.5)).isNotEqualTo(all);
  }

  private double[] decoderInputGradient(double dropout) {
    RvaeConfig config = numbers().inputDropout(dropout).learningRate(TINY).build();
    try (RvaeTrainer trainer = new RvaeTrainer(device, config, RvaeModels.series(10))) {
      trainer.step();
      return trainer.rvae().decoder().parameters().gradient("lstm_1.input_weight").toDoubles();
    }
  }

  @Test
  void theWeightOfTheKlFollowsItsSchedule() {
    RvaeConfig config = symbols().kl(new KlTerm(4, 2, 0, 0, 0, 0)).build();
    try (RvaeTrainer trainer = new RvaeTrainer(device, config, RvaeModels.text())) {
      assertThat(new double[] {trainer.step().beta(), trainer.step().beta(), trainer.step().beta()})
          .containsExactly(0, 2, 4);
    }
  }

  @Test
  void generationDependsOnSeedAndPlaceAlone() {
    generationDependsOnSeedAndPlaceAlone(numbers().build());
    generationDependsOnSeedAndPlaceAlone(perStep().build());
  }

  private void generationDependsOnSeedAndPlaceAlone(RvaeConfig config) {
    SeriesDataset data = RvaeModels.series(10);
    RvaeData form = RvaeData.of(data);
    try (RvaeTrainer trainer = new RvaeTrainer(device, config, data);
        RvaeSampler few = new RvaeSampler(device, trainer.rvae(), form, false, 3)) {
      List<SeriesWindow> made = few.sample(5, 7, 1).series();
      assertThat(made).hasSize(7);
      assertThat(values(few.sample(5, 7, 1).series())).isEqualTo(values(made));
      assertThat(values(few.sample(6, 7, 1).series())).isNotEqualTo(values(made));
      assertThat(values(few.sample(5, 7, 0).series())).isNotEqualTo(values(made));
      assertThat(values(few.sample(5, 2, 1).series())).isEqualTo(values(made.subList(0, 2)));
      assertThat(made.stream().map(SeriesWindow::length)).allMatch(n -> n >= 1 && n <= 5);
    }
  }

  /** A learned variance may be as large as exp(10); what the decoder reads may not. */
  @Test
  void whatIsDrawnStaysInTheRangeOfTheTrainingData() {
    SeriesDataset data = RvaeModels.series(10);
    RvaeData form = RvaeData.of(data);
    try (RvaeTrainer trainer = new RvaeTrainer(device, numbers().build(), data);
        RvaeSampler sampler = new RvaeSampler(device, trainer.rvae(), form, false, 4)) {
      Tensor bias = trainer.rvae().output().parameters().value("dense_1.bias");
      bias.write(new float[] {0, 0, 20, 20}); // means, then log variances
      assertThat(values(sampler.sample(5, 8, 1).series()))
          .allMatch(value -> value >= -4 && value <= 4)
          .contains(-4.0, 4.0);
      bias.write(new float[] {9, 0, 0, 0});
      assertThat(values(sampler.sample(5, 8, 0).series())).as("means").anyMatch(v -> v > 4);
    }
  }

  private static List<Double> values(List<SeriesWindow> windows) {
    return windows.stream().flatMapToDouble(w -> Arrays.stream(w.values())).boxed().toList();
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatThrownBy(() -> new RvaeTrainer(device, numbers().build(), RvaeModels.text()))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("give data of that form");
    assertThatThrownBy(() -> symbols().freeRunning(true).build())
        .hasMessageContaining("symbols have no means");
    assertThatThrownBy(() -> numbers().freeRunning(true).inputDropout(0.5).build())
        .hasMessageContaining("reads no input");
    assertThatThrownBy(() -> numbers().inputDropout(1.5).build())
        .hasMessageContaining("give 0 to 1");
  }
}
