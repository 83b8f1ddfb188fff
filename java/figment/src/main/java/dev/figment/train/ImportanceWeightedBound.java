package dev.figment.train;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.VaeArchitecture;
import dev.figment.nn.Pass;

/**
 * The importance-weighted bound, log 1/K sum_k w_k with w = p(x | z) p(z) / q(z | x), as a VAE's
 * objective; source: Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders" (2016). An
 * image is encoded once and decoded from K latents: rows k N + n belong to image n. The gradient of
 * the bound is that of log w, each row by its share of the sum of the w (equation 14).
 */
final class ImportanceWeightedBound implements AutoCloseable {
  /** The prior p(z) as a prediction of a Gaussian: of a target z around zero, or the reverse. */
  private static final Likelihood PRIOR = Likelihood.gaussian(1);

  private final Kernels kernels;
  private final Likelihood likelihood;
  private final int batch; // N
  private final int samples; // K
  private final Pass encode;
  private final Pass decode; // K N rows
  private final Resources resources = new Resources();

  private final Tensor target; // N x pixels
  private final Tensor images; // K N: of each row
  private final Tensor targets; // K N x pixels
  private final Tensor prediction; // K N x outputs * pixels
  private final Tensor dprediction;
  private final Tensor moments; // K N x 2 latent
  private final Tensor dmoments;
  private final Tensor means; // N x latent
  private final Tensor zeros; // K N x latent
  private final Tensor dz; // K N x latent
  private final Tensor kl; // latent
  private final Tensor reconstructionOfRows; // K N: -log p(x | z)
  private final Tensor priorOfRows; // K N: -log p(z)
  private final Tensor posteriorOfRows; // K N: -log q(z | x)
  private final Tensor logWeights; // K x N
  private final Tensor shares; // K x N
  private final Tensor boundOfImages; // N
  private final Tensor unused; // [1]
  private final Tensor none; // [1]: 0

  /**
   * @param encode of the batch
   * @param decode of {@code samples} batches, with its input's gradient
   * @param target batch x pixels: what is to be explained
   * @param dprediction samples * batch x numbers of a prediction: scratch memory
   */
  ImportanceWeightedBound(
      Device device,
      VaeArchitecture architecture,
      int samples,
      Pass encode,
      Pass decode,
      Tensor target,
      Tensor dprediction) {
    kernels = device.kernels();
    likelihood = architecture.likelihood();
    this.samples = samples;
    this.encode = encode;
    this.decode = decode;
    this.target = target;
    this.dprediction = dprediction;
    batch = target.shape().size(0);
    int rows = Math.multiplyExact(samples, batch);
    int latent = architecture.latent();
    int pixels = architecture.pixels();
    try {
      images = resources.own(device.allocate(DataType.INT32, Shape.of(rows)));
      targets = real(device, rows, pixels);
      prediction = decode.output().reshaped(dprediction.shape());
      moments = real(device, rows, 2 * latent);
      dmoments = real(device, rows, 2 * latent);
      means = real(device, batch, latent);
      zeros = real(device, rows, latent);
      dz = real(device, rows, latent);
      kl = real(device, latent);
      reconstructionOfRows = real(device, rows);
      priorOfRows = real(device, rows);
      posteriorOfRows = real(device, rows);
      logWeights = real(device, samples, batch);
      shares = real(device, samples, batch);
      boundOfImages = real(device, batch);
      unused = real(device, 1);
      none = real(device, 1);
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
    int[] imageOfRow = new int[rows];
    for (int row = 0; row < rows; row++) {
      imageOfRow[row] = row % batch;
    }
    images.write(imageOfRow);
  }

  private Tensor real(Device device, int... sizes) {
    return resources.own(device.allocate(DataType.REAL, Shape.of(sizes)));
  }

  /**
   * After the encoder's forward pass: the loss and the decoder's gradients.
   *
   * @param loss [1]: -bound, the mean over the batch
   * @param reconstruction [1]: -log p(x | z), the mean over batch and latents
   * @param klOfBatch [1]: KL(q || p), the mean over the batch
   * @param dencoded the gradient of loss, of the encoder's output's shape
   */
  void train(
      Tensor loss,
      Tensor reconstruction,
      Tensor klOfBatch,
      Tensor dencoded,
      RandomStream noise,
      GradientMode mode) {
    kernels.embeddingForward(moments, encode.output(), images);
    kernels.embeddingForward(targets, target, images);
    kernels.reparameterizeForward(decode.input(), kl, moments, noise);
    kernels.sum(klOfBatch, kl);
    decode.forward();
    weigh(loss, reconstruction);
    backward(dencoded, noise, mode);
  }

  private void weigh(Tensor loss, Tensor reconstruction) {
    Tensor z = decode.input();
    int rows = samples * batch;
    kernels.reconstructionLoss(
        reconstruction, reconstructionOfRows, null, prediction, targets, null, likelihood, rows);
    kernels.reconstructionLoss(unused, priorOfRows, null, z, zeros, null, PRIOR, rows);
    kernels.reconstructionLoss(
        unused, posteriorOfRows, null, moments, z, null, Likelihood.GAUSSIAN_LEARNED, rows);
    Tensor log = logWeights.reshaped(Shape.of(rows));
    kernels.add(log, reconstructionOfRows, priorOfRows);
    kernels.scale(log, log, -1);
    kernels.add(log, log, posteriorOfRows);
    kernels.logMeanExp(boundOfImages, shares, logWeights);
    kernels.sum(loss, boundOfImages);
    kernels.scale(loss, loss, -1.0 / batch);
  }

  /**
   * Through z alone, but for log q's own gradient: with z a function of moments and noise, log q(z)
   * is -v / 2 of each log variance v and a constant, and the shares of an image add up to 1.
   */
  private void backward(Tensor dencoded, RandomStream noise, GradientMode mode) {
    Tensor z = decode.input();
    Tensor weights = shares.reshaped(Shape.of(samples * batch));
    kernels.reconstructionLoss(
        unused, null, dprediction, prediction, targets, weights, likelihood, batch);
    decode.backward(dprediction.reshaped(decode.output().shape()), mode);
    kernels.reconstructionLoss(unused, null, dz, z, zeros, weights, PRIOR, batch);
    kernels.add(dz, dz, decode.inputGradient());
    kernels.reparameterizeBackward(dmoments, dz, moments, kl, none, 0, noise);
    entropy(dencoded);
    int numbers = Math.toIntExact(dencoded.count());
    kernels.columnSum(
        dencoded.reshaped(Shape.of(numbers)),
        dmoments.reshaped(Shape.of(samples, numbers)),
        GradientMode.ACCUMULATE);
  }

  /** The gradient of the mean of sum -v / 2: at its mean, -log q is sum v / 2 and a constant. */
  private void entropy(Tensor dencoded) {
    kernels.copyColumns(
        means, 0, encode.output(), 0, means.shape().size(1), GradientMode.OVERWRITE);
    kernels.reconstructionLoss(
        unused, null, dencoded, encode.output(), means, null, Likelihood.GAUSSIAN_LEARNED, batch);
    kernels.scale(dencoded, dencoded, -1);
  }

  @Override
  public void close() {
    resources.close();
  }
}
