package dev.figment.train;

import dev.figment.data.ImageDataset;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.RepeatedCalls;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.Vae;
import dev.figment.model.VaeArchitecture;
import dev.figment.nn.Pass;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * What a VAE makes of images: moments of their latents, reconstructions, bounds of their
 * likelihood. Random numbers depend on the seed and the image's place alone.
 */
public final class VaeEvaluator implements AutoCloseable {
  /** Images at a time. */
  public static final int BATCH = 100;

  /** The prior p(z) as a prediction of a Gaussian: means of zero. */
  private static final Likelihood PRIOR = Likelihood.gaussian(1);

  private final Kernels kernels;
  private final VaeArchitecture architecture;
  private final boolean binarize;
  private final long seed;
  private final Resources resources = new Resources();
  private final Tensor bytes;
  private final Pass encode;
  private final Pass decode;
  private final Tensor target; // batch x pixels
  private final Tensor prediction;
  private final Tensor counter; // of the batch
  private final Tensor draws; // of a batch's latents
  private final Tensor kl;
  private final Tensor zeros; // batch x latent
  private final Tensor result;
  private final Tensor reconstructionOfRows; // -log p(x | z)
  private final Tensor priorOfRows; // -log p(z)
  private final Tensor posteriorOfRows; // -log q(z | x)
  private final RepeatedCalls draw;

  /**
   * @param binarize whether pixels are drawn, 1 with their grey value as probability
   */
  public VaeEvaluator(Device device, Vae vae, boolean binarize, long seed) {
    this.binarize = binarize;
    this.seed = seed;
    kernels = device.kernels();
    architecture = vae.architecture();
    Shape latents = Shape.of(BATCH, architecture.latent());
    try {
      bytes = resources.own(device.allocate(DataType.UINT8, architecture.image().batched(BATCH)));
      encode = resources.own(vae.encoder().pass(BATCH).build());
      decode = resources.own(vae.decoder().pass(BATCH).build());
      target = encode.input().reshaped(Shape.of(BATCH, architecture.pixels()));
      prediction =
          decode
              .output()
              .reshaped(
                  Shape.of(BATCH, architecture.likelihood().outputs() * architecture.pixels()));
      counter = resources.own(device.allocate(DataType.INT32, Shape.of(1)));
      draws = resources.own(device.allocate(DataType.INT32, Shape.of(1)));
      kl = real(device, Shape.of(architecture.latent()));
      zeros = real(device, latents);
      result = real(device, Shape.of(1));
      reconstructionOfRows = real(device, Shape.of(BATCH));
      priorOfRows = real(device, Shape.of(BATCH));
      posteriorOfRows = real(device, Shape.of(BATCH));
      draw = resources.own(new RepeatedCalls(device, this::drawOnce));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private Tensor real(Device device, Shape shape) {
    return resources.own(device.allocate(DataType.REAL, shape));
  }

  /** Images of one batch: the place of the first, and how many are wanted. */
  private record Part(int first, int count) {}

  /** The first images in parts of at most {@link #BATCH}. */
  private static Part[] parts(int images) {
    return IntStream.iterate(0, first -> first < images, first -> first + BATCH)
        .mapToObj(first -> new Part(first, Math.min(BATCH, images - first)))
        .toArray(Part[]::new);
  }

  /** Encodes a part; a batch that it does not fill has its last image again. */
  private void encode(ImageDataset data, Part part) {
    byte[] pixels = new byte[Math.multiplyExact(BATCH, data.imageBytes())];
    int[] indices =
        IntStream.range(0, BATCH).map(i -> part.first + Math.min(i, part.count - 1)).toArray();
    data.gather(indices, pixels);
    if (architecture.conditional()) {
      int[] labels = IntStream.of(indices).map(data::label).toArray();
      encode.labels().write(labels);
      decode.labels().write(labels);
    }
    bytes.write(pixels);
    counter.write(part.first / BATCH);
    kernels.bytesToReal(encode.input(), bytes, VaeTrainer.PIXEL_SCALE, 0);
    if (binarize) {
      kernels.bernoulli(target, target, new RandomStream(seed, counter, RandomStream.BINARIZATION));
    }
    encode.forward();
  }

  private void check(ImageDataset data, int images) {
    if (images < 1 || images > data.size()) {
      throw new FigmentException(
          "%d images of %s were asked for, which holds %d; give 1 to %d."
              .formatted(images, data.name(), data.size(), data.size()));
    }
    if (architecture.conditional()
        && (!data.hasLabels() || data.classes() > architecture.classes())) {
      throw new FigmentException(
          "The networks take %d labels and %s has %d; give data with those labels."
              .formatted(architecture.classes(), data.name(), data.classes()));
    }
  }

  /**
   * The evidence lower bound of the first images and what their latents say.
   *
   * @param images at most the data's
   */
  public VaeEvaluation evaluate(ImageDataset data, int images) {
    check(data, images);
    int latent = architecture.latent();
    double reconstruction = 0;
    double[] klSums = new double[latent];
    double[] sums = new double[latent];
    double[] squares = new double[latent];
    for (Part part : parts(images)) {
      encode(data, part);
      float[] moments = encode.output().toFloats();
      RandomStream noise = new RandomStream(seed, counter, RandomStream.EVALUATION);
      kernels.reparameterizeForward(decode.input(), kl, encode.output(), noise);
      decode.forward();
      reconstructionLoss();
      float[] rows = reconstructionOfRows.toFloats();
      for (int row = 0; row < part.count; row++) {
        reconstruction += rows[row];
        for (int i = 0; i < latent; i++) {
          double mean = moments[2 * row * latent + i];
          double v = clamped(moments[(2 * row + 1) * latent + i]);
          klSums[i] += (Math.exp(v) - 1 - v + mean * mean) / 2;
          sums[i] += mean;
          squares[i] += mean * mean;
        }
      }
    }
    double[] activity = new double[latent];
    for (int i = 0; i < latent; i++) {
      klSums[i] /= images;
      activity[i] = squares[i] / images - sums[i] / images * (sums[i] / images);
    }
    return new VaeEvaluation(images, reconstruction / images, klSums, activity);
  }

  private static double clamped(double logVariance) {
    double bound = Kernels.LOG_VARIANCE_BOUND;
    return Math.min(bound, Math.max(-bound, logVariance));
  }

  private void reconstructionLoss() {
    kernels.reconstructionLoss(
        result,
        reconstructionOfRows,
        null,
        prediction,
        target,
        null,
        architecture.likelihood(),
        BATCH);
  }

  /** One latent vector for each image of the batch, and its three log densities. */
  private void drawOnce() {
    kernels.increment(draws);
    RandomStream noise = new RandomStream(seed, draws, RandomStream.EVALUATION);
    kernels.reparameterizeForward(decode.input(), kl, encode.output(), noise);
    decode.forward();
    reconstructionLoss();
    kernels.reconstructionLoss(
        result, priorOfRows, null, zeros, decode.input(), null, PRIOR, BATCH);
    kernels.reconstructionLoss(
        result,
        posteriorOfRows,
        null,
        encode.output(),
        decode.input(),
        null,
        Likelihood.GAUSSIAN_LEARNED,
        BATCH);
  }

  /**
   * The importance-weighted bound of the first images: the mean of log 1/K sum p(x | z) p(z) / q(z
   * | x) over K latents an image, which rises with K towards log p(x). Source: Burda, Grosse and
   * Salakhutdinov, "Importance weighted autoencoders" (2016). The sum is kept in logarithms.
   *
   * @param images at most the data's
   * @param samples K, at least 1
   * @param progress is told the images done
   * @return nats an image
   */
  public double logLikelihood(ImageDataset data, int images, int samples, IntConsumer progress) {
    check(data, images);
    if (samples < 1) {
      throw new FigmentException(
          "%d latents an image were asked for; give 1 or more.".formatted(samples));
    }
    double total = 0;
    for (Part part : parts(images)) {
      encode(data, part);
      draws.write(Math.multiplyExact(part.first / BATCH, samples));
      double[] largest = new double[BATCH];
      double[] sums = new double[BATCH]; // of exp(weight - largest)
      Arrays.fill(largest, Double.NEGATIVE_INFINITY);
      for (int sample = 0; sample < samples; sample++) {
        draw.run();
        float[] reconstruction = reconstructionOfRows.toFloats();
        float[] prior = priorOfRows.toFloats();
        float[] posterior = posteriorOfRows.toFloats();
        for (int row = 0; row < part.count; row++) {
          double weight = (double) posterior[row] - prior[row] - reconstruction[row];
          double above = Math.max(largest[row], weight);
          sums[row] = sums[row] * Math.exp(largest[row] - above) + Math.exp(weight - above);
          largest[row] = above;
        }
      }
      for (int row = 0; row < part.count; row++) {
        total += largest[row] + Math.log(sums[row] / samples);
      }
      progress.accept(part.first + part.count);
    }
    return total / images;
  }

  /**
   * The posterior means of the first images.
   *
   * @return images x latent
   */
  public float[] means(ImageDataset data, int images) {
    check(data, images);
    int latent = architecture.latent();
    float[] means = new float[Math.multiplyExact(images, latent)];
    for (Part part : parts(images)) {
      encode(data, part);
      float[] moments = encode.output().toFloats();
      for (int row = 0; row < part.count; row++) {
        System.arraycopy(moments, 2 * row * latent, means, (part.first + row) * latent, latent);
      }
    }
    return means;
  }

  /**
   * The first images, as the encoder sees them, each with its reconstruction from its posterior
   * mean after it.
   *
   * @return 2 images x height x width x channels in [-1, 1]
   */
  public float[] reconstructions(ImageDataset data, int images) {
    check(data, images);
    int pixels = architecture.pixels();
    float[] pairs = new float[Math.multiplyExact(2 * images, pixels)];
    float[] latents = new float[BATCH * architecture.latent()];
    for (Part part : parts(images)) {
      encode(data, part);
      float[] seen = target.toFloats();
      float[] moments = encode.output().toFloats();
      for (int row = 0; row < BATCH; row++) {
        int latent = architecture.latent();
        System.arraycopy(moments, 2 * row * latent, latents, row * latent, latent);
      }
      decode.input().write(latents);
      decode.forward();
      float[] made = architecture.images(decode.output().toFloats());
      for (int row = 0; row < part.count; row++) {
        int to = 2 * (part.first + row) * pixels;
        for (int i = 0; i < pixels; i++) {
          pairs[to + i] = 2 * seen[row * pixels + i] - 1;
        }
        System.arraycopy(made, row * pixels, pairs, to + pixels, pixels);
      }
    }
    return pairs;
  }

  @Override
  public void close() {
    resources.close();
  }
}
