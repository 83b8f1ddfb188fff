package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.data.Scaling;
import dev.figment.data.SequenceRequest;
import dev.figment.data.Sequences;
import dev.figment.data.SeriesDataset;
import dev.figment.data.SeriesWindow;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.Likelihood;
import dev.figment.model.RvaeArchitecture;
import dev.figment.nn.Recurrent.Cell;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The latents are used: they say which sines a window holds, on windows never trained on. */
class RvaeLearningTest {
  private static final int STEPS = 250;
  private static final int WINDOW = 12;
  private static final int HELD_OUT = 60;

  @ParameterizedTest
  @CsvSource({"false, false", "true, false", "false, true"})
  void reconstructionsAreOfTheWindowAndNotOfAnother(boolean freely, boolean perStep) {
    var split =
        Sequences.open(
            new SequenceRequest("sines", WINDOW, null, List.of(), Scaling.Kind.STANDARD, 1),
            line -> {});
    SeriesDataset training = (SeriesDataset) split.train();
    SeriesDataset heldOut = (SeriesDataset) split.test();
    RvaeArchitecture architecture =
        RvaeArchitecture.ofNumbers(
                WINDOW, training.features(), Cell.GRU, 24, 1, false, 12, Likelihood.gaussian(0.05))
            .withLatentPerStep(perStep);
    RvaeConfig config =
        RvaeConfig.of(architecture)
            .inputDropout(freely ? 0 : 0.7)
            .freeRunning(freely)
            .batch(32)
            .learningRate(5e-3)
            .build();
    int[] windows = RvaeEvaluator.spread(heldOut, HELD_OUT);
    try (Device device = Devices.open("cpu", 1).device();
        RvaeTrainer trainer = new RvaeTrainer(device, config, training);
        RvaeEvaluator evaluator = new RvaeEvaluator(device, trainer.rvae(), freely, 1);
        RvaeSampler sampler =
            new RvaeSampler(device, trainer.rvae(), RvaeData.of(training), freely, 20)) {
      double before = evaluator.evaluate(heldOut, windows, 1).bound().loss();
      while (trainer.steps() < STEPS) {
        trainer.step();
      }
      VaeEvaluation bound = evaluator.evaluate(heldOut, windows, 1).bound();
      assertThat(bound.loss()).isLessThan(before / 2);
      assertThat(bound.totalKl()).isGreaterThan(5);
      assertThat(bound.activeUnits()).isGreaterThanOrEqualTo(4);

      List<SeriesWindow> made =
          sampler
              .reconstruct(
                  evaluator.means(heldOut, windows), RvaeEvaluator.lengths(heldOut, windows))
              .series();
      List<SeriesWindow> real = Arrays.stream(windows).mapToObj(heldOut::window).toList();
      double own = difference(real, made, 0);
      double another = difference(real, made, 1);
      assertThat(own).as("own %s, another's %s", own, another).isLessThan(another / 3);
    }
  }

  /** The mean squared distance of windows from reconstructions so many places further. */
  private static double difference(List<SeriesWindow> real, List<SeriesWindow> made, int further) {
    double total = 0;
    for (int i = 0; i < real.size(); i++) {
      double[] a = real.get(i).values();
      double[] b = made.get((i + further) % made.size()).values();
      for (int j = 0; j < a.length; j++) {
        total += (a[j] - b[j]) * (a[j] - b[j]) / a.length;
      }
    }
    return total / real.size();
  }
}
