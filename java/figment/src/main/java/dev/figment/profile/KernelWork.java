package dev.figment.profile;

/**
 * What a kernel has to do for an operation, whatever the implementation.
 *
 * @param kernel its name
 * @param leastBytes every input read once and every output written once, in whole 32-byte sectors,
 *     which memory moves in
 * @param usefulFlops the formula's additions and multiplications
 * @param conflictReason why its shared memory has bank conflicts; empty where it may have none
 */
public record KernelWork(
    String kernel, long leastBytes, long usefulFlops, String conflictReason) {
  static final int SECTOR = 32;

  /** Bytes of tensors, each in whole sectors. */
  static long inSectors(long... tensorBytes) {
    long sum = 0;
    for (long bytes : tensorBytes) {
      sum += (bytes + SECTOR - 1) / SECTOR * SECTOR;
    }
    return sum;
  }
}
