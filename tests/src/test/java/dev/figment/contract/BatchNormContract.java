package dev.figment.contract;

import dev.figment.device.Activation;
import dev.figment.device.GradientMode;
import dev.figment.device.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Batch normalization: training, inference and backward. */
class BatchNormContract extends ContractTest {
  private static final double MOMENTUM = 0.8;
  private static final double EPSILON = 1e-3;

  /** The rows' shape is dense or an image; the channels are the last axis. */
  record Case(Shape x, Activation activation, GradientMode mode) {
    Shape vector() {
      return Shape.of(x.size(-1));
    }

    long rows() {
      return x.count() / x.size(-1);
    }
  }

  static Stream<Case> cases() {
    List<Shape> shapes =
        List.of(
            Shape.of(1, 1),
            Shape.of(1, 5),
            Shape.of(2, 3),
            Shape.of(17, 33),
            Shape.of(128, 64),
            Shape.of(3, 257),
            Shape.of(2, 7, 7, 128),
            Shape.of(2, 14, 14, 64),
            Shape.of(3, 5, 3, 8),
            Shape.of(1, 9, 11, 1),
            Shape.of(4, 25, 31, 3),
            Shape.of(5001, 4));
    List<Activation> activations = activations();
    Stream.Builder<Case> cases = Stream.builder();
    int next = 0;
    for (Shape shape : shapes) {
      for (int i = 0; i < 3; i++) {
        cases.add(
            new Case(
                shape,
                activations.get(next % 5),
                next % 2 == 0 ? GradientMode.OVERWRITE : GradientMode.ACCUMULATE));
        next++;
      }
    }
    return cases.build();
  }

  private static Tolerance tolerance(Case c) {
    return Tolerance.loosened(
        2e-5, 1e-5, "inverse deviations up to 1 / sqrt(1e-3) magnify the mean's rounding");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void forward(Case c) {
    forward(c, new Values(20).uniform(c.x().count(), -2, 3), tolerance(c));
  }

  /** Numbers far from 0: E[x^2] - E[x]^2 would have no digit left. */
  @ParameterizedTest
  @MethodSource("cases")
  void forwardFarFromZero(Case c) {
    forward(
        c,
        new Values(21).uniform(c.x().count(), 999, 1001),
        Tolerance.loosened(
            2e-3, 2e-3, "x carries steps of 6e-5 at 1000, magnified by the inverse deviation"));
  }

  @Test
  void forwardOfConstantChannels() {
    for (double constant : new double[] {0, 1, -3.25, 1e-40f}) {
      Case c = new Case(Shape.of(37, 5), Activation.IDENTITY, GradientMode.OVERWRITE);
      double[] x = new double[37 * 5];
      Arrays.fill(x, constant);
      forward(c, x, tolerance(c));
    }
  }

  @ParameterizedTest
  @MethodSource("activations")
  void notANumberSpoilsItsChannelOnly(Activation activation) {
    Case c = new Case(Shape.of(37, 5), activation, GradientMode.OVERWRITE);
    double[] x = new Values(25).signed(37 * 5);
    x[42] = Double.NaN;
    forward(c, x, tolerance(c));
  }

  /** Statistics that came with x, of tiles of 1, 2, 3 ... rows and of none, in place of its own. */
  @ParameterizedTest
  @MethodSource("cases")
  void forwardFromStatistics(Case c) {
    double[] x = new Values(26).uniform(c.x().count(), 4, 9);
    forward(c, x, tileStatistics(x, c.x().size(-1)), tolerance(c));
  }

  /** Far from zero, where merging sums of squares would lose every digit. */
  @Test
  void forwardFromStatisticsFarFromZero() {
    Case c = new Case(Shape.of(300, 7), Activation.IDENTITY, GradientMode.OVERWRITE);
    double[] x = new Values(27).uniform(c.x().count(), 999, 1001);
    forward(
        c,
        x,
        tileStatistics(x, 7),
        Tolerance.loosened(
            2e-3, 2e-3, "x carries steps of 6e-5 at 1000, magnified by the inverse deviation"));
  }

  private void forward(Case c, double[] x, Tolerance tolerance) {
    forward(c, x, null, tolerance);
  }

  private void forward(Case c, double[] x, double[] statistics, Tolerance tolerance) {
    Values values = new Values(22);
    int channels = c.x().size(-1);
    Call call = device.call("batchNormForward " + c.activation().kind()).tolerance(tolerance);
    if (statistics != null) {
      Shape tiles = Shape.of(statistics.length / (3 * channels), 3, channels);
      call.input("statistics", tiles, statistics);
    }
    call.output("y", c.x())
        .output("mean", c.vector())
        .output("inverseDeviation", c.vector())
        .updated("runningMean", c.vector(), values.signed(channels))
        .updated("runningVariance", c.vector(), values.uniform(channels, 0.5, 2))
        .input("x", c.x(), x)
        .input("gamma", c.vector(), values.uniform(channels, -1.5, 1.5))
        .input("beta", c.vector(), values.signed(channels))
        .check(
            (k, t) ->
                k.batchNormForward(
                    t.get("y"),
                    t.get("mean"),
                    t.get("inverseDeviation"),
                    t.get("runningMean"),
                    t.get("runningVariance"),
                    t.get("x"),
                    t.get("statistics"),
                    t.get("gamma"),
                    t.get("beta"),
                    MOMENTUM,
                    EPSILON,
                    c.activation()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void infer(Case c) {
    Values values = new Values(23);
    int channels = c.x().size(-1);
    device
        .call("batchNormInfer " + c.activation().kind())
        .tolerance(tolerance(c))
        .output("y", c.x())
        .input("x", c.x(), values.uniform(c.x().count(), -2, 3))
        .input("gamma", c.vector(), values.uniform(channels, -1.5, 1.5))
        .input("beta", c.vector(), values.signed(channels))
        .input("runningMean", c.vector(), values.signed(channels))
        .input("runningVariance", c.vector(), values.uniform(channels, 0, 2))
        .check(
            (k, t) ->
                k.batchNormInfer(
                    t.get("y"),
                    t.get("x"),
                    t.get("gamma"),
                    t.get("beta"),
                    t.get("runningMean"),
                    t.get("runningVariance"),
                    EPSILON,
                    c.activation()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backward(Case c) {
    backward(c, true, false);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backwardInPlace(Case c) {
    backward(c, true, true);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void backwardWithoutItsOwnGradients(Case c) {
    backward(c, false, false);
  }

  private void backward(Case c, boolean gradients, boolean inPlace) {
    Values values = new Values(24);
    int channels = c.x().size(-1);
    double[] x = values.uniform(c.x().count(), -2, 3);
    double[] dy = values.signed(c.x().count());
    double[] gamma = values.uniform(channels, 0.5, 1.5);
    double[] beta = values.signed(channels);
    double[][] statistics = statistics(x, channels);
    clearOfKinks(x, gamma, beta, statistics);
    Call call =
        device
            .call("batchNormBackward %s %s".formatted(c.activation().kind(), c.mode()))
            .tolerance(tolerance(c));
    if (inPlace) {
      call.updated("dx", c.x(), dy);
    } else {
      call.output("dx", c.x()).input("dy", c.x(), dy);
    }
    if (gradients) {
      call.tolerance(Tolerance.sum(c.rows() + 1, 4))
          .gradient("dgamma", c.vector(), c.mode(), values)
          .gradient("dbeta", c.vector(), c.mode(), values);
    }
    call.input("x", c.x(), x)
        .input("gamma", c.vector(), gamma)
        .input("beta", c.vector(), beta)
        .input("mean", c.vector(), statistics[0])
        .input("inverseDeviation", c.vector(), statistics[1])
        .check(
            (k, t) ->
                k.batchNormBackward(
                    t.get("dx"),
                    t.get("dgamma"),
                    t.get("dbeta"),
                    t.get(inPlace ? "dx" : "dy"),
                    t.get("x"),
                    t.get("gamma"),
                    t.get("beta"),
                    t.get("mean"),
                    t.get("inverseDeviation"),
                    c.activation(),
                    c.mode()));
  }

  /** [tiles][count, mean, squares][channels] of x, as float32 numbers; the second tile is empty. */
  private static double[] tileStatistics(double[] x, int channels) {
    int rows = x.length / channels;
    List<double[]> tiles = new ArrayList<>();
    int start = 0;
    while (start < rows) {
      int count = Math.min(tiles.size() == 1 ? 0 : tiles.size() + 1, rows - start);
      double[] tile = new double[3 * channels];
      for (int c = 0; c < channels && count > 0; c++) {
        double sum = 0;
        for (int i = start; i < start + count; i++) {
          sum += x[i * channels + c];
        }
        double squares = 0;
        for (int i = start; i < start + count; i++) {
          squares += Math.pow(x[i * channels + c] - sum / count, 2);
        }
        tile[c] = count;
        tile[channels + c] = (float) (sum / count);
        tile[2 * channels + c] = (float) squares;
      }
      tiles.add(tile);
      start += count;
    }
    return tiles.stream().flatMapToDouble(Arrays::stream).toArray();
  }

  /** The batch's mean and inverse deviation, as float32 numbers. */
  private static double[][] statistics(double[] x, int channels) {
    int rows = x.length / channels;
    double[] mean = new double[channels];
    double[] inverse = new double[channels];
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int i = 0; i < rows; i++) {
        sum += x[i * channels + c];
      }
      double squares = 0;
      for (int i = 0; i < rows; i++) {
        squares += Math.pow(x[i * channels + c] - sum / rows, 2);
      }
      mean[c] = (float) (sum / rows);
      inverse[c] = (float) (1 / Math.sqrt(squares / rows + EPSILON));
    }
    return new double[][] {mean, inverse};
  }

  /** Moves x off the places where rounding decides on which side of a ReLU's kink it falls. */
  private static void clearOfKinks(
      double[] x, double[] gamma, double[] beta, double[][] statistics) {
    for (int i = 0; i < x.length; i++) {
      int c = i % gamma.length;
      double before = gamma[c] * (x[i] - statistics[0][c]) * statistics[1][c] + beta[c];
      if (Math.abs(before) < 1e-4) {
        x[i] = (float) (x[i] + 0.01);
      }
    }
  }
}
