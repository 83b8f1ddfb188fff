package dev.figment.device;

/**
 * Philox4x32-10, the counter-based random number generator every device shares.
 *
 * <p>Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3",
 * SC11. A block of four words is a pure function of its counter and key, so a result does not
 * depend on the order, the thread or the device that asked for it.
 */
public final class Philox {
  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;

  private Philox() {}

  /**
   * Returns the four 32-bit words of one block.
   *
   * @param elementBlock counter words 0 (low) and 1 (high): element index / 4
   * @param step counter word 2
   * @param stream counter word 3: which use of randomness this is
   * @param seed the key: word 0 is its low half, word 1 its high half
   */
  public static int[] block(long elementBlock, int step, int stream, long seed) {
    int c0 = (int) elementBlock;
    int c1 = (int) (elementBlock >>> 32);
    int c2 = step;
    int c3 = stream;
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * Integer.toUnsignedLong(c0);
      long product1 = MULTIPLIER_1 * Integer.toUnsignedLong(c2);
      int next0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      int next2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c0 = next0;
      c1 = (int) product1;
      c2 = next2;
      c3 = (int) product0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    return new int[] {c0, c1, c2, c3};
  }
}
