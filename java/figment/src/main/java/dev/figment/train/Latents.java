package dev.figment.train;

import dev.figment.device.FigmentException;

/** Paths between latent vectors. */
public final class Latents {
  private static final double PARALLEL = 1e-6;

  private Latents() {}

  /**
   * The point {@code t} of the great arc from {@code a} to {@code b}, lengths interpolated with the
   * angle: normal latents lie near a sphere, and a straight line would leave it. Source: T. White,
   * "Sampling Generative Networks", 2016, arXiv 1609.04468, after K. Shoemake, 1985.
   *
   * @param a latent size
   * @param b latent size
   * @param t from 0 (a) to 1 (b)
   */
  public static float[] spherical(float[] a, float[] b, double t) {
    if (a.length != b.length) {
      throw new FigmentException(
          "A path from a latent of %d numbers to one of %d was asked for; both must have as many."
              .formatted(a.length, b.length));
    }
    double dot = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      squaresA += (double) a[i] * a[i];
      squaresB += (double) b[i] * b[i];
    }
    double cosine = dot / Math.sqrt(squaresA * squaresB);
    double angle = Math.acos(Math.max(-1, Math.min(1, cosine)));
    double sine = Math.sin(angle);
    boolean straight = !(sine > PARALLEL); // also where one is zero and there is no angle
    double weightA = straight ? 1 - t : Math.sin((1 - t) * angle) / sine;
    double weightB = straight ? t : Math.sin(t * angle) / sine;
    float[] point = new float[a.length];
    for (int i = 0; i < point.length; i++) {
      point[i] = (float) (weightA * a[i] + weightB * b[i]);
    }
    return point;
  }
}
