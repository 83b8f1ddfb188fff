package dev.figment.train;

import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * Says what goes wrong in a GAN's training while it runs: a discriminator that has won, and a
 * generator that makes one image.
 */
public final class GanWatch {
  /** A discriminator's loss below which it hardly errs, in nats. */
  static final double WON_LOSS = 1e-3;

  /** The norm of the generator's gradient below which it learns nothing. */
  static final double VANISHED_NORM = 1e-6;

  /** Steps in a row of both that make a warning. */
  static final int WON_STEPS = 200;

  /** The share of the data's spread below which generated images count as one. */
  static final double COLLAPSED_SHARE = 0.2;

  /** The step before which a generator may still be at its start. */
  static final int FIRST_STEP = 200;

  private final double dataSpread;
  private int wonSteps;
  private boolean wonSaid;
  private int narrowGrids;
  private boolean collapseSaid;

  /**
   * @param dataSpread {@link #spread} of the data
   */
  public GanWatch(double dataSpread) {
    this.dataSpread = dataSpread;
  }

  /**
   * Looks at a step.
   *
   * @param gradientNorm the norm of the generator's gradient; asked for where it matters alone
   * @return a warning, once for each time that it becomes true
   */
  public Optional<String> trained(GanStep step, DoubleSupplier gradientNorm) {
    boolean won = step.discriminatorLoss() < WON_LOSS && gradientNorm.getAsDouble() < VANISHED_NORM;
    wonSteps = won ? wonSteps + 1 : 0;
    wonSaid &= won;
    if (wonSteps < WON_STEPS || wonSaid) {
      return Optional.empty();
    }
    wonSaid = true;
    return Optional.of(
        ("the discriminator has won: for %d steps its loss is below %s and the generator's gradient"
                + " below %s, so the generator learns nothing more; start again with a smaller --lr-d.")
            .formatted(WON_STEPS, WON_LOSS, VANISHED_NORM));
  }

  /**
   * Looks at a grid of the fixed latents.
   *
   * @param spread {@link #spread} of its images
   * @return a warning at the second narrow grid in a row, once for each time
   */
  public Optional<String> sampled(long step, double spread) {
    boolean narrow = step >= FIRST_STEP && spread < COLLAPSED_SHARE * dataSpread;
    narrowGrids = narrow ? narrowGrids + 1 : 0;
    collapseSaid &= narrow;
    if (narrowGrids < 2 || collapseSaid) {
      return Optional.empty();
    }
    collapseSaid = true;
    return Optional.of(
        ("the samples are nearly one image (spread %.3f, the data's is %.3f): the generator has"
                + " collapsed; start again with another --seed or a smaller --lr.")
            .formatted(spread, dataSpread));
  }

  /**
   * The diversity of images: the standard deviation of a pixel over the images, averaged over the
   * pixels. 0 where all are alike.
   *
   * @param images count x pixels
   */
  public static double spread(float[] images, int count) {
    int pixels = images.length / count;
    double total = 0;
    for (int p = 0; p < pixels; p++) {
      double mean = 0;
      for (int i = 0; i < count; i++) {
        mean += images[i * pixels + p];
      }
      mean /= count;
      double squares = 0;
      for (int i = 0; i < count; i++) {
        double deviation = images[i * pixels + p] - mean;
        squares += deviation * deviation;
      }
      total += Math.sqrt(squares / count);
    }
    return total / pixels;
  }
}
