package dev.figment.contract;

import dev.figment.device.ConvGeometry;

/** How many products an element of each pass of a convolution sums at most. */
final class ConvTerms {
  private ConvTerms() {}

  /** An element of the small image, and its bias. */
  static long forwardTerms(ConvGeometry g) {
    return (long) g.kernelHeight() * g.kernelWidth() * g.channels() + 1;
  }

  /** An element of the large image, and its bias. */
  static long backwardTerms(ConvGeometry g) {
    long taps =
        (long) ceil(g.kernelHeight(), g.strideHeight()) * ceil(g.kernelWidth(), g.strideWidth());
    return taps * g.smallChannels() + 1;
  }

  /** A weight, and what it is added to. */
  static long weightTerms(ConvGeometry g, int batch) {
    return (long) batch * g.smallHeight() * g.smallWidth() + 1;
  }

  private static int ceil(int a, int b) {
    return (a + b - 1) / b;
  }
}
