package dev.figment.bench.steps;

import dev.figment.device.FigmentException;
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
  /** Of sums of float32 in another order. */
  private static final double LOSS_TOLERANCE = 1e-5;

  /** As well, through all layers. */
  private static final double UPDATE_TOLERANCE = 1e-3;

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

  /** Whether it is as near as float32 lets it be. */
  boolean agrees() {
    return loss <= LOSS_TOLERANCE && update <= UPDATE_TOLERANCE;
  }

  /** Of a peer that computes something else. */
  FigmentException refusal(String peer, String step) {
    return new FigmentException(
        String.format(
            Locale.ROOT,
            "%s was to train the same %s as we do and does not: losses differ by %.1e (at most %.0e"
                + " may be), the update of %s by %.1e of its norm (at most %.0e).",
            peer,
            step,
            loss,
            LOSS_TOLERANCE,
            tensor,
            update,
            UPDATE_TOLERANCE));
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
