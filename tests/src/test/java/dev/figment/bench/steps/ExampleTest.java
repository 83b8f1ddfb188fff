package dev.figment.bench.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.io.SafetensorsReader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That the example which peers repeat holds all that our step used: from it, plain loops in double
 * precision get our losses, and our updates are the slope of theirs.
 */
class ExampleTest {
  private static final int BATCH = 3;
  private static final int LAYERS = 4;

  /** Tensors by name: the parameters, and what the step drew. */
  private record Point(Map<String, double[]> values) {
    static Point of(SafetensorsReader file) {
      Map<String, double[]> values = new HashMap<>();
      for (String name : file.names()) {
        float[] floats = file.floats(name);
        double[] doubles = new double[floats.length];
        for (int i = 0; i < doubles.length; i++) {
          doubles[i] = floats[i];
        }
        values.put(name, doubles);
      }
      return new Point(values);
    }

    /** So far on the way that {@code other} lies on; what it lacks stays. */
    Point towards(Point other, double share) {
      Map<String, double[]> moved = new HashMap<>(values);
      other.values.forEach(
          (name, to) -> {
            double[] from = values.get(name);
            double[] between = new double[to.length];
            for (int i = 0; from != null && i < to.length; i++) {
              between[i] = from[i] + share * (to[i] - from[i]);
            }
            moved.put(name, between);
          });
      return new Point(moved);
    }

    double[] dense(String layer, double[] x) {
      double[] weight = values.get(layer + ".weight");
      double[] y = values.get(layer + ".bias").clone();
      for (int i = 0; i < y.length; i++) {
        for (int j = 0; j < x.length; j++) {
          y[i] += weight[i * x.length + j] * x[j];
        }
      }
      return y;
    }

    double[] network(String name, double[] input) {
      double[] x = input;
      for (int layer = 1; layer <= LAYERS; layer++) {
        x = dense(name + ".dense_" + layer, x);
        for (int i = 0; layer < LAYERS && i < x.length; i++) {
          x[i] = x[i] > 0 ? x[i] : 0.2 * x[i];
        }
      }
      return x;
    }

    double[] row(String name, int row) {
      double[] all = values.get(name);
      int width = all.length / BATCH;
      double[] part = new double[width];
      System.arraycopy(all, row * width, part, 0, width);
      return part;
    }

    /** The dense VAE's: the reconstruction's, the KL. */
    double[] losses() {
      double reconstruction = 0;
      double kl = 0;
      for (int n = 0; n < BATCH; n++) {
        double[] pixels = row("batch.pixels", n);
        double[] noise = row("draw.epsilon", n);
        double[] moments = network("encoder", pixels);
        double[] z = new double[VaeWorkload.LATENT];
        for (int i = 0; i < z.length; i++) {
          double mean = moments[i];
          double logVariance = moments[z.length + i];
          z[i] = mean + Math.exp(logVariance / 2) * noise[i];
          kl += (Math.exp(logVariance) + mean * mean - 1 - logVariance) / 2;
        }
        double[] logits = network("decoder", z);
        for (int i = 0; i < logits.length; i++) {
          double sign = pixels[i] == 1 ? -1 : 1; // -log of the probability of the pixel
          reconstruction += Math.log1p(Math.exp(sign * logits[i]));
        }
      }
      return new double[] {reconstruction / BATCH, kl / BATCH};
    }

    double loss() {
      double[] losses = losses();
      return losses[0] + losses[1];
    }
  }

  @Test
  void anExampleIsTheStepThatWeTrain(@TempDir Path folder) {
    Path startFile = folder.resolve("start");
    Path resultFile = folder.resolve("result");
    try (Device device = Devices.open("cpu", 1).device()) {
      Workload.VAE.example(device, BATCH, 5, startFile, resultFile);
    }
    try (SafetensorsReader startReader = SafetensorsReader.open(startFile);
        SafetensorsReader resultReader = SafetensorsReader.open(resultFile)) {
      assertThat(startReader.metadata()).containsEntry(Example.BATCH, "3");
      Point start = Point.of(startReader);
      Point result = Point.of(resultReader);
      assertThat(start.values().get("batch.pixels")).containsOnly(0.0, 1.0);

      double[] losses = start.losses();
      double[] ours = result.values().remove(Example.LOSSES);
      assertThat(ours[0]).isCloseTo(losses[0], within(1e-5 * losses[0]));
      assertThat(ours[1]).isCloseTo(losses[1], within(1e-5 * losses[1]));

      // An update is -rate x gradient: along it the loss falls by the updates' squares over rate.
      double squares = 0;
      for (String name : result.values().keySet()) {
        String network = name.substring(0, name.indexOf('.'));
        double rate =
            Double.parseDouble(startReader.metadata().get(network))
                * Double.parseDouble(startReader.metadata().get(name));
        double[] from = start.values().get(name);
        double[] to = result.values().get(name);
        for (int i = 0; i < to.length; i++) {
          squares += (to[i] - from[i]) * (to[i] - from[i]) / rate;
        }
      }
      double step = 1e-4;
      double slope =
          (start.towards(result, step).loss() - start.towards(result, -step).loss()) / (2 * step);
      assertThat(-slope).isCloseTo(squares, within(1e-3 * squares));
    }
  }
}
