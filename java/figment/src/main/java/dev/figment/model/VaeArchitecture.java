package dev.figment.model;

import dev.figment.device.Activation;
import dev.figment.device.FigmentException;
import dev.figment.device.Likelihood;
import dev.figment.device.Shape;
import dev.figment.nn.ActivationLayer;
import dev.figment.nn.ChannelHalves;
import dev.figment.nn.Convolution;
import dev.figment.nn.Dense;
import dev.figment.nn.Initializer;
import dev.figment.nn.LabelEmbedding;
import dev.figment.nn.Layer;
import dev.figment.nn.Reshape;
import java.util.ArrayList;
import java.util.List;

/**
 * The networks of the image VAE (Kingma and Welling, "Auto-Encoding Variational Bayes", 2014). The
 * encoder gives the moments of q(z | x), means then log variances; the decoder what {@code
 * likelihood} takes of each pixel in [0, 1]. With w the base width:
 *
 * <p>{@link VaeNet#DENSE}, for images of any size: 4 w, 8 w and 16 w units to the moments, 16 w, 8
 * w and 4 w to the pixels, LeakyReLU 0.2 between; with w = 64 these are 256, 512 and 1024.
 *
 * <p>{@link VaeNet#CONV}, for images of 4 or 7 times 2^k pixels: k convolutions 5x5 of stride 2
 * with LeakyReLU 0.2 to w, 2 w, ... channels, at most 16 w, and a dense layer to the moments; a
 * dense layer to the smallest image and k transposed convolutions 5x5 of stride 2 with ReLU
 * between.
 *
 * <p>With classes both see the label of an image, embedded (Kingma et al., "Semi-supervised
 * learning with deep generative models", 2014, model M2 with every label known; Sohn et al., 2015):
 * the encoder as one more channel, a plane of the image's size that is learned for each label, the
 * decoder beside the latent vector, as that many numbers more. They model p(x | label), and what
 * the label tells of an image the latent vector need not.
 *
 * @param height of an image
 * @param width of an image
 * @param channels of an image
 * @param latent numbers of a latent vector
 * @param baseWidth w
 * @param net which networks
 * @param likelihood of the pixels
 * @param classes labels that the images have, at least 2; 0 where the networks see none
 */
public record VaeArchitecture(
    int height,
    int width,
    int channels,
    int latent,
    int baseWidth,
    VaeNet net,
    Likelihood likelihood,
    int classes) {
  private static final int KERNEL = 5;
  private static final int WIDEST = 16; // times the base width
  private static final Layer LEAKY_RELU = new ActivationLayer(Activation.leakyRelu(0.2));
  private static final Layer RELU = new ActivationLayer(Activation.RELU);
  private static final Initializer LABEL_START = Initializer.normal(1); // as large as z and pixels

  public VaeArchitecture {
    if (height < 1 || width < 1 || channels < 1 || latent < 1 || baseWidth < 1) {
      throw new FigmentException(
          "A VAE of images of %d x %d x %d, latent size %d and width %d was asked for; each must be at least 1."
              .formatted(height, width, channels, latent, baseWidth));
    }
    if (classes < 0 || classes == 1) {
      throw new FigmentException(
          "A VAE conditional on %d labels was asked for; give data of 2 labels or more."
              .formatted(classes));
    }
    if (net == VaeNet.CONV) {
      ImageStages.of(height, width, "the VAE of --net conv");
    }
  }

  /** Of images without labels. */
  public VaeArchitecture(
      int height,
      int width,
      int channels,
      int latent,
      int baseWidth,
      VaeNet net,
      Likelihood likelihood) {
    this(height, width, channels, latent, baseWidth, net, likelihood, 0);
  }

  /** The same networks seeing one of so many labels with each image. */
  public VaeArchitecture conditionalOn(int labels) {
    return new VaeArchitecture(height, width, channels, latent, baseWidth, net, likelihood, labels);
  }

  /** Whether the networks see labels. */
  public boolean conditional() {
    return classes > 0;
  }

  /** The shape of an image. */
  public Shape image() {
    return Shape.of(height, width, channels);
  }

  /** Numbers of an image. */
  public int pixels() {
    return Math.toIntExact(image().count());
  }

  private int stages() {
    return ImageStages.of(height, width, "the VAE of --net conv");
  }

  private int channelsAt(int level) {
    return Math.multiplyExact(baseWidth, Math.min(WIDEST, 1 << level));
  }

  /** image in [0, 1] -> means and log variances of the latent vector, 2 x latent. */
  public List<Layer> encoder() {
    List<Layer> layers = seeing(4, 8, 16);
    layers.add(Dense.of(Math.multiplyExact(2, latent)));
    return layers;
  }

  /**
   * Of a VAE-GAN's discriminator: image in [0, 1] -> what it sees of it, by layers as the
   * encoder's, dense ones from wide to narrow.
   */
  public List<Layer> features() {
    return seeing(16, 8, 4);
  }

  /** What a discriminator sees -> logit: the log odds that the image is of the data. */
  public List<Layer> judge() {
    return List.of(Dense.of(1));
  }

  /**
   * image -> features, flat.
   *
   * @param widths of dense layers, times the base width
   */
  private List<Layer> seeing(int... widths) {
    List<Layer> layers = new ArrayList<>();
    if (conditional()) {
      layers.add(new LabelEmbedding(classes, 1, LABEL_START));
    }
    if (net == VaeNet.CONV) {
      for (int level = 0; level < stages(); level++) {
        layers.add(Convolution.conv2d(channelsAt(level), KERNEL, 2));
        layers.add(LEAKY_RELU);
      }
      layers.add(Reshape.flatten());
    } else {
      layers.add(Reshape.flatten());
      for (int units : widths) {
        layers.add(Dense.of(Math.multiplyExact(units, baseWidth)));
        layers.add(LEAKY_RELU);
      }
    }
    return layers;
  }

  /** latent vector -> a number for each pixel, or means, then log variances. */
  public List<Layer> decoder() {
    List<Layer> layers = net == VaeNet.CONV ? convDecoder() : denseDecoder();
    if (conditional()) {
      layers.add(0, new LabelEmbedding(classes, latent, LABEL_START));
    }
    return layers;
  }

  private List<Layer> denseDecoder() {
    List<Layer> layers = new ArrayList<>();
    for (int units : new int[] {16, 8, 4}) {
      layers.add(Dense.of(Math.multiplyExact(units, baseWidth)));
      layers.add(LEAKY_RELU);
    }
    layers.add(Dense.of(Math.multiplyExact(likelihood.outputs(), pixels())));
    return layers;
  }

  private List<Layer> convDecoder() {
    int k = stages();
    Shape smallest = Shape.of(height >> k, width >> k, channelsAt(k - 1));
    List<Layer> layers =
        new ArrayList<>(
            List.of(Dense.of(Math.toIntExact(smallest.count())), RELU, new Reshape(smallest)));
    for (int level = k - 2; level >= 0; level--) {
      layers.add(Convolution.convTranspose2d(channelsAt(level), KERNEL, 2));
      layers.add(RELU);
    }
    layers.add(Convolution.convTranspose2d(likelihood.outputs() * channels, KERNEL, 2));
    layers.add(likelihood.outputs() == 2 ? new ChannelHalves() : Reshape.flatten());
    return layers;
  }

  /**
   * The images that the decoder's output expects.
   *
   * @param outputs of any number of images
   * @return the means of their pixels, from [0, 1] to [-1, 1]
   */
  public float[] images(float[] outputs) {
    int pixels = pixels();
    int each = likelihood.outputs() * pixels;
    float[] images = new float[outputs.length / likelihood.outputs()];
    for (int i = 0; i < images.length; i++) {
      float output = outputs[i / pixels * each + i % pixels];
      double mean =
          likelihood.kind() == Likelihood.Kind.BERNOULLI ? 1 / (1 + Math.exp(-output)) : output;
      images[i] = (float) (2 * mean - 1);
    }
    return images;
  }
}
