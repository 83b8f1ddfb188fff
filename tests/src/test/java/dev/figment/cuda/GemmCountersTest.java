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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
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

  /** The gradients and the product of a layer whose depths are split. */
  enum Direction {
    FORWARD,
    BACKWARD_DATA,
    BACKWARD_WEIGHTS
  }

  /**
   * Parts of a depth leave their sums in memory that each product takes again, so that in a step
   * they stay in the cache: of two products the second moves to and from DRAM what it must.
   */
  @ParameterizedTest
  @EnumSource
  void sumsOfPartsStayInTheCache(Direction direction) {
    ConvGeometry g = ConvGeometry.same(14, 14, 64, 64, 5, 2);
    int batch = 16;
    GemmPlan plan =
        switch (direction) {
          case FORWARD -> GemmPlan.conv(g, batch);
          case BACKWARD_DATA -> GemmPlan.convTranspose(g, batch);
          case BACKWARD_WEIGHTS -> GemmPlan.weights(g, batch);
        };
    long least =
        Float.BYTES * (g.large(batch).count() + g.small(batch).count() + g.weights().count());
    assertThat(plan.split()).as("parts").isGreaterThan(1);
    assertThat(Float.BYTES * plan.partials()).as("their sums").isGreaterThan(least / 4);
    Tensor[][] tensors = new Tensor[2][];
    for (int i = 0; i < 2; i++) {
      tensors[i] =
          new Tensor[] {tensor(g.large(batch)), tensor(g.small(batch)), tensor(g.weights())};
    }
    counter.count(true);
    for (Tensor[] t : tensors) {
      switch (direction) {
        case FORWARD -> convolve(t[1], t[0], t[2], g);
        case BACKWARD_DATA -> device.kernels().convBackwardData(t[0], t[1], t[2], g);
        case BACKWARD_WEIGHTS ->
            device.kernels().convBackwardWeights(t[2], null, t[1], t[0], g, GradientMode.OVERWRITE);
      }
    }
    List<LaunchReport.Launch> launches = counter.report().launches();
    assertThat(launches).hasSize(2);
    LaunchReport.Dram dram = launches.get(1).counts().dram();
    long left = launches.get(1).l2DirtyBytes() - launches.get(0).l2DirtyBytes();
    assertThat((double) (dram.readBytes() + dram.writeBytes() + left))
        .as("bytes of DRAM")
        .isLessThanOrEqualTo(1.25 * least);
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
