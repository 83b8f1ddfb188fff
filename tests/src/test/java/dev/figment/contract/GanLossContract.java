package dev.figment.contract;

import dev.figment.device.GanLoss;
import dev.figment.device.GradientPenalty;
import dev.figment.device.Shape;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
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
  @MethodSource("generatorCases")
  void discriminator(GanLoss loss, double[] logits) {
    discriminator(loss, logits, 0);
  }

  @ParameterizedTest
  @EnumSource
  void labelSmoothing(GanLoss loss) {
    for (double smoothing : loss.hasTargets() ? new double[] {0.1f, 0.5} : new double[] {0}) {
      discriminator(loss, new Values(5).uniform(66, -6, 6), smoothing);
    }
  }

  /** At a hinge's kinks the slope is 0, on their inner sides it is not. */
  @Test
  void kinksOfTheHinge() {
    double[] logits = {
      1, Math.nextDown(1f), Math.nextUp(1f), -1, Math.nextDown(-1f), Math.nextUp(-1f)
    };
    discriminator(GanLoss.HINGE, logits, 0);
  }

  @ParameterizedTest
  @EnumSource
  void notANumberReachesTheLoss(GanLoss loss) {
    Shape shape = Shape.of(8, 1);
    double[] logits = new Values(1).signed(8);
    logits[2] = Double.NaN;
    device
        .call("ganDiscriminatorLoss of a NaN, " + loss)
        .output("result", Shape.of(3))
        .input("logits", shape, logits)
        .updated("dlogits", shape, new double[8])
        .tolerance(Tolerance.FORMULA)
        .check(
            (k, t) -> {
              k.ganDiscriminatorLoss(t.get("result"), t.get("dlogits"), t.get("logits"), loss, 0);
              k.fill(t.get("dlogits"), 0);
            });
  }

  private void discriminator(GanLoss loss, double[] logits, double smoothing) {
    Shape shape = Shape.of(logits.length, 1);
    device
        .call("ganDiscriminatorLoss %s, smoothing %s".formatted(loss, smoothing))
        .tolerance(value(loss))
        .output("result", Shape.of(3))
        .tolerance(smoothing == 0 ? gradient() : Tolerance.FORMULA)
        .output("dlogits", shape)
        .input("logits", shape, logits)
        .check(
            (k, t) ->
                k.ganDiscriminatorLoss(
                    t.get("result"), t.get("dlogits"), t.get("logits"), loss, smoothing));
  }

  /** Logits themselves, up to 200, may cancel in a mean. */
  private static Tolerance value(GanLoss loss) {
    return loss.hasTargets()
        ? Tolerance.loosened(1e-6, 2e-6, "a mean of a few operations each")
        : Tolerance.loosened(2e-5, 2e-6, "a mean of numbers up to 200 that cancel");
  }

  @ParameterizedTest
  @MethodSource("generatorCases")
  void generator(GanLoss loss, double[] logits) {
    Shape shape = Shape.of(logits.length, 1);
    device
        .call("ganGeneratorLoss " + loss)
        .tolerance(value(loss))
        .output("result", Shape.of(1))
        .tolerance(gradient())
        .output("dlogits", shape)
        .input("logits", shape, logits)
        .check(
            (k, t) -> k.ganGeneratorLoss(t.get("result"), t.get("dlogits"), t.get("logits"), loss));
  }

  /** Squared norms from 0 to large ones, those about 1 among them, where a penalty is least. */
  @ParameterizedTest
  @EnumSource
  void gradientPenalty(GradientPenalty penalty) {
    for (int rows : batches()) {
      double[] squares = new Values(rows).uniform(rows, 0, 4);
      double[] special = {0, 1, 1e-30f, 1e12f, Math.nextDown(1f), Float.MIN_NORMAL};
      System.arraycopy(special, 0, squares, 0, Math.min(rows, special.length));
      device
          .call("gradientPenalty " + penalty)
          .tolerance(Tolerance.loosened(1e-6, 2e-6, "a mean of a few operations each"))
          .output("result", Shape.of(1))
          .output("factors", Shape.of(rows))
          .input("squares", Shape.of(rows), squares)
          .check(
              (k, t) ->
                  k.gradientPenalty(
                      t.get("result"), t.get("factors"), t.get("squares"), penalty, 10));
    }
  }

  @ParameterizedTest
  @EnumSource
  void notANumberReachesThePenalty(GradientPenalty penalty) {
    device
        .call("gradientPenalty of a NaN, " + penalty)
        .output("result", Shape.of(1))
        .updated("factors", Shape.of(3), new double[3])
        .input("squares", Shape.of(3), new double[] {1, Double.NaN, 4})
        .check(
            (k, t) -> {
              k.gradientPenalty(t.get("result"), t.get("factors"), t.get("squares"), penalty, 10);
              k.fill(t.get("factors"), 0);
            });
  }
}
