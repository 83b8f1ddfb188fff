package dev.figment.contract;

/**
 * How far a device's number may be from the reference's: |got - expected| <= absolute + relative
 * |expected|. NaN matches NaN and an infinity itself.
 *
 * @param absolute the absolute part
 * @param relative the relative part
 * @param reason why it is what it is, for whoever reads a failure
 */
public record Tolerance(double absolute, double relative, String reason) {
  private static final double EPSILON = 0x1p-23;

  /** The same number, rounded once to float32: no arithmetic, or one operation of it. */
  public static final Tolerance EXACT =
      new Tolerance(Float.MIN_VALUE, 0x1p-23, "one float32 operation");

  /** A short formula of float32 operations, each within a few units in the last place. */
  public static final Tolerance FORMULA =
      new Tolerance(1e-6, 8 * EPSILON, "a few float32 operations on numbers of order 1");

  /** The same bits as the reference rounded to float32. */
  public static final Tolerance SAME_BITS = new Tolerance(0, 0, "defined to the last bit");

  public static Tolerance loosened(double absolute, double relative, String reason) {
    return new Tolerance(absolute, relative, reason);
  }

  /**
   * A float32 sum of {@code terms} numbers up to {@code size}, in partial sums: errors grow as the
   * root of the terms.
   */
  public static Tolerance sum(long terms, double size) {
    return new Tolerance(
        EPSILON * size * (4 + 2 * Math.sqrt(terms)),
        8 * EPSILON,
        "partial float32 sums of %d terms up to %.3g".formatted(terms, size));
  }

  /**
   * A float32 sum of {@code terms} products of numbers in (-1, 1), one after the other. Each
   * addition rounds the partial sum, by a fifth of epsilon of it as a deviation. Partial sums of i
   * products are about sqrt(i) / 3, which makes 0.05 epsilon terms, and on the way to a result v
   * they pass through its fractions, which makes 0.13 epsilon v sqrt(terms). Some five and four
   * times that are allowed. A lost product would be 0.25.
   */
  public static Tolerance products(long terms) {
    return new Tolerance(
        EPSILON * (4 + 0.25 * terms),
        EPSILON * (8 + 0.5 * Math.sqrt(terms)),
        "a running float32 sum of %d products".formatted(terms));
  }

  /** The difference allowed at {@code expected}. */
  double at(double expected) {
    return absolute + relative * Math.abs(expected);
  }

  boolean accepts(double expected, double got) {
    if (Double.isNaN(expected) || Double.isNaN(got)) {
      return Double.isNaN(expected) && Double.isNaN(got);
    }
    double rounded = (float) expected;
    return got == rounded || Math.abs(got - expected) <= at(expected);
  }
}
