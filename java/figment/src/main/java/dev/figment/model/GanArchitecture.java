package dev.figment.model;

import dev.figment.device.Activation;
import dev.figment.device.FigmentException;
import dev.figment.device.Shape;
import dev.figment.nn.ActivationLayer;
import dev.figment.nn.BatchNorm;
import dev.figment.nn.Convolution;
import dev.figment.nn.Dense;
import dev.figment.nn.Dropout;
import dev.figment.nn.Initializer;
import dev.figment.nn.Layer;
import dev.figment.nn.Reshape;
import java.util.List;

/**
 * The networks of the image GAN. The generator is a dense stem of three LeakyReLU layers (256, 512,
 * 1024 units), a tanh layer that becomes a quarter-size image of 256 channels, and three transposed
 * convolutions 5x5 to 128 (stride 1), 64 (stride 2) and the image's channels (stride 2, tanh), with
 * batch norm and ReLU between. The discriminator is two convolutions 5x5 of stride 2 (64, 128
 * channels), each with LeakyReLU and dropout, and a dense logit.
 *
 * <p>Without batch norm in the stem, what its LeakyReLUs let through of all latents alike would
 * soon drown what tells them apart, and every image would be the same. So the stem starts as a
 * linear map (looks-linear weights) and learns at a hundredth of the rate, as the mapping network
 * of StyleGAN does (Karras et al., 2019). docs/gan.md compares.
 *
 * @param height of an image, a multiple of 4
 * @param width of an image, a multiple of 4
 * @param channels of an image
 * @param latent numbers of a latent vector
 * @param baseWidth channels at the image side, 64 as described; all other widths follow in
 *     proportion
 */
public record GanArchitecture(int height, int width, int channels, int latent, int baseWidth) {
  private static final int KERNEL = 5;
  private static final double STEM_RATE = 0.01;
  private static final Layer LEAKY_RELU = new ActivationLayer(Activation.leakyRelu(0.2));
  private static final Layer RELU = new ActivationLayer(Activation.RELU);
  private static final Layer TANH = new ActivationLayer(Activation.TANH);
  private static final Layer BATCH_NORM = BatchNorm.of(0.8, 1e-3);

  public GanArchitecture {
    if (height < 4 || width < 4 || height % 4 != 0 || width % 4 != 0) {
      throw new FigmentException(
          "Images of %d x %d were given; this GAN takes heights and widths that are multiples of 4."
              .formatted(height, width));
    }
    if (channels < 1 || latent < 1 || baseWidth < 1) {
      throw new FigmentException(
          "A GAN of %d channels, latent size %d and width %d was asked for; each must be at least 1."
              .formatted(channels, latent, baseWidth));
    }
  }

  /** The shape of an image. */
  public Shape image() {
    return Shape.of(height, width, channels);
  }

  /** latent -> image in [-1, 1]. */
  public List<Layer> generator() {
    Shape seedImage = Shape.of(height / 4, width / 4, 4 * baseWidth);
    return List.of(
        stem(4 * baseWidth, false, true),
        LEAKY_RELU,
        stem(8 * baseWidth, true, true),
        LEAKY_RELU,
        stem(16 * baseWidth, true, true),
        LEAKY_RELU,
        stem(Math.toIntExact(seedImage.count()), true, false),
        TANH,
        new Reshape(seedImage),
        Convolution.convTranspose2d(2 * baseWidth, KERNEL, 1).withoutBias(),
        BATCH_NORM,
        RELU,
        Convolution.convTranspose2d(baseWidth, KERNEL, 2).withoutBias(),
        BATCH_NORM,
        RELU,
        Convolution.convTranspose2d(channels, KERNEL, 2),
        TANH);
  }

  private static Layer stem(int units, boolean mirrorInputs, boolean mirrorOutputs) {
    return Dense.of(units)
        .startedBy(Initializer.looksLinear(1, mirrorInputs, mirrorOutputs))
        .learningAt(STEM_RATE);
  }

  /** image -> logit: the log odds that it is real. */
  public List<Layer> discriminator() {
    return List.of(
        Convolution.conv2d(baseWidth, KERNEL, 2),
        LEAKY_RELU,
        Dropout.of(0.25),
        Convolution.conv2d(2 * baseWidth, KERNEL, 2),
        LEAKY_RELU,
        Dropout.of(0.25),
        Reshape.flatten(),
        Dense.of(1));
  }
}
