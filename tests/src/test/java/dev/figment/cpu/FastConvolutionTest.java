package dev.figment.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.reference.ReferenceDevice;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Convolutions that are large enough for Winograd's algorithm, against the double reference: by the
 * norm of a result, for its errors are those of whole tiles and not of a sum alone.
 */
class FastConvolutionTest {
  private static final int BATCH = 26; // not a whole number of blocks of tiles
  private static final double MOST_ERROR = 1e-5;

  private final Resources resources = new Resources();
  private final Device fast = resources.own(CpuDevices.open(2, "auto", true));
  private final Device direct = resources.own(CpuDevices.open(2, "auto", false));
  private final Device reference = resources.own(new ReferenceDevice());

  @AfterEach
  void close() {
    resources.close();
  }

  static Stream<ConvGeometry> geometries() {
    return Stream.of(
        ConvGeometry.transposedSame(7, 7, 64, 32, 5, 1),
        ConvGeometry.transposedSame(7, 7, 64, 64, 5, 2),
        ConvGeometry.transposedSame(4, 4, 128, 64, 5, 2), // a tile an image
        ConvGeometry.same(15, 13, 64, 64, 5, 2),
        ConvGeometry.of(16, 16, 64, 64, 4, 2, 1));
  }

  @ParameterizedTest
  @MethodSource("geometries")
  void everyPassIsWithinItsNorm(ConvGeometry geometry) {
    assumeFalse(fast.plan().startsWith("baseline"), "only oneDNN convolves on this processor");
    List<double[]> expected = passes(reference, geometry);
    List<double[]> found = passes(fast, geometry);
    List<double[]> plain = passes(direct, geometry);
    for (int i = 0; i < expected.size(); i++) {
      double norm = distance(expected.get(i), new double[expected.get(i).length]);
      assertThat(distance(found.get(i), expected.get(i)) / norm)
          .as("pass %d", i)
          .isLessThan(MOST_ERROR);
      assertThat(Arrays.equals(found.get(i), plain.get(i)))
          .as("pass %d is the direct one's", i)
          .isFalse();
    }
  }

  @Test
  void aPlanNamesTheKernelOfEachPass() {
    assumeFalse(fast.plan().startsWith("baseline"), "the rule is oneDNN on this processor");
    ConvGeometry geometry = geometries().findFirst().orElseThrow();
    Device tuning = resources.own(CpuDevices.open(2, "auto", true));
    tuning.tune();
    passes(tuning, geometry);
    String plan = tuning.tuned();
    assertThat(plan.lines().filter(line -> line.startsWith("convolution "))).hasSize(3);

    List<double[]> planned = passes(planned(plan.replace(" winograd ", " onednn ")), geometry);
    List<double[]> plain = passes(direct, geometry);
    List<double[]> found = passes(planned(plan.replace(" onednn ", " winograd ")), geometry);
    List<double[]> byRule = passes(fast, geometry);
    for (int i = 0; i < plain.size(); i++) {
      assertThat(planned.get(i)).as("pass %d by oneDNN", i).isEqualTo(plain.get(i));
      assertThat(found.get(i)).as("pass %d by Winograd", i).isEqualTo(byRule.get(i));
    }
  }

  private Device planned(String plan) {
    Device device = resources.own(CpuDevices.open(2, "auto", true));
    device.choose(plan.replaceAll("#.*", ""));
    return device;
  }

  /** Forward, backward to the data and to the weights, of both kinds of convolution. */
  private static List<double[]> passes(Device device, ConvGeometry g) {
    try (Resources memory = new Resources()) {
      Tensor large = filled(memory, device, g.large(BATCH), 1);
      Tensor small = filled(memory, device, g.small(BATCH), 2);
      Tensor weights = filled(memory, device, g.weights(), 3);
      Tensor smallBias = filled(memory, device, Shape.of(g.smallChannels()), 4);
      Tensor largeBias = filled(memory, device, Shape.of(g.channels()), 5);
      Tensor[] results = {
        filled(memory, device, g.small(BATCH), 0),
        filled(memory, device, g.large(BATCH), 0),
        filled(memory, device, g.weights(), 6),
        filled(memory, device, g.large(BATCH), 0),
        filled(memory, device, g.small(BATCH), 0),
        filled(memory, device, g.weights(), 7)
      };
      Kernels k = device.kernels();
      Activation activation = Activation.leakyRelu(0.2);
      k.convForward(results[0], large, weights, smallBias, activation, g);
      k.convBackwardData(results[1], small, weights, g);
      k.convBackwardWeights(results[2], null, small, large, g, GradientMode.ACCUMULATE);
      k.convTransposeForward(results[3], small, weights, largeBias, activation, g);
      k.convTransposeBackwardData(results[4], large, weights, g);
      k.convTransposeBackwardWeights(results[5], null, large, small, g, GradientMode.OVERWRITE);
      device.synchronize();
      return Stream.of(results).map(Tensor::toDoubles).toList();
    }
  }

  private static Tensor filled(Resources memory, Device device, Shape shape, long seed) {
    Tensor tensor = memory.own(device.allocate(DataType.REAL, shape));
    Random random = new Random(seed);
    float[] values = new float[(int) tensor.count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = 2 * random.nextFloat() - 1;
    }
    tensor.write(values);
    return tensor;
  }

  private static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  @Test
  void thePlanTellsThemApart() {
    assertThat(fast.plan()).contains("fast convolutions");
    assertThat(direct.plan()).isNotEqualTo(fast.plan()).doesNotContain("fast");
  }
}
