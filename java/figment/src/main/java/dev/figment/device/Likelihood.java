package dev.figment.device;

/**
 * How a prediction becomes a distribution of the data, p(x | prediction), independent in each
 * element. Losses are -log p in nats.
 *
 * @param kind the distribution
 * @param precision of a Gaussian of fixed variance, 1 / variance; else 1
 * @param constant what a Gaussian of fixed variance adds to each element's loss; else 0
 */
public record Likelihood(Kind kind, double precision, double constant) {
  /** Kinds of distribution, in the order that devices know them by. */
  public enum Kind {
    /** The prediction is the mean: precision (prediction - x)^2 / 2 + constant. */
    GAUSSIAN,
    /** The prediction is the logit of x = 1: softplus(prediction) - x prediction, x in [0, 1]. */
    BERNOULLI,
    /**
     * The prediction is the mean, then the log variance v, of a row: ((mean - x)^2 / exp(v) + v +
     * log(2 pi)) / 2. v is clamped to +-{@link Kernels#LOG_VARIANCE_BOUND}.
     */
    GAUSSIAN_LEARNED
  }

  /** Bernoulli from logits. */
  public static final Likelihood BERNOULLI = new Likelihood(Kind.BERNOULLI, 1, 0);

  /** A Gaussian whose log variance is predicted too. */
  public static final Likelihood GAUSSIAN_LEARNED = new Likelihood(Kind.GAUSSIAN_LEARNED, 1, 0);

  /** No normalised distribution: the sum of (prediction - x)^2. */
  public static final Likelihood SQUARED_ERROR = new Likelihood(Kind.GAUSSIAN, 2, 0);

  /** A Gaussian of a fixed variance. */
  public static Likelihood gaussian(double variance) {
    if (!(variance > 0 && variance < Double.POSITIVE_INFINITY)) {
      throw new FigmentException(
          "A Gaussian likelihood was asked with variance %s; it must be positive and finite."
              .formatted(variance));
    }
    return new Likelihood(Kind.GAUSSIAN, 1 / variance, 0.5 * Math.log(2 * Math.PI * variance));
  }

  /** Predicted numbers for each element of the data. */
  public int outputs() {
    return kind == Kind.GAUSSIAN_LEARNED ? 2 : 1;
  }
}
