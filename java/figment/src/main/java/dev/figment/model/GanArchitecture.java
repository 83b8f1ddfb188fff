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
import dev.figment.nn.LabelEmbedding;
import dev.figment.nn.Layer;
import dev.figment.nn.Reshape;
import java.util.ArrayList;
import java.util.List;

/**
 * The networks of the image GAN. An image is 4 or 7 times 2^k pixels high and as much wide (k is
 * the same), which makes k stages of stride 2. Widths double from {@code baseWidth} channels at the
 * image side, to 16 times as many at most.
 *
 * <p>{@link GanNet#DENSE_STEM}: the generator is a dense stem of three LeakyReLU layers (256, 512,
 * 1024 units), a tanh layer that becomes the smallest image (28 x 28: 7 x 7 of 256 channels), a
 * transposed convolution 5x5 of stride 1 to half as many channels, and k of stride 2, with batch
 * norm and ReLU between and tanh at the end. The discriminator is k convolutions 5x5 of stride 2,
 * each with LeakyReLU and dropout, and a dense logit.
 *
 * <p>Without batch norm in the stem, what its LeakyReLUs let through of all latents alike would
 * soon drown what tells them apart, and every image would be the same. So the stem starts as a
 * linear map (looks-linear weights) and learns at a hundredth of the rate, as the mapping network
 * of StyleGAN does (Karras et al., 2019). docs/gan.md compares.
 *
 * <p>{@link GanNet#DCGAN64}: the generator of Radford, Metz and Chintala, "Unsupervised
 * representation learning with deep convolutional generative adversarial networks" (2016): z to 4 x
 * 4 x 1024, then transposed convolutions 5x5 of stride 2 to 512, 256, 128 and the image's channels,
 * all weights normal of deviation 0.02, batch norm and ReLU between, tanh at the end. Its
 * discriminator has dropout where theirs has batch norm: real and generated images are judged as
 * one batch here, whose statistics would tell of one another.
 *
 * <p>With classes both networks see the label of an image, embedded (Mirza and Osindero, 2014): the
 * generator beside its latent vector, as that many numbers more; the discriminator as one more
 * channel, a plane of the image's size that is learned for each label.
 *
 * @param height of an image: 4 or 7 times 2^k, at most 1024
 * @param width of an image: 4 or 7 times 2^k, with the same k
 * @param channels of an image
 * @param latent numbers of a latent vector
 * @param baseWidth channels at the image side, 64 as described; all other widths follow in
 *     proportion
 * @param net which networks
 * @param classes labels that the images have, at least 2; 0 where the networks see none
 */
public record GanArchitecture(
    int height, int width, int channels, int latent, int baseWidth, GanNet net, int classes) {
  private static final int KERNEL = 5;
  private static final int WIDEST = 16; // times the base width
  private static final int DCGAN_SIDE = 64;
  private static final double STEM_RATE = 0.01;
  private static final double DROPPED = 0.25;
  private static final Layer LEAKY_RELU = new ActivationLayer(Activation.leakyRelu(0.2));
  private static final Layer RELU = new ActivationLayer(Activation.RELU);
  private static final Layer TANH = new ActivationLayer(Activation.TANH);
  private static final Layer BATCH_NORM = BatchNorm.of(0.8, 1e-3);
  private static final Layer DCGAN_BATCH_NORM = BatchNorm.of(0.9, 1e-5);
  private static final Initializer DCGAN_START = Initializer.normal(0.02);
  private static final Initializer LABEL_START = Initializer.normal(1); // as large as z and pixels

  public GanArchitecture {
    ImageStages.of(height, width, "this GAN");
    if (net == GanNet.DCGAN64 && (height != DCGAN_SIDE || width != DCGAN_SIDE)) {
      throw new FigmentException(
          "Images of %d x %d were given and the network dcgan64 makes 64 x 64; give --image-size 64, or another --net."
              .formatted(height, width));
    }
    if (classes < 0 || classes == 1) {
      throw new FigmentException(
          "A GAN conditional on %d labels was asked for; give data of 2 labels or more."
              .formatted(classes));
    }
    if (channels < 1 || latent < 1 || baseWidth < 1) {
      throw new FigmentException(
          "A GAN of %d channels, latent size %d and width %d was asked for; each must be at least 1."
              .formatted(channels, latent, baseWidth));
    }
  }

  /** Of images without labels. */
  public GanArchitecture(
      int height, int width, int channels, int latent, int baseWidth, GanNet net) {
    this(height, width, channels, latent, baseWidth, net, 0);
  }

  /** The same networks seeing one of so many labels with each image. */
  public GanArchitecture conditionalOn(int labels) {
    return new GanArchitecture(height, width, channels, latent, baseWidth, net, labels);
  }

  /** Whether the networks see labels. */
  public boolean conditional() {
    return classes > 0;
  }

  /** Of {@link GanNet#DENSE_STEM}. */
  public GanArchitecture(int height, int width, int channels, int latent, int baseWidth) {
    this(height, width, channels, latent, baseWidth, GanNet.DENSE_STEM);
  }

  /** The shape of an image. */
  public Shape image() {
    return Shape.of(height, width, channels);
  }

  private int stages() {
    return ImageStages.of(height, width, "this GAN");
  }

  /** Channels of the image whose sides are 2^level times smaller than the result's. */
  private int channelsAt(int level) {
    return Math.multiplyExact(baseWidth, Math.min(WIDEST, 1 << level));
  }

  /** latent -> image in [-1, 1]. */
  public List<Layer> generator() {
    return labelled(latent, net == GanNet.DCGAN64 ? dcganGenerator() : denseStemGenerator());
  }

  /** A network that sees the label first. */
  private List<Layer> labelled(int columns, List<Layer> layers) {
    if (conditional()) {
      layers.add(0, new LabelEmbedding(classes, columns, LABEL_START));
    }
    return layers;
  }

  private List<Layer> denseStemGenerator() {
    int k = stages();
    Shape smallest = Shape.of(height >> k, width >> k, channelsAt(k));
    List<Layer> layers =
        new ArrayList<>(
            List.of(
                stem(4 * baseWidth, false, true),
                LEAKY_RELU,
                stem(8 * baseWidth, true, true),
                LEAKY_RELU,
                stem(Math.multiplyExact(16, baseWidth), true, true),
                LEAKY_RELU,
                stem(Math.toIntExact(smallest.count()), true, false),
                TANH,
                new Reshape(smallest)));
    for (int level = k; level > 0; level--) {
      int stride = level == k ? 1 : 2;
      layers.add(Convolution.convTranspose2d(channelsAt(level - 1), KERNEL, stride).withoutBias());
      layers.add(BATCH_NORM);
      layers.add(RELU);
    }
    layers.add(Convolution.convTranspose2d(channels, KERNEL, 2));
    layers.add(TANH);
    return layers;
  }

  private static Layer stem(int units, boolean mirrorInputs, boolean mirrorOutputs) {
    return Dense.of(units)
        .startedBy(Initializer.looksLinear(1, mirrorInputs, mirrorOutputs))
        .learningAt(STEM_RATE);
  }

  private List<Layer> dcganGenerator() {
    int k = stages();
    Shape smallest = Shape.of(height >> k, width >> k, channelsAt(k));
    List<Layer> layers = new ArrayList<>();
    layers.add(Dense.of(Math.toIntExact(smallest.count())).startedBy(DCGAN_START).withoutBias());
    layers.add(new Reshape(smallest));
    for (int level = k - 1; level > 0; level--) {
      layers.add(DCGAN_BATCH_NORM);
      layers.add(RELU);
      layers.add(
          Convolution.convTranspose2d(channelsAt(level), KERNEL, 2)
              .startedBy(DCGAN_START)
              .withoutBias());
    }
    layers.add(DCGAN_BATCH_NORM);
    layers.add(RELU);
    layers.add(Convolution.convTranspose2d(channels, KERNEL, 2).startedBy(DCGAN_START));
    layers.add(TANH);
    return layers;
  }

  /** image -> logit: the log odds that it is real. */
  public List<Layer> discriminator() {
    List<Layer> layers = new ArrayList<>();
    for (int level = 0; level < stages(); level++) {
      Convolution convolution = Convolution.conv2d(channelsAt(level), KERNEL, 2);
      layers.add(net == GanNet.DCGAN64 ? convolution.startedBy(DCGAN_START) : convolution);
      layers.add(LEAKY_RELU);
      layers.add(Dropout.of(DROPPED));
    }
    layers.add(Reshape.flatten());
    layers.add(net == GanNet.DCGAN64 ? Dense.of(1).startedBy(DCGAN_START) : Dense.of(1));
    return labelled(1, layers);
  }
}
