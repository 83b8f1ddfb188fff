package dev.figment.device;

import java.util.Locale;

/** What the CPU keeps of activations and multiplies; sums are float32 always. */
public enum Precision {
  /** Everything in float32. */
  FLOAT32,
  /**
   * What layers leave for one another, its gradients, and the factors of dense layers and
   * convolutions in bfloat16, the upper half of a float32: half the memory, and twice as many
   * products an instruction, or more, where the processor has AVX-512 BF16 or AMX; the same
   * products, but no faster, where it has not. Weights, their gradients and statistics stay
   * float32.
   */
  BF16;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
