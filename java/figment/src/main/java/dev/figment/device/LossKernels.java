package dev.figment.device;

/**
 * Losses, each value and gradient in one pass; latent variables and embeddings. A part of the
 * contract, {@link Kernels}.
 */
public interface LossKernels {

  // ---- losses: value and gradient in one pass

  /**
   * The discriminator's loss over logits [2B]: the first B on real samples, the rest on generated
   * ones. result [3] = loss, mean score of real, of generated samples: sigmoids of the logits where
   * the loss has targets, else the logits; dlogits [2B] = its gradient. Computed stably:
   * softplus(x) = max(x, 0) + log1p(exp(-|x|)). A NaN among the logits makes the loss NaN.
   *
   * @param labelSmoothing s in [0, 1): the target of real samples is 1 - s, that of generated ones
   *     stays 0; 0 for losses without targets. Source: Salimans et al. (2016), section 3.4
   */
  void ganDiscriminatorLoss(
      Tensor result, Tensor dlogits, Tensor logits, GanLoss loss, double labelSmoothing);

  /** The generator's loss over logits [B] on generated samples; result [1], dlogits [B]. */
  void ganGeneratorLoss(Tensor result, Tensor dlogits, Tensor logits, GanLoss loss);

  /**
   * A penalty on the gradients g_n of N samples, from their squared norms: result [1] = weight mean
   * R(g_n), and the factors that make each gradient that of result: d result / d g_n = factors_n
   * g_n. R = |g|^2 / 2 has weight / N, R = (|g| - 1)^2 has 2 weight / N (1 - 1 / |g|), and 0 where
   * g is 0. For {@link #rowSumOfSquares} before and {@link #scaleRows} after it.
   *
   * @param factors [N]
   * @param squares [N]
   * @param weight at least 0
   */
  void gradientPenalty(
      Tensor result, Tensor factors, Tensor squares, GradientPenalty penalty, double weight);

  /**
   * The negative log-likelihood of target [N][D] under the prediction, summed over D and the rows,
   * divided by {@code batch}: nats an example.
   *
   * <p>A weight of 0 leaves an element out, NaN or not, of loss and gradient; so missing values are
   * masked. Else a NaN of prediction, target or weight reaches the loss. With the target z and the
   * moments of q(z | x) as a prediction of a learned Gaussian, the rows' losses are -log q(z | x).
   *
   * @param result [1]
   * @param rowLosses [N]: each row's weighted sum, of which result is the sum over {@code batch};
   *     may be null
   * @param dprediction the gradient of result, of prediction's shape; may be null
   * @param prediction [N][D]; [N][2 D], means then log variances, of a learned Gaussian, whose log
   *     variances have no gradient where they were clamped
   * @param weights factors, [N] or [N][D]; null for ones
   * @param batch the examples: N, or the number of sequences whose time steps the rows are
   */
  void reconstructionLoss(
      Tensor result,
      Tensor rowLosses,
      Tensor dprediction,
      Tensor prediction,
      Tensor target,
      Tensor weights,
      Likelihood likelihood,
      int batch);

  /**
   * KL(q || p) of diagonal Gaussians, in nats, summed over L and the rows, divided by {@code
   * batch}: with d = vq - vp each dimension has (exp(d) - 1 - d + (mq - mp)^2 exp(-vp)) / 2. Log
   * variances are clamped to +-{@link #LOG_VARIANCE_BOUND} and have no gradient where they were. A
   * weight of 0 leaves a row out, NaN or not.
   *
   * @param result [1], not scaled
   * @param rowLosses [N]: each row's weighted sum over dimensions; may be null
   * @param dq the gradient of scale * result, of q's shape
   * @param dp that of p; may be null, and is where p is
   * @param q [N][2 L]: means m, then log variances v
   * @param p alike; null for the standard normal distribution
   * @param weights a factor for each row [N]; null for ones
   * @param scale [1], a factor of the gradients that may change between replays: beta
   * @param batch the examples: N, or the number of sequences whose time steps the rows are
   */
  void gaussianKl(
      Tensor result,
      Tensor rowLosses,
      Tensor dq,
      Tensor dp,
      Tensor q,
      Tensor p,
      Tensor weights,
      Tensor scale,
      int batch);

  /**
   * Softmax cross-entropy, -log softmax(logits)[label], summed over the rows, divided by {@code
   * batch}; stable at any finite logits.
   *
   * @param result [1]
   * @param rowLosses [N]: each row's weighted loss; may be null
   * @param dlogits [N][C], the gradient of result; may be null
   * @param logits [N][C]
   * @param labels [N] INT32 in [0, C). A negative label leaves its row out, as a weight of 0 does.
   *     No device can refuse a label of C or more: loss and gradient of its row are NaN
   * @param weights a factor for each row [N]; null for ones
   * @param batch the examples: N, or the number of sequences whose symbols the rows are
   */
  void crossEntropy(
      Tensor result,
      Tensor rowLosses,
      Tensor dlogits,
      Tensor logits,
      Tensor labels,
      Tensor weights,
      int batch);

  /**
   * Down each column of x, the logarithm of the mean exponential, value [C] at c = log 1/K sum_k
   * exp(x_kc), and its gradient weights [K][C] = exp(x_kc) / sum_k exp(x_kc), the softmax over K.
   * Stable at any finite x. Of K log importance weights a column these are the bound of Burda et
   * al., "Importance weighted autoencoders" (2016), equation 8, and the weights of its gradient,
   * equation 13.
   *
   * @param x [K][C]
   */
  void logMeanExp(Tensor value, Tensor weights, Tensor x);

  // ---- latent variables

  /** Log variances beyond +- this are clamped: deviations from exp(-5) to exp(5). */
  double LOG_VARIANCE_BOUND = 10;

  /**
   * z = mean + exp(v / 2) epsilon with epsilon standard normal from the stream, element n L + j its
   * own, and v the log variance clamped to +-{@link #LOG_VARIANCE_BOUND}. Source: Kingma and
   * Welling, "Auto-Encoding Variational Bayes" (2014).
   *
   * @param z [N][L]
   * @param kl [L]: each dimension's KL to the standard normal distribution, the mean over N of
   *     (exp(v) - 1 - v + mean^2) / 2, in nats
   * @param moments [N][2 L]: means, then log variances
   */
  void reparameterizeForward(Tensor z, Tensor kl, Tensor moments, RandomStream stream);

  /**
   * The gradient of {@link #reparameterizeForward} for a loss of z plus beta sum_j max(freeBits,
   * kl_j); epsilon is drawn again from the same stream. Where a log variance was clamped its
   * gradient is 0. Free bits: Kingma et al., "Improving Variational Inference with Inverse
   * Autoregressive Flow" (2016), equation 15; a dimension with kl_j below them feels no KL.
   *
   * @param dmoments [N][2 L]
   * @param dz [N][L]
   * @param moments [N][2 L], as forward had them
   * @param kl [L], as forward left it
   * @param beta [1], a factor that may change between replays
   * @param freeBits nats a dimension, at least 0
   */
  void reparameterizeBackward(
      Tensor dmoments,
      Tensor dz,
      Tensor moments,
      Tensor kl,
      Tensor beta,
      double freeBits,
      RandomStream stream);

  // ---- embedding

  /**
   * y [N][D] = rows of table [V][D] by indices [N] INT32. No device can refuse an index outside [0,
   * V): its row of y is NaN.
   */
  void embeddingForward(Tensor y, Tensor table, Tensor indices);

  /**
   * dtable [V][D] (+)= rows of dy [N][D] added up by index, in the order of N. Indices outside [0,
   * V) add nothing.
   */
  void embeddingBackward(Tensor dtable, Tensor dy, Tensor indices, GradientMode mode);
}
