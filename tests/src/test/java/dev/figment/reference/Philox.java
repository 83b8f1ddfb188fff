package dev.figment.reference;

import dev.figment.device.RandomStream;

/**
 * Philox4x32-10, written from the paper's description and shared with no device. Source: Salmon et
 * al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), section 3.
 */
public final class Philox {
  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;

  private Philox() {}

  /** The four output words for a counter of four words and a key of two. */
  public static int[] block(int[] counter, int[] key) {
    int c0 = counter[0];
    int c1 = counter[1];
    int c2 = counter[2];
    int c3 = counter[3];
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * Integer.toUnsignedLong(c0);
      long product1 = MULTIPLIER_1 * Integer.toUnsignedLong(c2);
      c0 = (int) (product1 >>> 32) ^ c1 ^ (key[0] + round * WEYL_0);
      c2 = (int) (product0 >>> 32) ^ c3 ^ (key[1] + round * WEYL_1);
      c1 = (int) product1;
      c3 = (int) product0;
    }
    return new int[] {c0, c1, c2, c3};
  }

  /** The block that element {@code index} of a draw takes its word from. */
  public static int[] block(RandomStream stream, int counter, long index) {
    long block = index / 4;
    return block(
        new int[] {(int) block, (int) (block >>> 32), counter, stream.stream()},
        new int[] {(int) stream.seed(), (int) (stream.seed() >>> 32)});
  }

  /** (x + 0.5) 2^-32 in float32, by one fused multiply-add of the word rounded to float32. */
  public static float uniform(int word) {
    return Math.fma((float) Integer.toUnsignedLong(word), 0x1p-32f, 0x1p-33f);
  }

  /** Normal number {@code lane} of a block: Box-Muller on lanes 0, 1 and 2, 3, in double. */
  public static double normal(int[] block, int lane) {
    double radius = Math.sqrt(-2 * Math.log(uniform(block[lane & 2])));
    double turns = uniform(block[lane & 2 | 1]);
    return radius * (lane % 2 == 0 ? cosTurns(turns) : sinTurns(turns));
  }

  /** cos(2 pi t) for t in [0, 1], exact to a double's rounding also near its zeros. */
  private static double cosTurns(double turns) {
    return sinTurns(turns + 0.25);
  }

  /** sin(2 pi t): the nearest quarter turn is taken off exactly, so zeros keep their accuracy. */
  private static double sinTurns(double turns) {
    long quarter = Math.round(4 * turns);
    double angle = 2 * Math.PI * (turns - 0.25 * quarter);
    return switch ((int) (quarter % 4)) {
      case 0 -> Math.sin(angle);
      case 1 -> Math.cos(angle);
      case 2 -> -Math.sin(angle);
      default -> -Math.cos(angle);
    };
  }
}
