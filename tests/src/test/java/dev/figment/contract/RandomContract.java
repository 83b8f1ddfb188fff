package dev.figment.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.device.DataType;
import dev.figment.device.Kernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.reference.Philox;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Counters and random numbers. */
class RandomContract extends ContractTest {
  private static final long[] SEEDS = {0, 1, -1, 0x123456789ABCDEFL, Long.MIN_VALUE};

  /** Counts with seeds, counters and streams going round. */
  static Stream<Arguments> draws() {
    int[] counts = counts();
    int[] counters = {0, 1, 12345, -1, Integer.MIN_VALUE};
    int[] streams = {0, 1, 2, 3, 4, RandomStream.dropout(0), RandomStream.dropout(7)};
    return IntStream.range(0, counts.length)
        .mapToObj(
            i ->
                Arguments.of(
                    counts[i],
                    SEEDS[i % SEEDS.length],
                    counters[(i + 2) % counters.length],
                    streams[i % streams.length]));
  }

  @Test
  void increment() {
    for (int value : new int[] {0, 41, -1, Integer.MAX_VALUE}) {
      device
          .call("increment")
          .updatedCounter("counter", value)
          .check((k, t) -> k.increment(t.get("counter")));
    }
  }

  @ParameterizedTest
  @MethodSource("draws")
  void standardUniformsHaveTheSameBitsEverywhere(int count, long seed, int counter, int stream) {
    device
        .call("uniform")
        .tolerance(Tolerance.SAME_BITS)
        .output("y", Shape.of(count))
        .counter("counter", counter)
        .check(
            (k, t) ->
                k.uniform(t.get("y"), 0, 1, new RandomStream(seed, t.get("counter"), stream)));
  }

  @ParameterizedTest
  @MethodSource("draws")
  void uniforms(int count, long seed, int counter, int stream) {
    device
        .call("uniform")
        .tolerance(Tolerance.loosened(0x1p-22, 0x1p-23, "one scaling of a uniform in float32"))
        .output("y", Shape.of(count))
        .counter("counter", counter)
        .check(
            (k, t) ->
                k.uniform(
                    t.get("y"), -1.5, 0.75, new RandomStream(seed, t.get("counter"), stream)));
  }

  @ParameterizedTest
  @MethodSource("draws")
  void standardNormalsAreWithinTwoUnitsInTheLastPlace(
      int count, long seed, int counter, int stream) {
    Shape shape = Shape.of(count);
    try (GuardedTensor y = new GuardedTensor(device.device(), DataType.REAL, shape, 3);
        GuardedTensor t = new GuardedTensor(device.device(), DataType.INT32, Shape.of(1), 1)) {
      t.tensor().write(counter);
      RandomStream random = new RandomStream(seed, t.tensor(), stream);
      device.device().kernels().normal(y.tensor(), 0, 1, random);
      device.device().synchronize();
      float[] got = y.tensor().toFloats();
      for (int i = 0; i < count; i++) {
        float expected = (float) Philox.normal(Philox.block(random, counter, i), i % 4);
        assertThat((got[i] - expected) / Math.ulp(expected))
            .as("ulps off of normal %d of %d, expected %s, got %s", i, count, expected, got[i])
            .isBetween(-2f, 2f);
      }
      assertThat(y.brokenGuard()).isNull();
    }
  }

  @ParameterizedTest
  @MethodSource("draws")
  void normals(int count, long seed, int counter, int stream) {
    device
        .call("normal")
        .output("y", Shape.of(count))
        .counter("counter", counter)
        .check(
            (k, t) ->
                k.normal(t.get("y"), 0.5, 0.02, new RandomStream(seed, t.get("counter"), stream)));
  }

  @ParameterizedTest
  @MethodSource("draws")
  void bernoulliNumbersAreTheSameEverywhere(int count, long seed, int counter, int stream) {
    double[] p = new Values(count).uniform(count, 0, 1);
    p[0] = 0;
    p[count / 2] = 1;
    p[count - 1] = Double.NaN;
    device
        .call("bernoulli")
        .tolerance(Tolerance.SAME_BITS)
        .output("y", Shape.of(count))
        .input("p", Shape.of(count), p)
        .counter("counter", counter)
        .check(
            (k, t) ->
                k.bernoulli(
                    t.get("y"), t.get("p"), new RandomStream(seed, t.get("counter"), stream)));
    device
        .call("bernoulli in place")
        .tolerance(Tolerance.SAME_BITS)
        .updated("y", Shape.of(count), p)
        .counter("counter", counter)
        .check(
            (k, t) ->
                k.bernoulli(
                    t.get("y"), t.get("y"), new RandomStream(seed, t.get("counter"), stream)));
  }

  /** The share of ones is the probability, within four deviations; certain ones have no chance. */
  @Test
  void bernoulliNumbersAreAsProbableAsTheyAreSaid() {
    int count = 20_000;
    for (double p : new double[] {0, 0.1, 0.5, 0.9, 1}) {
      Tensor y = device.device().allocate(DataType.REAL, Shape.of(count));
      Tensor counter = device.device().allocate(DataType.INT32, Shape.of(1));
      try {
        Kernels kernels = device.device().kernels();
        kernels.fill(y, p);
        kernels.bernoulli(y, y, new RandomStream(4, counter, RandomStream.BINARIZATION));
        double[] drawn = y.toDoubles();
        assertThat(Arrays.stream(drawn)).allMatch(value -> value == 0 || value == 1);
        double deviation = Math.sqrt(p * (1 - p) / count);
        assertThat(Arrays.stream(drawn).average().orElseThrow())
            .as("share of ones at p = %s", p)
            .isBetween(p - 4 * deviation, p + 4 * deviation);
      } finally {
        y.memory().close();
        counter.memory().close();
      }
    }
  }

  /** A draw depends on the element's index alone: a longer one starts with the shorter one. */
  @Test
  void longerDrawsStartWithShorterOnes() {
    float[] longer = draw(1001);
    assertThat(draw(333)).isEqualTo(Arrays.copyOf(longer, 333));
  }

  private float[] draw(int count) {
    Tensor y = device.device().allocate(DataType.REAL, Shape.of(count));
    Tensor counter = device.device().allocate(DataType.INT32, Shape.of(1));
    try {
      Kernels kernels = device.device().kernels();
      kernels.normal(y, 0, 1, new RandomStream(9, counter, RandomStream.LATENT));
      return y.toFloats();
    } finally {
      y.memory().close();
      counter.memory().close();
    }
  }
}
