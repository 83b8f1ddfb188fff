package dev.figment.data;

import dev.figment.device.UniformIntegers;

/**
 * A random order that is a pure function of its seed.
 *
 * <p>Source: R. Durstenfeld, "Algorithm 235: Random permutation", CACM 1964.
 */
final class Shuffle {
  private Shuffle() {}

  /** Returns 0 to count - 1 in the order of an epoch. */
  static int[] order(int count, int epoch, int stream, long seed) {
    UniformIntegers random = new UniformIntegers(epoch, stream, seed);
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
}
