package dev.figment.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.cpu.CpuDevices;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.GradientMode;
import dev.figment.device.Precision;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.device.WatchedDevice;
import dev.figment.model.GanArchitecture;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a network keeps in bfloat16 where the device does, and what it computes then. */
class ActivationTypesTest {
  private static final int BATCH = 8;
  private static final GanArchitecture GAN = new GanArchitecture(28, 28, 1, 10, 8);

  private final Resources resources = new Resources();
  private final List<String> calls = new ArrayList<>();

  @AfterEach
  void close() {
    resources.close();
  }

  /** What goes in and out is float32, all between is bfloat16, and so are the gradients. */
  @Test
  void layersLeaveBfloat16() {
    train(watched(Precision.BF16), Shape.of(10), GAN.generator());
    assertThat(calls)
        .contains(
            "denseForward y=BFLOAT16 x=REAL w=REAL",
            "denseForward y=BFLOAT16 x=BFLOAT16 w=REAL",
            "batchNormForward y=BFLOAT16 x=BFLOAT16",
            "convTransposeForward y=BFLOAT16 x=BFLOAT16 w=REAL",
            "convTransposeForward y=REAL x=BFLOAT16 w=REAL",
            "convTransposeBackwardData dx=BFLOAT16 dy=REAL w=REAL",
            "convTransposeBackwardData dx=BFLOAT16 dy=BFLOAT16 w=REAL",
            "batchNormBackward dx=BFLOAT16 dy=BFLOAT16",
            "denseBackwardWeights dw=REAL dy=BFLOAT16 x=REAL")
        .allMatch(call -> !call.startsWith("denseForward y=REAL"));
    calls.clear();
    train(watched(Precision.FLOAT32), Shape.of(10), GAN.generator());
    assertThat(calls).noneMatch(call -> call.contains("BFLOAT16"));
  }

  /** Layers of one type at a network's ends hand its float32 on to the next product. */
  @Test
  void layersOfOneTypeAtTheEndsAreFloat32() {
    List<Layer> layers =
        List.of(
            Dropout.of(0.2),
            BatchNorm.of(0.9, 1e-3),
            Dense.of(20),
            Dense.of(12),
            BatchNorm.of(0.9, 1e-3),
            new Reshape(Shape.of(3, 4)));
    train(watched(Precision.BF16), Shape.of(16), layers);
    assertThat(calls)
        .contains(
            "dropoutForward y=REAL x=REAL",
            "batchNormForward y=REAL x=REAL",
            "denseForward y=BFLOAT16 x=REAL w=REAL",
            "denseForward y=REAL x=BFLOAT16 w=REAL")
        .doesNotContain("batchNormForward y=BFLOAT16 x=BFLOAT16");
  }

  /** Double backpropagation is float32 throughout. */
  @Test
  void secondOrderTermsAreFloat32() {
    Device device = watched(Precision.BF16);
    Randomness randomness = resources.own(new Randomness(device, 3));
    Network network =
        resources.own(
            new Network(device, randomness, GAN.image(), GAN.discriminator()).initialise());
    Pass pass = resources.own(network.pass(BATCH).training().withSecondOrder().build());
    pass.forward();
    assertThat(calls).noneMatch(call -> call.contains("BFLOAT16"));
  }

  /**
   * Each gradient is float32's but for roundings of 2^-9 a layer, which batches of 8 amplify, and
   * for kinks that they cross. A gradient that is lost, or stale, would be 1 apart.
   */
  @Test
  void gradientsAreThoseOfFloat32() {
    compare(Shape.of(10), GAN.generator());
    compare(GAN.image(), GAN.discriminator());
  }

  private void compare(Shape input, List<Layer> layers) {
    Map<String, double[]> half = train(watched(Precision.BF16), input, layers);
    Map<String, double[]> single = train(watched(Precision.FLOAT32), input, layers);
    assertThat(half.keySet()).isEqualTo(single.keySet());
    for (String name : single.keySet()) {
      double[] expected = single.get(name);
      double[] got = half.get(name);
      double difference = 0;
      double norm = 0;
      for (int i = 0; i < expected.length; i++) {
        difference += Math.pow(got[i] - expected[i], 2);
        norm += Math.pow(expected[i], 2);
      }
      assertThat(Math.sqrt(difference / norm)).as(name).isLessThan(0.15);
    }
  }

  /** Forward and backward of one batch: the output and every parameter's gradient. */
  private Map<String, double[]> train(Device device, Shape input, List<Layer> layers) {
    try (Resources own = new Resources()) {
      Randomness randomness = own.own(new Randomness(device, 3));
      Network network = own.own(new Network(device, randomness, input, layers).initialise());
      Pass pass = own.own(network.pass(BATCH).training().withInputGradient().build());
      Random random = new Random(4);
      pass.input().write(random.doubles(pass.input().count(), -1, 1).toArray());
      pass.forward();
      Tensor dy = own.own(device.allocate(DataType.REAL, network.outputShape().batched(BATCH)));
      dy.write(random.doubles(dy.count(), -1, 1).toArray());
      Map<String, double[]> results = new LinkedHashMap<>();
      results.put("output", pass.output().toDoubles());
      pass.backward(dy, GradientMode.OVERWRITE);
      results.put("input's gradient", pass.inputGradient().toDoubles());
      for (String name : network.parameters().names()) {
        if (network.parameters().isTrained(name)) {
          results.put(name, network.parameters().gradient(name).toDoubles());
        }
      }
      return results;
    }
  }

  private Device watched(Precision precision) {
    return resources.own(
        new WatchedDevice(CpuDevices.open(2, "auto", true, precision), this::remember));
  }

  private void remember(String operation, Object[] arguments) {
    List<String> names =
        switch (operation) {
          case "denseForward", "convForward", "convTransposeForward" -> List.of("y", "x", "w");
          case "denseBackwardData", "convBackwardData", "convTransposeBackwardData" ->
              List.of("dx", "dy", "w");
          case "denseBackwardWeights" -> List.of("dw", "", "dy", "x");
          case "dropoutForward", "activationForward" -> List.of("y", "x");
          case "batchNormForward" -> List.of("y", "", "", "", "", "x");
          case "batchNormBackward" -> List.of("dx", "", "", "dy");
          default -> List.of();
        };
    StringBuilder call = new StringBuilder(operation);
    for (int i = 0; i < names.size(); i++) {
      if (!names.get(i).isEmpty()) {
        call.append(' ').append(names.get(i)).append('=').append(((Tensor) arguments[i]).type());
      }
    }
    calls.add(call.toString());
  }
}
