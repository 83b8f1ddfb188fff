package dev.figment.contract;

import dev.figment.device.GanLoss;
import dev.figment.device.Shape;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The losses of a GAN and their gradients. */
class GanLossContract extends ContractTest {
  /** Logits where sigmoids saturate, exponentials overflow float32, and all is flat. */
  private static final double[] EXTREMES = {80, -80, 0, 104, -104, 1e-30f, -17, 17, 200, -200};

  static int[] batches() {
    return new int[] {1, 2, 3, 7, 16, 33, 128, 257};
  }

  static Stream<double[]> logits() {
    return Arrays.stream(batches())
        .mapToObj(
            batch -> {
              double[] spread = new Values(batch).uniform(2 * batch, -6, 6);
              double[] extreme = new double[2 * batch];
              Arrays.setAll(extreme, i -> EXTREMES[i % EXTREMES.length]);
              return Stream.of(spread, extreme);
            })
        .flatMap(both -> both);
  }

  static Stream<Arguments> generatorCases() {
    return Arrays.stream(GanLoss.values())
        .flatMap(loss -> logits().map(logits -> Arguments.of(loss, logits)));
  }

  /** Gradients far from the decision are tiny: they are held to their own size. */
  private static Tolerance gradient() {
    return Tolerance.loosened(
        Float.MIN_NORMAL, 2e-6, "denormal results may be flushed; a few operations");
  }

  @ParameterizedTest
  @MethodSource("logits")
  void discriminator(double[] logits) {
    Shape shape = Shape.of(logits.length, 1);
    device
        .call("ganDiscriminatorLoss")
        .tolerance(Tolerance.loosened(1e-6, 2e-6, "a mean of a few operations each"))
        .output("result", Shape.of(3))
        .tolerance(gradient())
        .output("dlogits", shape)
        .input("logits", shape, logits)
        .check(
            (k, t) -> k.ganDiscriminatorLoss(t.get("result"), t.get("dlogits"), t.get("logits")));
  }

  @ParameterizedTest
  @MethodSource("generatorCases")
  void generator(GanLoss loss, double[] logits) {
    Shape shape = Shape.of(logits.length, 1);
    device
        .call("ganGeneratorLoss " + loss)
        .tolerance(Tolerance.loosened(1e-6, 2e-6, "a mean of a few operations each"))
        .output("result", Shape.of(1))
        .tolerance(gradient())
        .output("dlogits", shape)
        .input("logits", shape, logits)
        .check(
            (k, t) -> k.ganGeneratorLoss(t.get("result"), t.get("dlogits"), t.get("logits"), loss));
  }
}
