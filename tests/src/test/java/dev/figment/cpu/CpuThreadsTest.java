package dev.figment.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.device.Activation;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Precision;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random numbers, element-wise operations and our own weight gradient give the same bits for any
 * number of CPU threads: no element's arithmetic depends on its neighbours.
 */
class CpuThreadsTest {
  @ParameterizedTest
  @ValueSource(ints = {17, 4099, 70001})
  void elementWiseBitsDoNotDependOnThreads(int count) {
    Map<String, float[]> one = results(1, count);
    Map<String, float[]> two = results(2, count);
    Map<String, float[]> five = results(5, count);
    one.forEach(
        (operation, bits) -> {
          assertThat(two.get(operation)).as("%s with 2 threads", operation).isEqualTo(bits);
          assertThat(five.get(operation)).as("%s with 5 threads", operation).isEqualTo(bits);
        });
  }

  @Test
  void weightGradientsOfManyRowsDoNotDependOnThreads() {
    float[][] one = weightGradient(1);
    for (int threads : new int[] {2, 5}) {
      float[][] more = weightGradient(threads);
      assertThat(more[0]).as("weights with %d threads", threads).isEqualTo(one[0]);
      assertThat(more[1]).as("bias with %d threads", threads).isEqualTo(one[1]);
    }
  }

  private static float[][] weightGradient(int threads) {
    int rows = 1100;
    int in = 33;
    int out = 101;
    try (Device device = CpuDevice.open(threads, true, Precision.FLOAT32);
        Resources memory = new Resources()) {
      Tensor x = memory.own(device.allocate(DataType.REAL, Shape.of(rows, in)));
      Tensor dy = memory.own(device.allocate(DataType.REAL, Shape.of(rows, out)));
      Tensor dw = memory.own(device.allocate(DataType.REAL, Shape.of(out, in)));
      Tensor dbias = memory.own(device.allocate(DataType.REAL, Shape.of(out)));
      Tensor counter = memory.own(device.allocate(DataType.INT32, Shape.of(1)));
      Kernels kernels = device.kernels();
      kernels.normal(x, 0, 1, new RandomStream(5, counter, RandomStream.LATENT));
      kernels.normal(dy, 0, 1, new RandomStream(6, counter, RandomStream.LATENT));
      kernels.denseBackwardWeights(dw, dbias, dy, x, GradientMode.OVERWRITE);
      return new float[][] {dw.toFloats(), dbias.toFloats()};
    }
  }

  private static Map<String, float[]> results(int threads, int count) {
    try (Device device = CpuDevice.open(threads, true, Precision.FLOAT32)) {
      Kernels kernels = device.kernels();
      Shape shape = Shape.of(count);
      Tensor x = device.allocate(DataType.REAL, shape);
      Tensor y = device.allocate(DataType.REAL, shape);
      Tensor counter = device.allocate(DataType.INT32, Shape.of(1));
      RandomStream stream = new RandomStream(5, counter, RandomStream.LATENT);
      Map<String, float[]> results = new TreeMap<>();
      kernels.normal(x, 0, 1, stream);
      results.put("normal", x.toFloats());
      kernels.uniform(y, -1, 1, stream);
      results.put("uniform", y.toFloats());
      kernels.activationForward(y, x, Activation.TANH);
      results.put("activationForward", y.toFloats());
      kernels.dropoutForward(y, x, Activation.leakyRelu(0.2), 0.25, stream);
      results.put("dropoutForward", y.toFloats());
      kernels.add(y, x, y);
      results.put("add", y.toFloats());
      adam(device, x, y, results);
      x.memory().close();
      y.memory().close();
      counter.memory().close();
      return results;
    }
  }

  private static void adam(Device device, Tensor x, Tensor y, Map<String, float[]> results) {
    Tensor m = device.allocate(DataType.REAL, x.shape());
    Tensor v = device.allocate(DataType.REAL, x.shape());
    Tensor step = device.allocate(DataType.INT32, Shape.of(1));
    Tensor rate = device.allocate(DataType.REAL, Shape.of(1));
    step.write(3);
    rate.write(0.1f);
    device.kernels().adam(y, m, v, x, step, rate, 0.5, 0.999, 1e-8, 0);
    results.put("adam", y.toFloats());
    m.memory().close();
    v.memory().close();
    step.memory().close();
    rate.memory().close();
  }
}
