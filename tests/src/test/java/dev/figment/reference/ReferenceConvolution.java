package dev.figment.reference;

import dev.figment.device.ConvGeometry;

/**
 * The three passes of a convolution from a large image [N][H][W][C] to a small one [N][P][Q][K]
 * with weights [K][R][S][C]. A transposed convolution is the same three passes in other roles.
 *
 * <p>All three walk the same taps: small pixel (p, q) and weight (r, s) meet large pixel (p
 * strideHeight - padTop + r, q strideWidth - padLeft + s), where there is one.
 */
final class ReferenceConvolution {
  private final ConvGeometry geometry;

  ReferenceConvolution(ConvGeometry geometry) {
    this.geometry = geometry;
  }

  /**
   * What one tap does: the C large, the K small and the first of the weights [K][..][C] it meets.
   */
  private interface Tap {
    void at(int large, int small, int weights);
  }

  /** small += large conv weights. */
  void forward(Reals small, Reals large, Reals weights) {
    int channels = geometry.channels();
    int pitch = pitch();
    walk(
        small.count(),
        (x, y, w) -> {
          for (int k = 0; k < geometry.smallChannels(); k++) {
            double sum = 0;
            for (int c = 0; c < channels; c++) {
              sum += large.get(x + c) * weights.get(w + k * pitch + c);
            }
            small.add(y + k, sum);
          }
        });
  }

  /** large += the transposed convolution of small. */
  void backwardData(Reals large, Reals small, Reals weights) {
    int channels = geometry.channels();
    int pitch = pitch();
    walk(
        small.count(),
        (x, y, w) -> {
          for (int k = 0; k < geometry.smallChannels(); k++) {
            double dy = small.get(y + k);
            for (int c = 0; c < channels; c++) {
              large.add(x + c, dy * weights.get(w + k * pitch + c));
            }
          }
        });
  }

  /** weights += the products of every large and small pixel that meet. */
  void backwardWeights(Reals weights, Reals small, Reals large) {
    int channels = geometry.channels();
    int pitch = pitch();
    walk(
        small.count(),
        (x, y, w) -> {
          for (int k = 0; k < geometry.smallChannels(); k++) {
            double dy = small.get(y + k);
            for (int c = 0; c < channels; c++) {
              weights.add(w + k * pitch + c, dy * large.get(x + c));
            }
          }
        });
  }

  /** Elements from one small channel's weights to the next one's. */
  private int pitch() {
    return geometry.kernelHeight() * geometry.kernelWidth() * geometry.channels();
  }

  private void walk(int smallCount, Tap tap) {
    ConvGeometry g = geometry;
    int batch = smallCount / (g.smallHeight() * g.smallWidth() * g.smallChannels());
    for (int n = 0; n < batch; n++) {
      for (int p = 0; p < g.smallHeight(); p++) {
        for (int q = 0; q < g.smallWidth(); q++) {
          for (int r = 0; r < g.kernelHeight(); r++) {
            for (int s = 0; s < g.kernelWidth(); s++) {
              int h = p * g.strideHeight() - g.padTop() + r;
              int w = q * g.strideWidth() - g.padLeft() + s;
              if (h >= 0 && h < g.height() && w >= 0 && w < g.width()) {
                tap.at(
                    ((n * g.height() + h) * g.width() + w) * g.channels(),
                    ((n * g.smallHeight() + p) * g.smallWidth() + q) * g.smallChannels(),
                    (r * g.kernelWidth() + s) * g.channels());
              }
            }
          }
        }
      }
    }
  }
}
