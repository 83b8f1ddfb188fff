package dev.figment.model;

import java.util.Locale;

/** Which networks a VAE is made of; see {@link VaeArchitecture}. */
public enum VaeNet {
  /** Dense layers, for images of any size. */
  DENSE,

  /** Convolutions and transposed convolutions of stride 2. */
  CONV;

  /** Its name on a command line and in a checkpoint. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
