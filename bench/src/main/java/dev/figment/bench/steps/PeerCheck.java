package dev.figment.bench.steps;

import dev.figment.device.FigmentException;
import dev.figment.device.Precision;
import dev.figment.io.SafetensorsReader;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How far a peer is from us after the same step of gradient descent.
 *
 * @param loss the largest difference of a loss, relative to ours
 * @param update the largest norm of a difference of two updates of a tensor, relative to our update
 * @param tensor that one
 */
record PeerCheck(double loss, double update, String tensor) {
  /** How far a loss may be: float32's sums in another order, or bf16 rounded at other places. */
  private static double lossTolerance(Precision precision) {
    return precision == Precision.FLOAT32 ? 1e-5 : 1e-2;
  }

  /** An update, through all layers. */
  private static double updateTolerance(Precision precision) {
    return precision == Precision.FLOAT32 ? 1e-3 : 0.3;
  }

  /** Compares two results of one start; the files are those of {@link Example}. */
  static PeerCheck of(Path start, Path ours, Path peers) {
    try (SafetensorsReader before = SafetensorsReader.open(start);
        SafetensorsReader expected = SafetensorsReader.open(ours);
        SafetensorsReader found = SafetensorsReader.open(peers)) {
      double loss = 0;
      double update = 0;
      String tensor = "";
      for (String name : expected.names()) {
        float[] wanted = expected.floats(name);
        float[] got = found.floats(name);
        if (got.length != wanted.length) {
          throw new FigmentException(
              "A peer's %s has %d numbers where ours has %d; it is another network."
                  .formatted(name, got.length, wanted.length));
        }
        if (name.equals(Example.LOSSES)) {
          for (int i = 0; i < wanted.length; i++) {
            double difference = Math.abs((double) got[i] - wanted[i]) / Math.abs(wanted[i]);
            loss = Math.max(loss, difference); // NaN stays
          }
        } else {
          double difference = distance(got, wanted) / distance(wanted, before.floats(name));
          if (difference > update || Double.isNaN(difference)) { // NaN stays
            update = difference;
            tensor = name;
          }
        }
      }
      return new PeerCheck(loss, update, tensor);
    }
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  /** Whether it is as near as the precision of products lets it be. */
  boolean agrees(Precision precision) {
    return loss <= lossTolerance(precision) && update <= updateTolerance(precision);
  }

  /** Of a peer that computes something else. */
  FigmentException refusal(String peer, Workload step) {
    return new FigmentException(
        String.format(
            Locale.ROOT,
            "%s was to train the same %s as we do and does not: losses differ by %.1e (at most %.0e"
                + " may be), the update of %s by %.1e of its norm (at most %.0e).",
            peer,
            step,
            loss,
            lossTolerance(step.precision()),
            tensor,
            update,
            updateTolerance(step.precision())));
  }

  /** A line for people. */
  String text(String peer) {
    return String.format(
        Locale.ROOT,
        "  %s computes the same: losses within %.1e, updates within %.1e of their norm (%s)",
        peer,
        loss,
        update,
        tensor);
  }
}
