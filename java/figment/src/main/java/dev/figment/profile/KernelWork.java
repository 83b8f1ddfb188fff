package dev.figment.profile;

/**
 * What a kernel has to do for an operation.
 *
 * @param kernel its name
 * @param leastBytes every input read once and every output written once, in whole 32-byte sectors,
 *     which memory moves in
 * @param boundBytes what its requests are held against: the least bytes, or, of a kernel that works
 *     in tiles and reads operands once for each, what the tiles ask for when all are whole
 * @param usefulFlops the formula's additions and multiplications
 * @param conflictReason why its shared memory has bank conflicts; empty where it may have none
 */
public record KernelWork(
    String kernel, long leastBytes, long boundBytes, long usefulFlops, String conflictReason) {
  static final int SECTOR = 32;

  /** A kernel that should ask for nothing twice. */
  static KernelWork of(String kernel, long flops, long... tensorBytes) {
    long least = inSectors(tensorBytes);
    return new KernelWork(kernel, least, least, flops, "");
  }

  /** The same, of a kernel that works in tiles. */
  KernelWork tiled(long requestedBytes) {
    return new KernelWork(kernel, leastBytes, requestedBytes, usefulFlops, conflictReason);
  }

  /** The same, with bank conflicts for a reason. */
  KernelWork conflicting(String reason) {
    return new KernelWork(kernel, leastBytes, boundBytes, usefulFlops, reason);
  }

  /** Whether it works in tiles. */
  public boolean isTiled() {
    return boundBytes != leastBytes;
  }

  /** Bytes of tensors, each in whole sectors. */
  static long inSectors(long... tensorBytes) {
    long sum = 0;
    for (long bytes : tensorBytes) {
      sum += (bytes + SECTOR - 1) / SECTOR * SECTOR;
    }
    return sum;
  }
}
