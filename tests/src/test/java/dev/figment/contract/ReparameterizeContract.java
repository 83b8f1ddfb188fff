package dev.figment.contract;

import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reparameterization: latents, KL of each dimension, and backward. */
class ReparameterizeContract extends ContractTest {
  private static final String SHAPES =
      """
      1, 1
      3, 2
      7, 5
      129, 3
      64, 20
      33, 100
      5, 130
      2, 1027
      300, 8
      """;

  @ParameterizedTest
  @CsvSource(textBlock = SHAPES)
  void forward(int batch, int latent) {
    checkForward(batch, latent, new Values(batch).uniform(2L * batch * latent, -2, 2));
  }

  @ParameterizedTest
  @CsvSource(textBlock = SHAPES)
  void backward(int batch, int latent) {
    Values values = new Values(latent);
    double[] moments = values.uniform(2L * batch * latent, -2, 2);
    double[] kl = values.uniform(latent, 0, 1);
    checkBackward(batch, latent, moments, kl, 0);
    checkBackward(batch, latent, moments, kl, 0.5);
  }

  /** Log variances at the clamp, beyond it, and not numbers. */
  @Test
  void extremes() {
    double[] extremes = {30, -30, 10, -10, 0, Math.nextUp(10f), 1e-40f, -80, 3};
    double[] moments = new double[2 * 9 * 12];
    Arrays.setAll(moments, i -> extremes[i % 9]);
    double[] kl = new double[12];
    Arrays.setAll(kl, j -> j / 12f);
    kl[3] = 0.5;
    checkForward(9, 12, moments);
    checkBackward(9, 12, moments, kl, 0.5);
    moments[0] = Double.NaN; // a mean
    moments[12 + 5] = Double.NaN; // a log variance
    checkForward(9, 12, moments);
    checkBackward(9, 12, moments, kl, 0);
  }

  private void checkForward(int batch, int latent, double[] moments) {
    device
        .call("reparameterizeForward")
        .tolerance(
            Tolerance.loosened(2e-6, 4e-6, "a normal number within 2 ulp, times a deviation"))
        .output("z", Shape.of(batch, latent))
        .tolerance(Tolerance.loosened(1e-6, 4e-6, "float32 terms up to some hundreds"))
        .output("kl", Shape.of(latent))
        .input("moments", Shape.of(batch, 2 * latent), moments)
        .counter("counter", 77)
        .check(
            (k, t) ->
                k.reparameterizeForward(
                    t.get("z"),
                    t.get("kl"),
                    t.get("moments"),
                    new RandomStream(5, t.get("counter"), RandomStream.EPSILON)));
  }

  private void checkBackward(
      int batch, int latent, double[] moments, double[] kl, double freeBits) {
    device
        .call("reparameterizeBackward, free bits " + freeBits)
        .tolerance(Tolerance.loosened(2e-6, 4e-6, "a few operations on a normal number"))
        .output("dmoments", Shape.of(batch, 2 * latent))
        .input("dz", Shape.of(batch, latent), new Values(3).signed((long) batch * latent))
        .input("moments", Shape.of(batch, 2 * latent), moments)
        .input("kl", Shape.of(latent), kl)
        .input("beta", Shape.of(1), new double[] {0.75})
        .counter("counter", 77)
        .check(
            (k, t) ->
                k.reparameterizeBackward(
                    t.get("dmoments"),
                    t.get("dz"),
                    t.get("moments"),
                    t.get("kl"),
                    t.get("beta"),
                    freeBits,
                    new RandomStream(5, t.get("counter"), RandomStream.EPSILON)));
  }
}
