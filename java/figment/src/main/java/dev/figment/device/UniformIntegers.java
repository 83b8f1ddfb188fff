package dev.figment.device;

/**
 * Random integers that are a pure function of their seed, stream and step.
 *
 * <p>Source: D. Lemire, "Fast Random Integer Generation in an Interval", TOMACS 2019, on the words
 * of {@link Philox}: exactly uniform, by rejection.
 */
public final class UniformIntegers {
  private final int step;
  private final int stream;
  private final long seed;
  private int[] block = {};
  private int used;
  private long nextBlock;

  /** The numbers of one step of a stream, from the first on. */
  public UniformIntegers(int step, int stream, long seed) {
    this.step = step;
    this.stream = stream;
    this.seed = seed;
  }

  /** A number from 0 to bound - 1: the high half of word x bound, free of bias by rejection. */
  public int below(int bound) {
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
