package dev.figment.data;

import dev.figment.device.Philox;

/**
 * A random order that is a pure function of its seed.
 *
 * <p>Sources: the shuffle is that of R. Durstenfeld, "Algorithm 235: Random permutation", CACM
 * 1964; the bounded integers are those of D. Lemire, "Fast Random Integer Generation in an
 * Interval", TOMACS 2019, which are exactly uniform.
 */
final class Shuffle {
  private final int step;
  private final int stream;
  private final long seed;
  private int[] block = {};
  private int used;
  private long nextBlock;

  private Shuffle(int step, int stream, long seed) {
    this.step = step;
    this.stream = stream;
    this.seed = seed;
  }

  /** Returns 0 to count - 1 in the order of an epoch. */
  static int[] order(int count, int epoch, int stream, long seed) {
    Shuffle random = new Shuffle(epoch, stream, seed);
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    for (int i = count - 1; i > 0; i--) {
      int j = random.below(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  /** A number from 0 to bound - 1: the high half of word x bound, free of bias by rejection. */
  private int below(int bound) {
    long product = nextWord() * bound;
    if ((product & 0xFFFFFFFFL) < bound) {
      long biased = (1L << 32) % bound;
      while ((product & 0xFFFFFFFFL) < biased) {
        product = nextWord() * bound;
      }
    }
    return (int) (product >>> 32);
  }

  private long nextWord() {
    if (used == block.length) {
      block = Philox.block(nextBlock++, step, stream, seed);
      used = 0;
    }
    return Integer.toUnsignedLong(block[used++]);
  }
}
