package dev.figment.profile;

import dev.figment.device.ConvGeometry;

/** What a convolution must compute. */
final class Convolutions {
  private Convolutions() {}

  /** Multiplications and additions of one pass over a batch, those with padding left out. */
  static long flops(ConvGeometry g, int batch) {
    return 2L
        * batch
        * g.channels()
        * g.smallChannels()
        * taps(g.height(), g.smallHeight(), g.kernelHeight(), g.strideHeight(), g.padTop())
        * taps(g.width(), g.smallWidth(), g.kernelWidth(), g.strideWidth(), g.padLeft());
  }

  /** Pairs of a small row and a kernel row that meet a large row, likewise for columns. */
  private static long taps(int large, int small, int kernel, int stride, int pad) {
    long pairs = 0;
    for (int p = 0; p < small; p++) {
      for (int r = 0; r < kernel; r++) {
        int place = p * stride - pad + r;
        if (place >= 0 && place < large) {
          pairs++;
        }
      }
    }
    return pairs;
  }

  /** For example {@code 16x64x64x3 and 16x32x32x64, 5x5 stride 2}. */
  static String text(ConvGeometry g, int batch) {
    return "%s and %s, %dx%d stride %d"
        .formatted(
            g.large(batch), g.small(batch), g.kernelHeight(), g.kernelWidth(), g.strideHeight());
  }
}
