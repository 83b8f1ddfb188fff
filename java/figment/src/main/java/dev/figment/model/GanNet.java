package dev.figment.model;

/** Which networks a GAN is made of; see {@link GanArchitecture}. */
public enum GanNet {
  /** A stem of dense layers, then transposed convolutions: for every size. */
  DENSE_STEM("dense-stem"),

  /** The generator of DCGAN, for images of 64 x 64. */
  DCGAN64("dcgan64");

  private final String text;

  GanNet(String text) {
    this.text = text;
  }

  /** Its name on a command line and in a checkpoint. */
  @Override
  public String toString() {
    return text;
  }
}
