package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.figment.cuda.CudaDevices;
import dev.figment.data.SequenceDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.Likelihood;
import dev.figment.device.WatchedDevice;
import dev.figment.model.RvaeArchitecture;
import dev.figment.nn.Parameters;
import dev.figment.nn.Recurrent.Cell;
import dev.figment.optim.OptimizerKind;
import dev.figment.optim.OptimizerNumbers;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The recurrent VAE trained on the simulated GPU and on the CPU. Random numbers and data are the
 * same by construction; sums differ in their order. The simulated GPU's checks are on.
 */
@Tag("sim")
class RvaeDevicesTest {
  private Device gpu;
  private Device cpu;

  @BeforeEach
  void open() {
    gpu = CudaDevices.openShipped();
    cpu = Devices.open("cpu", 1).device();
  }

  @AfterEach
  void close() {
    cpu.close();
    gpu.close();
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void gradientsOfAStepAgree(Cell cell) {
    agree(
        RvaeModels.series(8),
        config(RvaeModels.ofNumbers(cell, Likelihood.GAUSSIAN_LEARNED, 2, true)).inputDropout(0.5));
    agree(RvaeModels.text(), config(RvaeModels.ofSymbols(cell, 1, false)).inputDropout(0.3));
  }

  @Test
  void gradientsOfAFreeDecoderAgree() {
    agree(
        RvaeModels.series(8),
        config(RvaeModels.ofNumbers(Cell.GRU, Likelihood.GAUSSIAN_LEARNED, 1, false))
            .freeRunning(true)
            .accumulate(2));
  }

  @ParameterizedTest
  @EnumSource(Cell.class)
  void gradientsOfALatentAStepAgree(Cell cell) {
    agree(
        RvaeModels.series(8),
        config(
                RvaeModels.ofNumbers(cell, Likelihood.GAUSSIAN_LEARNED, 1, true)
                    .withLatentPerStep(true))
            .inputDropout(0.5)
            .kl(new KlTerm(1, 0, 0, 0.01, 0, 0)));
    agree(
        RvaeModels.text(),
        config(RvaeModels.ofSymbols(cell, 1, false).withLatentPerStep(true)).accumulate(2));
  }

  private void agree(SequenceDataset data, RvaeConfig.Builder config) {
    config.optimizer(OptimizerKind.SGD, new OptimizerNumbers(0, 0, 0, false, 0)).learningRate(1e-3);
    try (RvaeTrainer on = new RvaeTrainer(gpu, config.build(), data);
        RvaeTrainer off = new RvaeTrainer(cpu, config.build(), data)) {
      RvaeStep mine = on.step();
      RvaeStep other = off.step();
      assertThat(mine.loss()).isCloseTo(other.loss(), within(1e-4 * Math.abs(other.loss())));
      for (Map.Entry<String, Parameters> part : off.rvae().parts().entrySet()) {
        for (String name : part.getValue().names()) {
          double[] expected = part.getValue().gradient(name).toDoubles();
          double[] found = on.rvae().parts().get(part.getKey()).gradient(name).toDoubles();
          assertThat(distance(found, expected))
              .as("%s.%s", part.getKey(), name)
              .isLessThanOrEqualTo(1e-4 * distance(expected, new double[expected.length]));
        }
      }
    }
  }

  private static double distance(double[] a, double[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(squares);
  }

  /** The weight of the KL and what is blanked change from one replay to the next. */
  @Test
  void replaysGiveTheBitsOfCalls() {
    RvaeConfig config =
        config(RvaeModels.ofSymbols(Cell.GRU, 1, false))
            .inputDropout(0.5)
            .kl(new KlTerm(1, 3, 0, 0.05, 0, 0))
            .gradientClip(1)
            .build();
    Device unrecorded = new WatchedDevice(gpu, (name, arguments) -> {});
    try (RvaeTrainer replayed = new RvaeTrainer(gpu, config, RvaeModels.text());
        RvaeTrainer called = new RvaeTrainer(unrecorded, config, RvaeModels.text())) {
      for (int i = 0; i < 4; i++) {
        assertThat(replayed.step()).isEqualTo(called.step());
      }
      assertThat(replayed.launches()).isNotEmpty();
      assertThat(called.launches()).isEmpty();
    }
  }

  private static RvaeConfig.Builder config(RvaeArchitecture architecture) {
    return RvaeConfig.of(architecture).batch(4);
  }
}
