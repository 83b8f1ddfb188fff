package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.figment.cuda.CudaDevices;
import dev.figment.data.ImageDataset;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientPenalty;
import dev.figment.device.KernelLaunch;
import dev.figment.device.Tensor;
import dev.figment.device.WatchedDevice;
import dev.figment.model.GanArchitecture;
import dev.figment.nn.Network;
import dev.figment.optim.OptimizerKind;
import dev.figment.optim.Schedule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The GAN trained on the simulated GPU and on the CPU. Random numbers and data are the same by
 * construction; sums differ in their order. The simulated GPU's checks are on.
 */
@Tag("sim")
class GanDevicesTest {
  private static final int SIDE = 8;
  private static final int BATCH = 4;
  private static final int CLASSES = 3;

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

  @Test
  void gradientsOfAStepAgree() {
    try (GanTrainer on = trainer(gpu, OptimizerKind.SGD, 8, 0.05);
        GanTrainer off = trainer(cpu, OptimizerKind.SGD, 8, 0.05)) {
      on.step();
      off.step();
      sameGradients(on.gan().generator(), off.gan().generator());
      sameGradients(on.gan().discriminator(), off.gan().discriminator());
    }
  }

  private static void sameGradients(Network mine, Network other) {
    for (String name : other.parameters().names()) {
      if (other.parameters().isTrained(name)) {
        double[] expected = other.parameters().gradient(name).toDoubles();
        assertThat(distance(mine.parameters().gradient(name).toDoubles(), expected))
            .as(name)
            .isLessThanOrEqualTo(1e-4 * distance(expected, new double[expected.length]));
      }
    }
  }

  @Test
  void weightsAfterTwentyStepsAgree() {
    try (GanTrainer on = trainer(gpu, OptimizerKind.SGD, 8, 0.05);
        GanTrainer off = trainer(cpu, OptimizerKind.SGD, 8, 0.05)) {
      Map<String, double[]> before = reals(off);
      assertThat(reals(on).keySet()).isEqualTo(before.keySet());
      for (int step = 0; step < 20; step++) {
        on.step();
        off.step();
      }
      Map<String, double[]> mine = reals(on);
      reals(off)
          .forEach(
              (name, expected) ->
                  assertThat(distance(mine.get(name), expected))
                      .as(name)
                      .isLessThan(1e-3 * distance(expected, before.get(name))));
    }
  }

  @Test
  void lossesOfTheFirstStepsAgreeUnderAdam() {
    try (GanTrainer on = trainer(gpu, OptimizerKind.ADAM, 8, 1e-3);
        GanTrainer off = trainer(cpu, OptimizerKind.ADAM, 8, 1e-3)) {
      for (int i = 0; i < 5; i++) {
        GanStep mine = on.step();
        GanStep other = off.step();
        assertThat(mine.discriminatorLoss()).isCloseTo(other.discriminatorLoss(), within(1e-3));
        assertThat(mine.generatorLoss()).isCloseTo(other.generatorLoss(), within(1e-3));
      }
    }
  }

  @Test
  void replaysGiveTheBitsOfCalls() {
    replays(3, config(OptimizerKind.ADAM, 8, 1e-3));
    replays(3, config(OptimizerKind.ADAM, 8, 1e-3).criticSteps(2));
    replays(
        3,
        config(OptimizerKind.RMSPROP, 8, 1e-3)
            .loss(GanLoss.WASSERSTEIN)
            .weightClip(0.01)
            .gradientClip(0.1)
            .accumulate(2)
            .ema(0.9)
            .schedule(new Schedule(Schedule.Kind.COSINE, 9, 2)));
    replays(
        3,
        config(OptimizerKind.ADAMW, 8, 1e-3)
            .loss(GanLoss.LEAST_SQUARES)
            .labelSmoothing(0.1)
            .weightDecay(0.01));
    replays(
        4,
        config(OptimizerKind.SGD, 8, 1e-2)
            .loss(GanLoss.HINGE)
            .penalty(GradientPenalty.ZERO_CENTRED, 10, 2)
            .momentum(0.9, true)
            .schedule(new Schedule(Schedule.Kind.STEP, 2, 1)));
  }

  @Test
  void replaysOfPenaltiesGiveTheBitsOfCalls() {
    replays(
        3,
        config(OptimizerKind.ADAM, 8, 1e-3)
            .loss(GanLoss.WASSERSTEIN)
            .penalty(GradientPenalty.ONE_CENTRED, 10, 1)
            .spectralNorm(true)
            .criticSteps(2));
    replays(
        4,
        config(OptimizerKind.ADAM, 8, 1e-3, CLASSES)
            .penalty(GradientPenalty.ONE_CENTRED, 10, 2)
            .accumulate(2));
  }

  /** The first step of each kind, with a penalty or without, is called; later ones are replayed. */
  private void replays(int steps, GanConfig.Builder config) {
    Device unrecorded = new WatchedDevice(gpu, (name, arguments) -> {});
    try (GanTrainer replayed = new GanTrainer(gpu, config.build(), data(SIDE));
        GanTrainer called = new GanTrainer(unrecorded, config.build(), data(SIDE))) {
      for (int i = 0; i < steps; i++) {
        assertThat(replayed.step()).isEqualTo(called.step());
        replayed.prepareSampling();
        called.prepareSampling();
      }
      assertThat(replayed.launches()).isNotEmpty();
      assertThat(called.launches()).isEmpty();
      Map<String, double[]> mine = reals(replayed);
      reals(called)
          .forEach((name, values) -> assertThat(mine.get(name)).as(name).isEqualTo(values));
    }
  }

  @Test
  void everyOptionAgreesWithTheCpu() {
    GanConfig config =
        config(OptimizerKind.SGD, 8, 0.05)
            .loss(GanLoss.LEAST_SQUARES)
            .labelSmoothing(0.1)
            .momentum(0.5, true)
            .weightDecay(0.01)
            .weightClip(0.5)
            .gradientClip(0.3)
            .penalty(GradientPenalty.ZERO_CENTRED, 1, 2)
            .accumulate(2)
            .ema(0.9)
            .schedule(new Schedule(Schedule.Kind.COSINE, 9, 2))
            .build();
    agree(config);
  }

  @Test
  void gradientPenaltyAndSpectralNormAgreeWithTheCpu() {
    agree(
        config(OptimizerKind.SGD, 8, 0.05)
            .loss(GanLoss.LEAST_SQUARES) // wasserstein's last bias has a gradient of rounding alone
            .penalty(GradientPenalty.ONE_CENTRED, 2, 2)
            .spectralNorm(true)
            .accumulate(2)
            .build());
  }

  @Test
  void labelsAgreeWithTheCpu() {
    agree(
        config(OptimizerKind.SGD, 8, 0.05, CLASSES)
            .loss(GanLoss.LEAST_SQUARES)
            .weightClip(0.5)
            .penalty(GradientPenalty.ZERO_CENTRED, 1, 2)
            .criticSteps(2)
            .accumulate(2)
            .ema(0.9)
            .build());
  }

  private void agree(GanConfig config) {
    try (GanTrainer on = new GanTrainer(gpu, config, data(SIDE));
        GanTrainer off = new GanTrainer(cpu, config, data(SIDE))) {
      Map<String, double[]> before = reals(off);
      for (int step = 0; step < 5; step++) {
        on.step();
        off.step();
      }
      on.prepareSampling();
      off.prepareSampling();
      Map<String, double[]> mine = reals(on);
      reals(off)
          .forEach(
              (name, expected) ->
                  assertThat(distance(mine.get(name), expected))
                      .as(name)
                      .isLessThanOrEqualTo(1e-3 * distance(expected, before.get(name))));
    }
  }

  /** At 28 x 28, as by default; the widths do not matter from 8 on. */
  @Test
  void aStepIsAFewLaunches() {
    GanConfig config = GanConfig.of(new GanArchitecture(28, 28, 1, 10, 8)).batch(BATCH).build();
    try (GanTrainer trainer = new GanTrainer(gpu, config, data(28))) {
      trainer.step();
      assertThat(trainer.launches()).as("the first step is not recorded").isEmpty();
      trainer.step();
      List<String> names = trainer.launches().stream().map(KernelLaunch::kernel).toList();
      assertThat(names).as("%s", names).hasSize(56); // 54 kernels and 2 copies
      assertThat(names)
          .doesNotContain("reduction.column_sum") // bias gradients come with those of the weights
          .doesNotContain("activation.activation_forward", "activation.activation_backward")
          .doesNotContain("dropout.dropout_forward", "dropout.dropout_backward")
          .doesNotContain("batch_norm.batch_norm_statistics") // they come with the products
          .contains("optimizer.adam", "image_layer.image_transposed_32");
    }
  }

  /** All numbers that a step may change, by name. */
  private static Map<String, double[]> reals(GanTrainer trainer) {
    Map<String, double[]> reals = new LinkedHashMap<>();
    for (Map.Entry<String, Tensor> entry : trainer.state().entrySet()) {
      if (entry.getValue().type() == DataType.REAL) {
        reals.put(entry.getKey(), entry.getValue().toDoubles());
      }
    }
    return reals;
  }

  private static double distance(double[] a, double[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(squares);
  }

  private static GanTrainer trainer(
      Device device, OptimizerKind optimizer, int width, double rate) {
    return new GanTrainer(device, config(optimizer, width, rate).build(), data(SIDE));
  }

  private static GanConfig.Builder config(OptimizerKind optimizer, int width, double rate) {
    return config(optimizer, width, rate, 0);
  }

  private static GanConfig.Builder config(
      OptimizerKind optimizer, int width, double rate, int classes) {
    return GanConfig.of(new GanArchitecture(SIDE, SIDE, 1, 10, width).conditionalOn(classes))
        .batch(BATCH)
        .learningRates(rate, rate)
        .optimizer(optimizer);
  }

  private static ImageDataset data(int side) {
    byte[] pixels = new byte[16 * side * side];
    new Random(3).nextBytes(pixels);
    byte[] labels = new byte[16];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (byte) (i % CLASSES);
    }
    return new ImageDataset("noise", 16, side, side, 1, pixels, labels);
  }
}
