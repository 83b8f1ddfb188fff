package dev.figment.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.DataType;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.NotSupportedException;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a convolution, or a transposed one, leaves of its output for a batch norm: against the
 * output itself, and as the batch norm takes it. A device that gives nothing says so.
 */
class ConvStatisticsContract extends ContractTest {
  private static final double EPSILON = 1e-3;
  private static final Tolerance NORMALIZED =
      Tolerance.loosened(2e-3, 1e-3, "inverse deviations up to 32 magnify a product's rounding");

  /** A case, one way or the other. */
  record Case(ConvCase of, boolean transposed) {
    ConvGeometry geometry() {
      return of.geometry();
    }

    Shape input() {
      return transposed ? geometry().small(of.batch()) : geometry().large(of.batch());
    }

    Shape output() {
      return transposed ? geometry().large(of.batch()) : geometry().small(of.batch());
    }

    int channels() {
      return output().size(-1);
    }

    int tiles(Kernels kernels) {
      return transposed
          ? kernels.convTransposeStatisticsTiles(geometry(), of.batch())
          : kernels.convStatisticsTiles(geometry(), of.batch());
    }

    void forward(Kernels kernels, Tensor statistics, Map<String, Tensor> t) {
      Tensor y = t.get("y");
      Tensor x = t.get("x");
      Tensor w = t.get("w");
      Tensor bias = t.get("bias");
      if (transposed) {
        kernels.convTransposeForwardWithStatistics(y, statistics, x, w, bias, geometry());
      } else {
        kernels.convForwardWithStatistics(y, statistics, x, w, bias, geometry());
      }
    }

    void forward(Kernels kernels, Map<String, Tensor> t) {
      Tensor y = t.get("y");
      Tensor x = t.get("x");
      Tensor w = t.get("w");
      Tensor bias = t.get("bias");
      if (transposed) {
        kernels.convTransposeForward(y, x, w, bias, Activation.IDENTITY, geometry());
      } else {
        kernels.convForward(y, x, w, bias, Activation.IDENTITY, geometry());
      }
    }
  }

  /** Some of the convolutions' cases, and one for each of phases that differ, tiles and parts. */
  static Stream<Case> cases() {
    Stream<ConvCase> own =
        Stream.of(
                ConvGeometry.same(13, 11, 12, 20, 3, 1), // many tiles, the last of them not full
                ConvGeometry.same(19, 7, 8, 36, 5, 3), // phases without a last row
                ConvGeometry.of(9, 11, 5, 7, 2, 4, 0), // phases without a tap
                ConvGeometry.same(8, 8, 64, 48, 5, 2), // parts of a depth
                ConvGeometry.same(6, 6, 132, 136, 3, 2)) // and columns that come after them
            .map(g -> new ConvCase(3, g, Activation.IDENTITY, true, GradientMode.OVERWRITE));
    ConvCase[] table = ConvCases.table().stream().map(ConvCase::of).toArray(ConvCase[]::new);
    int step = full() ? 1 : 6;
    Stream<ConvCase> some =
        IntStream.range(0, table.length).filter(i -> i % step == 0).mapToObj(i -> table[i]);
    return Stream.concat(own, some).flatMap(c -> Stream.of(new Case(c, false), new Case(c, true)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void batchNormFromThem(Case c) {
    int channels = c.channels();
    int tiles = c.tiles(device.device().kernels());
    Values values = new Values(31);
    Shape vector = Shape.of(channels);
    ConvGeometry g = c.geometry();
    Tolerance products =
        Tolerance.products(c.transposed() ? ConvTerms.backwardTerms(g) : ConvTerms.forwardTerms(g));
    try (GuardedTensor statistics =
        new GuardedTensor(
            device.device(), DataType.REAL, Shape.of(Math.max(tiles, 1), 3, channels), 3)) {
      Call call =
          device
              .call(c.transposed() ? "convTransposeForward" : "convForward")
              .tolerance(products)
              .output("y", c.output())
              .tolerance(NORMALIZED)
              .output("normalized", c.output())
              .output("mean", vector)
              .output("inverseDeviation", vector)
              .updated("runningMean", vector, values.signed(channels))
              .updated("runningVariance", vector, values.uniform(channels, 0.5, 2))
              .input("x", c.input(), values.signed(c.input().count()))
              .input("w", g.weights(), values.signed(g.weights().count()))
              .input("gamma", vector, values.uniform(channels, -1.5, 1.5))
              .input("beta", vector, values.signed(channels));
      if (c.of().bias()) {
        call.input("bias", vector, values.signed(channels));
      }
      call.check(
          (k, t) -> {
            boolean given = c.tiles(k) > 0;
            if (given) {
              statistics.poison();
              c.forward(k, statistics.tensor(), t);
            } else {
              c.forward(k, t);
            }
            k.batchNormForward(
                t.get("normalized"),
                t.get("mean"),
                t.get("inverseDeviation"),
                t.get("runningMean"),
                t.get("runningVariance"),
                t.get("y"),
                given ? statistics.tensor() : null,
                t.get("gamma"),
                t.get("beta"),
                0.8,
                EPSILON,
                Activation.IDENTITY);
          });
      if (tiles > 0) {
        assertThat(statistics.brokenGuard()).as("a guard").isNull();
        assertThat(Arrays.stream(statistics.bits()).filter(b -> b == GuardedTensor.POISON).count())
            .as("statistics that were not written")
            .isZero();
        countsAddUp(statistics.tensor().toDoubles(), c);
      }
    }
  }

  private static void countsAddUp(double[] statistics, Case c) {
    int channels = c.channels();
    for (int channel = 0; channel < channels; channel++) {
      double rows = 0;
      for (int at = channel; at < statistics.length; at += 3 * channels) {
        rows += statistics[at];
        assertThat(statistics[at + 2 * channels]).as("squares").isNotNegative();
      }
      assertThat(rows).isEqualTo((double) c.output().count() / channels);
    }
  }

  /** Outputs near 1000 that differ by some units: squares around 0 would keep no digit. */
  @ParameterizedTest
  @MethodSource("waysOfOne")
  void farFromZero(Case c) {
    int channels = c.channels();
    int tiles = c.tiles(device.device().kernels());
    if (tiles == 0) {
      refuses(c);
      return;
    }
    Values values = new Values(32);
    try (GuardedTensor x = filled(c.input(), values.uniform(c.input().count(), 0.95, 1.05));
        GuardedTensor w =
            filled(
                c.geometry().weights(),
                values.uniform(c.geometry().weights().count(), 0.95, 1.05));
        GuardedTensor y = new GuardedTensor(device.device(), DataType.REAL, c.output(), 0);
        GuardedTensor statistics =
            new GuardedTensor(device.device(), DataType.REAL, Shape.of(tiles, 3, channels), 0)) {
      c.forward(
          device.device().kernels(),
          statistics.tensor(),
          Map.of("y", y.tensor(), "x", x.tensor(), "w", w.tensor()));
      double[] out = y.tensor().toDoubles();
      double[] given = statistics.tensor().toDoubles();
      double rows = (double) out.length / channels;
      for (int channel = 0; channel < channels; channel++) {
        double mean = 0;
        for (int at = channel; at < out.length; at += channels) {
          mean += out[at] / rows;
        }
        double squares = 0;
        for (int at = channel; at < out.length; at += channels) {
          squares += Math.pow(out[at] - mean, 2);
        }
        double merged = 0;
        for (int at = channel; at < given.length; at += 3 * channels) {
          double offset = given[at + channels] - mean;
          merged += given[at + 2 * channels] + given[at] * offset * offset;
        }
        assertThat(merged).isCloseTo(squares, within(1e-3 * squares));
      }
    }
  }

  static Stream<Case> waysOfOne() {
    ConvGeometry g = ConvGeometry.of(9, 9, 100, 100, 3, 1, 1);
    ConvCase c = new ConvCase(2, g, Activation.IDENTITY, false, GradientMode.OVERWRITE);
    return Stream.of(new Case(c, false), new Case(c, true));
  }

  private GuardedTensor filled(Shape shape, double[] values) {
    GuardedTensor tensor = new GuardedTensor(device.device(), DataType.REAL, shape, 0);
    tensor.tensor().write(values);
    return tensor;
  }

  private void refuses(Case c) {
    try (GuardedTensor x = filled(c.input(), new double[(int) c.input().count()]);
        GuardedTensor w =
            filled(c.geometry().weights(), new double[(int) c.geometry().weights().count()]);
        GuardedTensor y = new GuardedTensor(device.device(), DataType.REAL, c.output(), 0);
        GuardedTensor statistics =
            filled(Shape.of(1, 3, c.channels()), new double[3 * c.channels()])) {
      assertThatThrownBy(
              () ->
                  c.forward(
                      device.device().kernels(),
                      statistics.tensor(),
                      Map.of("y", y.tensor(), "x", x.tensor(), "w", w.tensor())))
          .isInstanceOf(NotSupportedException.class)
          .hasMessageContaining("batchNormForward");
    }
  }
}
