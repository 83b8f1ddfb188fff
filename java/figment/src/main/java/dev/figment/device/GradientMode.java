package dev.figment.device;

/** What a backward pass does with the gradients of parameters. */
public enum GradientMode {
  /** Does not compute them: only the gradient of the input is wanted. */
  IGNORE,
  /** Replaces what the gradient buffer held. */
  OVERWRITE,
  /** Adds to what the gradient buffer held. */
  ACCUMULATE
}
