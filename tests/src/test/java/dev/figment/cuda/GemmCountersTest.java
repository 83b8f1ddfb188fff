package dev.figment.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.DataType;
import dev.figment.device.GradientMode;
import dev.figment.device.LaunchCounter;
import dev.figment.device.LaunchReport;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the GEMM kernels do, counted: no bank conflict, and the traffic of the tile model. */
@Tag("sim")
class GemmCountersTest {
  private static final int SECTOR = 32;

  /** The least share of fused multiply-adds in the main loop. */
  private static final double MAIN_LOOP = 0.73;

  /**
   * What the main loop is written with, besides itself. The epilogue uses some of it too, so that
   * the shares are a little too low.
   */
  private static final Pattern SHARED =
      Pattern.compile("/((loaders|block|storage)\\.cuh|formulas\\.h)$");

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

  /**
   * A layer for each tile, with the least share of fused multiply-adds among all instructions of
   * the kernel, prologue and epilogue included.
   */
  static Stream<Arguments> layers() {
    return Stream.of(
        Arguments.of(GemmTile.LARGE, 2048, GemmPlan.dense(512, 1536), 0.80),
        Arguments.of(GemmTile.MEDIUM, 2, ConvGeometry.same(16, 16, 64, 64, 3, 1), 0.70),
        Arguments.of(GemmTile.NARROW, 16, ConvGeometry.same(16, 16, 128, 32, 3, 1), 0.65),
        Arguments.of(GemmTile.FLAT, 32, GemmPlan.dense(512, 6272), 0.65));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void forward(GemmTile tile, int batch, ConvGeometry g, double share) {
    GemmPlan plan = GemmPlan.conv(g, batch);
    assertThat(plan.tile()).isEqualTo(tile);
    Tensor x = tensor(g.large(batch));
    Tensor w = tensor(g.weights());
    Tensor y = tensor(g.small(batch));
    check(plan, share, g.nominalFlops(batch), () -> convolve(y, x, w, g));
  }

  private void convolve(Tensor y, Tensor x, Tensor w, ConvGeometry g) {
    device.kernels().convForward(y, x, w, null, Activation.IDENTITY, g);
  }

  @ParameterizedTest
  @MethodSource("strided")
  void phases(int batch, ConvGeometry g) {
    Tensor x = tensor(g.small(batch));
    Tensor w = tensor(g.weights());
    Tensor y = tensor(g.large(batch));
    check(
        GemmPlan.convTranspose(g, batch),
        0.5,
        g.nominalFlops(batch),
        () -> device.kernels().convTransposeForward(y, x, w, null, Activation.IDENTITY, g));
  }

  static Stream<Arguments> strided() {
    return Stream.of(Arguments.of(4, ConvGeometry.transposedSame(8, 8, 64, 64, 4, 2)));
  }

  @ParameterizedTest
  @MethodSource("strided")
  void weights(int batch, ConvGeometry g) {
    Tensor small = tensor(g.small(batch));
    Tensor large = tensor(g.large(batch));
    Tensor dw = tensor(g.weights());
    Tensor dbias = tensor(Shape.of(g.smallChannels()));
    check(
        GemmPlan.weights(g, batch),
        0.5,
        g.nominalFlops(batch),
        () ->
            device
                .kernels()
                .convBackwardWeights(dw, dbias, small, large, g, GradientMode.OVERWRITE));
  }

  /** A layer's product and its gradients. */
  enum Direction {
    FORWARD,
    BACKWARD_DATA,
    BACKWARD_WEIGHTS;

    GemmPlan plan(ConvGeometry g, int batch) {
      return switch (this) {
        case FORWARD -> GemmPlan.conv(g, batch);
        case BACKWARD_DATA -> GemmPlan.convTranspose(g, batch);
        case BACKWARD_WEIGHTS -> GemmPlan.weights(g, batch);
      };
    }
  }

  /**
   * Layers of the default GAN, some with split depths; in a full run its largest and those of
   * DCGAN-64 too.
   */
  static Stream<Arguments> ofNetworks() {
    Stream<ConvGeometry> always =
        Stream.of(
            GemmPlan.dense(100, 12544),
            ConvGeometry.same(14, 14, 64, 128, 5, 2),
            GemmPlan.dense(6272, 1));
    Stream<ConvGeometry> large =
        Stream.of(
            ConvGeometry.transposedSame(7, 7, 256, 128, 5, 1),
            ConvGeometry.transposedSame(4, 4, 1024, 512, 5, 2),
            ConvGeometry.transposedSame(8, 8, 512, 256, 5, 2),
            ConvGeometry.transposedSame(16, 16, 256, 128, 5, 2));
    boolean full = Boolean.getBoolean("figment.full");
    return Stream.concat(always, full ? large : Stream.empty())
        .flatMap(g -> Arrays.stream(Direction.values()).map(it -> Arguments.of(it, g)));
  }

  /**
   * At a batch of 16 a product moves to and from DRAM, from an empty cache and with what waits in
   * it to be written, about its operands and itself: sums of parts are discarded once added, before
   * weights as large as the cache have passed through it.
   */
  @ParameterizedTest
  @MethodSource("ofNetworks")
  void whatPartsLeaveNeedsNoDram(Direction direction, ConvGeometry g) {
    int batch = 16;
    Tensor large = tensor(g.large(batch));
    Tensor small = tensor(g.small(batch));
    Tensor w = tensor(g.weights());
    counter.count(true);
    switch (direction) {
      case FORWARD -> convolve(small, large, w, g);
      case BACKWARD_DATA -> device.kernels().convBackwardData(large, small, w, g);
      case BACKWARD_WEIGHTS ->
          device.kernels().convBackwardWeights(w, null, small, large, g, GradientMode.OVERWRITE);
    }
    LaunchReport.Launch launch = counter.report().launches().get(0);
    LaunchReport.Dram dram = launch.counts().dram();
    double moved = dram.readBytes() + dram.writeBytes() + launch.l2DirtyBytes();
    long least = Float.BYTES * (large.count() + small.count() + w.count());
    assertThat(moved / least).as("DRAM of %s", direction.plan(g, batch)).isLessThan(1.25);
  }

  /** The test above is about sums of parts: they are more than it lets pass. */
  @Test
  void partsOfDepthsLeaveMuch() {
    ConvGeometry g = ConvGeometry.same(14, 14, 64, 128, 5, 2);
    for (Direction direction : Direction.values()) {
      assertThat(Float.BYTES * direction.plan(g, 16).partials())
          .as("sums of parts %s", direction)
          .isGreaterThan(
              Float.BYTES * (g.large(16).count() + g.small(16).count() + g.weights().count()) / 4);
    }
  }

  /** With statistics, the two save what reading the product for its moments takes. */
  @ParameterizedTest
  @MethodSource("strided")
  void statisticsSpareBatchNormARead(int batch, ConvGeometry g) {
    Tensor x = tensor(g.small(batch));
    Tensor w = tensor(g.weights());
    Tensor y = tensor(g.large(batch));
    Tensor normalized = tensor(y.shape());
    Tensor[] vectors = new Tensor[6];
    Arrays.setAll(vectors, i -> tensor(Shape.of(g.channels())));
    int tiles = device.kernels().convTransposeStatisticsTiles(g, batch);
    Tensor statistics = tensor(Shape.of(tiles, 3, g.channels()));
    long without =
        requested(
            () -> {
              device.kernels().convTransposeForward(y, x, w, null, Activation.IDENTITY, g);
              normalize(normalized, y, null, vectors);
            });
    long with =
        requested(
            () -> {
              device.kernels().convTransposeForwardWithStatistics(y, statistics, x, w, null, g);
              normalize(normalized, y, statistics, vectors);
            });
    // The statistics are written once and their counts and means read twice.
    long rest = Float.BYTES * (3 + 5) * statistics.count() / 3;
    assertThat(without - with).isGreaterThanOrEqualTo(Float.BYTES * y.count() - 2 * rest);
  }

  private void normalize(Tensor out, Tensor in, Tensor statistics, Tensor[] v) {
    device
        .kernels()
        .batchNormForward(
            out,
            v[0],
            v[1],
            v[2],
            v[3],
            in,
            statistics,
            v[4],
            v[5],
            0.8,
            1e-3,
            Activation.IDENTITY);
  }

  private long requested(Runnable calls) {
    counter.reset();
    counter.count(true);
    calls.run();
    counter.count(false);
    return counter.report().launches().stream()
        .mapToLong(launch -> sectors(launch.counts()) * SECTOR)
        .sum();
  }

  private static long sectors(LaunchReport.Counts counts) {
    return counts.globalLoad().sectors() + counts.globalStore().sectors();
  }

  private Tensor tensor(Shape shape) {
    return resources.own(device.allocate(DataType.REAL, shape));
  }

  private void check(GemmPlan plan, double share, long flops, Runnable call) {
    counter.count(true);
    call.run();
    LaunchReport report = counter.report();
    assertThat(report.launches()).hasSize(1);
    assertThat(report.launches().get(0).kernel()).contains("_" + plan.tile() + "_vector");
    LaunchReport.Counts counts = report.launches().get(0).counts();
    assertThat(counts.sharedLoad().conflicts()).isZero();
    assertThat(counts.sharedStore().conflicts()).isZero();
    long requested = SECTOR * sectors(counts);
    assertThat(requested).isLessThanOrEqualTo((long) (1.1 * plan.requestedBytes()));
    // The useful products, and the sums of split depths: nothing is multiplied by inserted zeros.
    assertThat(counts.flops().total()).isBetween(flops, flops + flops / 50);
    double found = counts.flops().total() / 2.0 / counts.instructions().thread();
    assertThat(found).isGreaterThan(share);
    assertThat(flops / 2.0 / mainLoop(report)).as("FMA in the main loop").isGreaterThan(MAIN_LOOP);
  }

  /**
   * Instructions of threads in the lines of the main loop: what brings operands to shared memory
   * and multiplies them, with the loaders and the functions that it uses.
   */
  private static long mainLoop(LaunchReport report) {
    List<String> source = lines("implicit_gemm.cuh");
    int first = source.indexOf("// ---- from global memory through registers to shared memory");
    int end = source.indexOf("// ---- a K that several blocks share");
    assertThat(first).as("where the main loop begins").isBetween(0, end);
    long sum = 0;
    for (LaunchReport.Line line : report.kernels().get(0).lines()) {
      boolean within = line.line() > first && line.line() <= end;
      if (line.file().endsWith("/implicit_gemm.cuh")
          ? within
          : SHARED.matcher(line.file()).find()) {
        sum += line.instructions().thread();
      }
    }
    return sum;
  }

  private static List<String> lines(String kernelFile) {
    try {
      return Files.readAllLines(Path.of("../kernels", kernelFile));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
