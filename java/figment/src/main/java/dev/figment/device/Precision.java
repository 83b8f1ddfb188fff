package dev.figment.device;

import java.util.Locale;

/** What the CPU multiplies in dense layers and convolutions; sums are float32 always. */
public enum Precision {
  /** The tensors as they are. */
  FLOAT32,
  /**
   * Copies rounded to bfloat16, the upper half of a float32: twice as many products an instruction,
   * or more, where the processor has AVX-512 BF16 or AMX; the same products, but no faster, where
   * it has not. Tensors, weights among them, stay float32.
   */
  BF16;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
