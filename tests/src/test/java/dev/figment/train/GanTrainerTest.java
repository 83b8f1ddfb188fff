package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.data.ImageDataset;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.FigmentException;
import dev.figment.device.Tensor;
import dev.figment.model.GanArchitecture;
import dev.figment.optim.Schedule;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a step changes, and what a checkpoint must hold. */
class GanTrainerTest {
  private static final int SIDE = 8;

  @Test
  void aStepChangesEveryPartOfTheState() {
    try (Device device = Devices.open("cpu", 1).device();
        GanTrainer trainer = new GanTrainer(device, config(SIDE), data())) {
      Map<String, Tensor> state = trainer.state();
      Map<String, double[]> before = new TreeMap<>();
      state.forEach((name, tensor) -> before.put(name, numbers(tensor)));
      trainer.step();

      state.forEach(
          (name, tensor) -> assertThat(numbers(tensor)).as(name).isNotEqualTo(before.get(name)));
      assertThat(state)
          .containsKeys(
              "generator.dense_1.weight",
              "generator.adam.m",
              "generator.adam.v",
              "generator.adam.step",
              "discriminator.conv_1.weight",
              "discriminator.adam.m",
              "random.counter");
    }
  }

  @Test
  void everyPartOfTheStateMustBeFinite() {
    try (Device device = Devices.open("cpu", 1).device();
        GanTrainer trainer = new GanTrainer(device, config(SIDE), data())) {
      trainer.step();
      assertThat(trainer.isFinite()).isTrue();
      trainer
          .state()
          .forEach(
              (name, tensor) -> {
                if (tensor.type() == DataType.REAL) {
                  double[] values = tensor.toDoubles();
                  double[] broken = values.clone();
                  broken[broken.length - 1] = Double.POSITIVE_INFINITY;
                  tensor.write(broken);
                  assertThat(trainer.isFinite()).as(name).isFalse();
                  tensor.write(values);
                }
              });
      assertThat(trainer.isFinite()).isTrue();
    }
  }

  @Test
  void aStepAllocatesNothing() {
    try (CountingDevice device =
            new CountingDevice(Devices.open("cpu", 1).device(), Integer.MAX_VALUE);
        GanTrainer trainer = new GanTrainer(device, everything(), data())) {
      int planned = device.allocations();
      trainer.step();
      trainer.step();
      trainer.prepareSampling();

      assertThat(device.allocations()).isEqualTo(planned);
      assertThat(device.open()).isEqualTo(planned);
    }
  }

  @Test
  void whereMemoryRunsOutNothingIsKept() {
    try (Device cpu = Devices.open("cpu", 1).device()) {
      int needed;
      CountingDevice ample = new CountingDevice(cpu, Integer.MAX_VALUE);
      try (GanTrainer trainer = new GanTrainer(ample, everything(), data());
          Sampler sampler = new Sampler(ample, trainer.gan().generator(), 2)) {
        needed = ample.allocations();
        sampler.sample(1, 3);
        assertThat(ample.allocations()).isEqualTo(needed);
      }
      assertThat(ample.open()).isZero();
      assertThat(needed).isGreaterThan(20);

      for (int most = 0; most < needed; most++) {
        CountingDevice scarce = new CountingDevice(cpu, most);
        assertThatThrownBy(
                () -> {
                  try (GanTrainer trainer = new GanTrainer(scarce, everything(), data());
                      Sampler sampler = new Sampler(scarce, trainer.gan().generator(), 2)) {
                    sampler.sample(1, 3);
                  }
                })
            .hasMessage("This memory is full.");
        assertThat(scarce.open()).as("still held where %d allocations succeed", most).isZero();
      }
    }
  }

  @Test
  void refusesImagesOfAnotherSize() {
    try (Device device = Devices.open("cpu", 1).device()) {
      assertThatThrownBy(() -> new GanTrainer(device, config(2 * SIDE), data()))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("make images of 16x16x1 and grey holds images of 8x8x1");
    }
  }

  private static double[] numbers(Tensor tensor) {
    return tensor.type() == DataType.REAL
        ? tensor.toDoubles()
        : Arrays.stream(tensor.toInts()).asDoubleStream().toArray();
  }

  private static GanConfig config(int side) {
    return builder(side).build();
  }

  private static GanConfig everything() {
    return builder(SIDE)
        .accumulate(2)
        .gradientClip(1)
        .weightClip(1)
        .ema(0.9)
        .schedule(new Schedule(Schedule.Kind.LINEAR, 9, 2))
        .build();
  }

  private static GanConfig.Builder builder(int side) {
    return GanConfig.of(new GanArchitecture(side, side, 1, 10, 4))
        .batch(4)
        .learningRates(1e-3, 1e-3);
  }

  private static ImageDataset data() {
    byte[] pixels = new byte[8 * SIDE * SIDE];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 5);
    }
    return new ImageDataset("grey", 8, SIDE, SIDE, 1, pixels, null);
  }
}
