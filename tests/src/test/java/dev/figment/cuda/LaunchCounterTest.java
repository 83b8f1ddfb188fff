package dev.figment.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.DataType;
import dev.figment.device.Devices;
import dev.figment.device.LaunchCounter;
import dev.figment.device.LaunchReport;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The simulated GPU's counters as a program in Java reads them. */
@Tag("sim")
class LaunchCounterTest {
  private static final int ELEMENTS = 1 << 14;

  private final Resources resources = new Resources();
  private CudaDevice device;
  private LaunchCounter counter;

  @BeforeEach
  void open() {
    device = resources.own(CudaDevices.open());
    counter = device.counter().orElseThrow();
  }

  @AfterEach
  void close() {
    counter.count(false);
    counter.reset();
    resources.close();
  }

  private Tensor tensor() {
    return resources.own(device.allocate(DataType.REAL, Shape.of(ELEMENTS)));
  }

  @Test
  void countsTheCallsBetweenItsOwn() {
    Tensor y = tensor();
    device.kernels().fill(y, 1);
    counter.count(true);
    device.kernels().fill(y, 2);
    device.kernels().fill(y, 3);
    counter.count(false);
    device.kernels().fill(y, 4);
    LaunchReport report = counter.report();
    assertThat(report.kernels()).singleElement().matches(kernel -> kernel.launches() == 2);
    assertThat(report.launchesNotListed()).isZero();
    assertThat(report.launches()).hasSize(2);
    LaunchReport.Launch launch = report.launches().get(0);
    assertThat(launch.kernel()).isEqualTo(report.kernels().get(0).kernel()).contains("fill");
    assertThat(launch.grid().count() * launch.block().count()).isGreaterThan(32);
    assertThat(report.launches().get(1).counts()).isEqualTo(launch.counts());

    LaunchReport.Counts counts = launch.counts();
    long bytes = 4L * ELEMENTS;
    assertThat(counts.globalStore().bytes()).isEqualTo(bytes);
    assertThat(counts.globalStore().distinctBytes()).isEqualTo(bytes);
    assertThat(counts.globalStore().sectors()).isEqualTo(bytes / 32);
    assertThat(counts.globalLoad().requests()).isZero();
    assertThat(counts.dram()).isEqualTo(new LaunchReport.Dram(0, 0));
    assertThat(launch.l2DirtyBytes()).isEqualTo(bytes);
    assertThat(counts.flops().total()).isZero();
    assertThat(counts.classes().get("global_store").warp())
        .isEqualTo(counts.globalStore().requests());
    assertThat(counts.lanesPerInstruction())
        .isCloseTo(
            (double) counts.instructions().thread() / counts.instructions().warp(), within(1e-4));
    assertThat(report.kernels().get(0).counts().globalStore().bytes()).isEqualTo(2 * bytes);
  }

  @Test
  void beginsAgainAtNothing() {
    Tensor x = tensor();
    counter.count(true);
    device.kernels().sum(x.rows(0, 1), x);
    assertThat(counter.report().kernels())
        .singleElement()
        .matches(kernel -> kernel.counts().sharedLoad().requests() > 0)
        .matches(kernel -> kernel.counts().barriers().thread() > 0)
        .matches(kernel -> kernel.counts().dram().readBytes() >= 4L * ELEMENTS);
    device.kernels().sum(x.rows(0, 1), x);
    LaunchReport.Counts again = counter.report().launches().get(1).counts();
    assertThat(again.globalLoad().bytes()).isGreaterThanOrEqualTo(4L * ELEMENTS);
    assertThat(again.dram().readBytes()).as("all of it lies in the cache").isZero();
    counter.reset();
    assertThat(counter.report().kernels()).isEmpty();
    assertThat(counter.report().launches()).isEmpty();
    device.kernels().fill(x, 1);
    assertThat(counter.report().launches()).hasSize(1);
  }

  @Test
  void otherDevicesCountNothing() {
    try (var cpu = Devices.open("cpu", 1).device()) {
      assertThat(cpu.counter()).isEmpty();
    }
  }
}
