package dev.figment.device;

/**
 * One entry of a {@link Recording}: a kernel's launch, or a copy inside the device's memory.
 *
 * @param kernel its family and name, for example {@code dropout.dropout_forward}; {@link #COPY}
 * @param gridX blocks along x; a copy has none
 * @param gridY blocks along y
 * @param blockX threads of a block along x
 * @param blockY threads of a block along y
 * @param sharedBytes dynamic shared memory of a block
 */
public record KernelLaunch(
    String kernel, int gridX, int gridY, int blockX, int blockY, int sharedBytes) {
  /** The name of a copy. */
  public static final String COPY = "copy";

  /** A copy inside the device's memory. */
  public static KernelLaunch copy() {
    return new KernelLaunch(COPY, 0, 0, 0, 0, 0);
  }

  /** Whether this is a copy and no kernel. */
  public boolean isCopy() {
    return kernel.equals(COPY);
  }
}
