package dev.figment.train;

import dev.figment.data.ImageDataset;
import dev.figment.device.Likelihood;
import dev.figment.model.VaeArchitecture;
import dev.figment.model.VaeNet;
import java.util.Random;

/** Small VAEs and images for tests. */
final class VaeModels {
  static final int SIDE = 8;
  static final int LATENT = 3;

  private VaeModels() {}

  static VaeConfig.Builder config(VaeNet net, Likelihood likelihood, int width) {
    return VaeConfig.of(new VaeArchitecture(SIDE, SIDE, 1, LATENT, width, net, likelihood));
  }

  /** Images that differ in every pixel, of the labels 0 to 2. */
  static ImageDataset noise(int count, int side, int channels) {
    byte[] pixels = new byte[count * side * side * channels];
    new Random(3).nextBytes(pixels);
    byte[] labels = new byte[count];
    for (int image = 0; image < count; image++) {
      labels[image] = (byte) (image % 3);
    }
    return new ImageDataset("noise", count, side, side, channels, pixels, labels);
  }

  /** Black images with a white square of 3 x 3 each somewhere: two numbers tell each apart. */
  static ImageDataset squares(int count, int seed) {
    byte[] pixels = new byte[count * SIDE * SIDE];
    byte[] labels = new byte[count];
    Random random = new Random(seed);
    for (int image = 0; image < count; image++) {
      int top = random.nextInt(SIDE - 2);
      int left = random.nextInt(SIDE - 2);
      labels[image] = (byte) top;
      for (int i = 0; i < 9; i++) {
        pixels[(image * SIDE + top + i / 3) * SIDE + left + i % 3] = (byte) 255;
      }
    }
    return new ImageDataset("squares", count, SIDE, SIDE, 1, pixels, labels);
  }
}
