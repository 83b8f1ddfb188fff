package dev.figment.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.DataType;
import dev.figment.device.FigmentException;
import dev.figment.device.KernelLaunch;
import dev.figment.device.Kernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Kernel calls recorded once and replayed. */
@Tag("sim")
class CudaGraphTest {
  private static final int PARAMETERS = 1003;
  private static final int STEPS = 4;

  private final Resources resources = new Resources();
  private CudaDevice device;

  @BeforeEach
  void open() {
    device = resources.own(CudaDevices.open());
  }

  @AfterEach
  void close() {
    resources.close();
  }

  /** A step of training in small: a counter, fresh noise for a gradient, its norm, Adam. */
  private final class Training {
    final Tensor counter = resources.own(device.allocate(DataType.INT32, Shape.of(1)));
    final Tensor rate = resources.own(device.allocate(DataType.REAL, Shape.of(1)));
    final Tensor values = resources.own(device.allocate(DataType.REAL, Shape.of(PARAMETERS)));
    final Tensor m = resources.own(device.allocate(DataType.REAL, Shape.of(PARAMETERS)));
    final Tensor v = resources.own(device.allocate(DataType.REAL, Shape.of(PARAMETERS)));
    final Tensor gradients = resources.own(device.allocate(DataType.REAL, Shape.of(PARAMETERS)));
    final Tensor norm = resources.own(device.allocate(DataType.REAL, Shape.of(1)));

    Training() {
      rate.write(0.01f);
    }

    void step() {
      Kernels kernels = device.kernels();
      kernels.increment(counter);
      kernels.normal(gradients, 0, 1, new RandomStream(5, counter, RandomStream.LATENT));
      kernels.sumOfSquares(norm, gradients);
      kernels.adam(values, m, v, gradients, counter, rate, 0.5, 0.999, 1e-8, 0.01);
    }
  }

  @Test
  void replaysGiveWhatCallsGive() {
    Training called = new Training();
    Training replayed = new Training();
    called.step();
    replayed.step(); // outside the recording, which may not allocate
    try (CudaGraph graph = device.record(replayed::step)) {
      assertThat(replayed.counter.toInts()).as("recording runs nothing").containsExactly(1);
      assertThat(graph.launches())
          .extracting(KernelLaunch::kernel)
          .containsExactly(
              "random.increment", "random.normal", "reduction.sum_of_squares", "optimizer.adam");
      for (int i = 1; i < STEPS; i++) {
        called.step();
        graph.replay();
      }
      assertThat(replayed.counter.toInts()).containsExactly(STEPS);
      assertThat(replayed.values.toFloats()).isEqualTo(called.values.toFloats());
      assertThat(replayed.v.toFloats()).isEqualTo(called.v.toFloats());
      assertThat(replayed.norm.toFloats()).isEqualTo(called.norm.toFloats());

      // A learning rate that changes in memory changes what a replay does.
      called.rate.write(0f);
      replayed.rate.write(0f);
      float[] before = replayed.values.toFloats();
      graph.replay();
      assertThat(replayed.values.toFloats()).isEqualTo(before);
      assertThat(replayed.counter.toInts()).containsExactly(STEPS + 1);
    }
  }

  @Test
  void aRecordingTakesKernelCallsAlone() {
    Training training = new Training();
    assertThatThrownBy(() -> device.record(() -> training.rate.write(1f)))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("write was called while kernels are being recorded");
    assertThatThrownBy(() -> device.record(() -> device.allocate(DataType.REAL, 1)))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("allocate was called while");
    assertThatThrownBy(() -> device.record(training.norm.memory()::close))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("close was called while");
    assertThatThrownBy(() -> device.record(() -> device.record(() -> {})))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("record was called while");
    // Kernels that were recorded before the failure are dropped, and the device goes on.
    assertThatThrownBy(
            () ->
                device.record(
                    () -> {
                      device.kernels().increment(training.counter);
                      throw new IllegalStateException("the step's own failure");
                    }))
        .hasMessage("the step's own failure");
    assertThat(training.counter.toInts()).containsExactly(0);
    training.step();
    assertThat(training.counter.toInts()).containsExactly(1);
  }

  @Test
  void aRecordingThatNeedsScratchMemoryAsksForARunBefore() {
    Training training = new Training();
    assertThatThrownBy(() -> device.record(training::step))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("run the step once before it is recorded");
  }

  /** Scratch memory that grew since must not be pulled from under a recording. */
  @Test
  void aRecordingKeepsItsScratchMemory() {
    Training training = new Training();
    training.step();
    try (CudaGraph graph = device.record(training::step)) {
      Tensor large = resources.own(device.allocate(DataType.REAL, Shape.of(1 << 20)));
      device.kernels().sum(training.norm, large);
      graph.replay();
      float[] gradients = training.gradients.toFloats();
      double expected = 0;
      for (float gradient : gradients) {
        expected += (double) gradient * gradient;
      }
      assertThat(training.norm.toFloats()[0]).isCloseTo((float) expected, within(1e-3f));
    }
  }

  @Test
  void aClosedRecordingIsNotReplayed() {
    Training training = new Training();
    training.step();
    CudaGraph graph = device.record(training::step);
    graph.close();
    graph.close();
    assertThatThrownBy(graph::replay)
        .isInstanceOf(FigmentException.class)
        .hasMessage("replay was called on a recording that was closed.");
  }
}
