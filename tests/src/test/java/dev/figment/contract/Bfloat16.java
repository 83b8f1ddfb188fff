package dev.figment.contract;

/** The numbers that a bfloat16 holds: those of float32 whose lower half is zero. */
public final class Bfloat16 {
  private static final int LOWER = 0xffff;

  private Bfloat16() {}

  /** The nearest, of two alike the one whose last bit is zero. */
  public static float round(float x) {
    if (Float.isNaN(x)) {
      return Float.NaN;
    }
    int bits = Float.floatToRawIntBits(x);
    float towardsZero = Float.intBitsToFloat(bits & ~LOWER);
    float away = Float.intBitsToFloat((bits & ~LOWER) + LOWER + 1);
    // Past the largest number, infinity stands for the next one there would be.
    double next = Float.isInfinite(away) ? Math.copySign(0x1p128, x) : away;
    double below = Math.abs((double) x - towardsZero);
    double above = Math.abs(next - x);
    boolean even = (Float.floatToRawIntBits(towardsZero) >>> 16 & 1) == 0;
    return Float.isInfinite(x) || below < above || below == above && even
        ? x == 0 ? x : towardsZero
        : away;
  }

  /** The 16 bits of a number that is one. */
  public static int bits(float x) {
    int bits = Float.floatToRawIntBits(x);
    if ((bits & LOWER) != 0) {
      throw new IllegalArgumentException(x + " is no bfloat16 number.");
    }
    return bits >>> 16;
  }
}
