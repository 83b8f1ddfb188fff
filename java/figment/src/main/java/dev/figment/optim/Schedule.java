package dev.figment.optim;

import dev.figment.device.FigmentException;
import java.util.Locale;

/**
 * How a learning rate changes over a training: a factor of it for each step. During warm-up it
 * rises in equal parts to 1 (Goyal et al., 2017); then it follows its kind. Before the first step 0
 * steps are done.
 *
 * @param kind its form after warm-up
 * @param steps over which the rate falls to 0, warm-up counted; for {@link Kind#STEP} those between
 *     two falls, counted from the end of warm-up; without meaning for {@link Kind#CONSTANT}
 * @param warmup steps of warm-up; 0 for none
 */
public record Schedule(Kind kind, long steps, long warmup) {
  private static final double FALL = 0.1;

  /** The learning rate as it is. */
  public static final Schedule CONSTANT = new Schedule(Kind.CONSTANT, 0, 0);

  /** The form of a schedule. */
  public enum Kind {
    /** 1. */
    CONSTANT,
    /** 1 - p at the share p of the steps after warm-up. */
    LINEAR,
    /** (1 + cos(pi p)) / 2; source: Loshchilov and Hutter, "SGDR" (2017), without restarts. */
    COSINE,
    /** A tenth of what it was, every so many steps. */
    STEP;

    /** Whether the rate reaches 0, after which no step changes anything. */
    public boolean ends() {
      return this == LINEAR || this == COSINE;
    }

    /** As in options and checkpoints: {@code cosine}. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Schedule {
    if (warmup < 0 || (kind != Kind.CONSTANT && steps < 1)) {
      throw new FigmentException(
          "A %s schedule of %d steps with %d of warm-up was asked for; give 1 step or more, and 0 or more of warm-up."
              .formatted(kind, steps, warmup));
    }
    if (kind.ends() && warmup >= steps) {
      throw new FigmentException(
          "A %s schedule of %d steps with %d of warm-up was asked for; its warm-up must be shorter than the whole."
              .formatted(kind, steps, warmup));
    }
  }

  /**
   * The factor of the learning rate.
   *
   * @param done steps done before
   * @return from 0 to 1
   */
  public double factor(long done) {
    if (done < warmup) {
      return (done + 1.0) / warmup;
    }
    long after = done - warmup;
    return switch (kind) {
      case CONSTANT -> 1;
      case LINEAR -> 1 - share(after);
      case COSINE -> (1 + Math.cos(Math.PI * share(after))) / 2;
      case STEP -> Math.pow(FALL, after / steps);
    };
  }

  private double share(long after) {
    return Math.min(1, (double) after / (steps - warmup));
  }

  /** Whether the factor is 1 at every step. */
  public boolean isConstant() {
    return kind == Kind.CONSTANT && warmup == 0;
  }

  /** As in checkpoints: {@code cosine 1000, warm-up 50}. */
  @Override
  public String toString() {
    return (kind == Kind.CONSTANT ? "" + kind : kind + " " + steps)
        + (warmup == 0 ? "" : ", warm-up " + warmup);
  }
}
