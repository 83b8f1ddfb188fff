package dev.figment.device;

/**
 * The contract: one method per operation, the same on every device. Outputs come first, then
 * inputs, then sizes and constants. Layouts are channels-last and row-major. Unless a method says
 * otherwise, outputs are REAL, are overwritten, and overlap no input; "may alias" means the very
 * same tensor.
 *
 * <p>Obtained from a device, every call is checked by {@link CheckedKernels}: a wrong shape or type
 * is a {@link FigmentException} and nothing runs. Results are reproducible: the same device, plan
 * and inputs give the same bits.
 */
public interface Kernels {

  // ---- memory and layout

  /** y = value. */
  void fill(Tensor y, double value);

  /** y = x, of any one type; y and x overlap nowhere. */
  void copy(Tensor y, Tensor x);

  /** y = a + b; y may alias either. */
  void add(Tensor y, Tensor a, Tensor b);

  /** y = factor * x; y may alias x. */
  void scale(Tensor y, Tensor x, double factor);

  /** y = factor [1] * x, the factor a number on the device; y may alias x. */
  void scaleBy(Tensor y, Tensor x, Tensor factor);

  /** y = x, but low below it and high above; low <= high. y may alias x; a NaN stays one. */
  void clamp(Tensor y, Tensor x, double low, double high);

  /** y = scale * x + shift, x UINT8: pixels to numbers. */
  void bytesToReal(Tensor y, Tensor x, double scale, double shift);

  /** y [N][H][W][C] = x [N][C][H][W]. */
  void nchwToNhwc(Tensor y, Tensor x);

  /** y [N][C][H][W] = x [N][H][W][C]. */
  void nhwcToNchw(Tensor y, Tensor x);

  /**
   * Columns of the last axis: y [rows][yFrom + c] (+)= x [rows][xFrom + c] for 0 <= c < columns,
   * all axes but the last being rows, of which both have as many. The other columns of y stay. So
   * parts are concatenated along the channels, and a part is taken out.
   */
  void copyColumns(Tensor y, int yFrom, Tensor x, int xFrom, int columns, GradientMode mode);

  // ---- rows: x [N][...], each sample a row

  /** result [N] = the sum of squares of each row of x. */
  void rowSumOfSquares(Tensor result, Tensor x);

  /** Row n of y = factor [N] at n * row n of x; y may alias x. */
  void scaleRows(Tensor y, Tensor x, Tensor factor);

  /** Row n of y = a + weight [N] at n * (b - a), of rows n of a and b; y may alias either. */
  void lerpRows(Tensor y, Tensor a, Tensor b, Tensor weight);

  // ---- counters and random numbers

  /** counter += 1, INT32, one element. */
  void increment(Tensor counter);

  /**
   * y = low + (high - low) * u with u = (x + 0.5) 2^-32 in (0, 1], x the stream's integers; u is
   * computed in float32 by one fused multiply-add on every device.
   */
  void uniform(Tensor y, double low, double high, RandomStream stream);

  /**
   * y = mean + deviation * n. Box-Muller on the four uniforms of a Philox block: n0, n1 = sqrt(-2
   * ln u0) (cos, sin)(2 pi u1), n2, n3 from u2, u3 alike.
   */
  void normal(Tensor y, double mean, double deviation, RandomStream stream);

  /**
   * y = 1 with probability p, else 0: 1 where the stream's u of {@link #uniform} is at most p,
   * compared in float32 on every device. 0 is never 1 and 1 always; a NaN stays one. y may alias p.
   *
   * @param p of y's shape, in [0, 1]
   */
  void bernoulli(Tensor y, Tensor p, RandomStream stream);

  // ---- activations and dropout

  /** y = activation(x); y may alias x. A NaN stays one. */
  void activationForward(Tensor y, Tensor x, Activation activation);

  /**
   * dx = dy * activation'(from y); dx may alias dy. At 0, ReLU's slope is 0 and LeakyReLU's its.
   */
  void activationBackward(Tensor dx, Tensor dy, Tensor y, Activation activation);

  /**
   * Inverted dropout after an activation: y = activation(x) / (1 - p) where the stream's integer
   * x_i >= floor(p 2^32), else 0. y may alias x. Source: Srivastava et al. (JMLR 2014).
   */
  void dropoutForward(Tensor y, Tensor x, Activation activation, double p, RandomStream stream);

  /**
   * dx = dy * activation'(from y (1 - p)) / (1 - p) where kept, else 0; the mask is drawn again
   * from the same stream. dx may alias dy.
   */
  void dropoutBackward(
      Tensor dx, Tensor dy, Tensor y, Activation activation, double p, RandomStream stream);

  // ---- dense

  /** y [N][Out] = activation(x [N][In] * w [Out][In]^T + bias [Out]); bias may be null. */
  void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation);

  /** The same with an end that may drop; two passes where a device has no kernel for both. */
  default void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end) {
    denseForward(y, x, w, bias, end.beforeDropout());
    end.drop(this, y);
  }

  /** dx [N][In] = dy [N][Out] * w [Out][In]; dy is the gradient before the activation. */
  void denseBackwardData(Tensor dx, Tensor dy, Tensor w);

  /**
   * The same, and dx is the gradient before the nonlinearity {@code before} that has made x; two
   * passes where a device has no kernel for both.
   */
  default void denseBackwardData(Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before) {
    denseBackwardData(dx, dy, w);
    before.undo(this, dx, x);
  }

  /** dw [Out][In] (+)= dy^T x, dbias [Out] (+)= column sums of dy; dbias may be null. */
  void denseBackwardWeights(Tensor dw, Tensor dbias, Tensor dy, Tensor x, GradientMode mode);

  // ---- convolution: x is the large image [N][H][W][C], y the small one [N][P][Q][K]

  /** y = activation(x conv w [K][R][S][C] + bias [K]); bias may be null. */
  void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry);

  /** The same with an end that may drop; two passes where a device has no kernel for both. */
  default void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end, ConvGeometry geometry) {
    convForward(y, x, w, bias, end.beforeDropout(), geometry);
    end.drop(this, y);
  }

  /**
   * How many tiles of statistics a convolution of this geometry and batch gives of its output; 0
   * where this device gives none.
   */
  default int convStatisticsTiles(ConvGeometry geometry, int batch) {
    return 0;
  }

  /**
   * y = x conv w + bias, and the statistics of y that {@link #batchNormForward} takes.
   *
   * @param statistics [{@link #convStatisticsTiles}, not 0][3][K]
   */
  default void convForwardWithStatistics(
      Tensor y, Tensor statistics, Tensor x, Tensor w, Tensor bias, ConvGeometry geometry) {
    throw Checks.noStatistics("convForwardWithStatistics");
  }

  /** dx from dy, the gradient before the activation. */
  void convBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry);

  /**
   * The same, and dx is the gradient before the nonlinearity {@code before} that has made x; two
   * passes where a device has no kernel for both.
   */
  default void convBackwardData(
      Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before, ConvGeometry geometry) {
    convBackwardData(dx, dy, w, geometry);
    before.undo(this, dx, x);
  }

  /** dw (+)=, dbias [K] (+)= sums of dy over pixels; dbias may be null. */
  void convBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode);

  // ---- transposed convolution: x is the small image [N][P][Q][K], y the large one [N][H][W][C]

  /** y = activation(x transposed-conv w [K][R][S][C] + bias [C]); bias may be null. */
  void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry);

  /** The same with an end that may drop; two passes where a device has no kernel for both. */
  default void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end, ConvGeometry geometry) {
    convTransposeForward(y, x, w, bias, end.beforeDropout(), geometry);
    end.drop(this, y);
  }

  /** {@link #convStatisticsTiles} of a transposed convolution. */
  default int convTransposeStatisticsTiles(ConvGeometry geometry, int batch) {
    return 0;
  }

  /**
   * y = x transposed-conv w + bias, and the statistics of y that {@link #batchNormForward} takes.
   *
   * @param statistics [{@link #convTransposeStatisticsTiles}, not 0][3][C]
   */
  default void convTransposeForwardWithStatistics(
      Tensor y, Tensor statistics, Tensor x, Tensor w, Tensor bias, ConvGeometry geometry) {
    throw Checks.noStatistics("convTransposeForwardWithStatistics");
  }

  /** dx from dy, the gradient before the activation. */
  void convTransposeBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry);

  /**
   * The same, and dx is the gradient before the nonlinearity {@code before} that has made x; two
   * passes where a device has no kernel for both.
   */
  default void convTransposeBackwardData(
      Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before, ConvGeometry geometry) {
    convTransposeBackwardData(dx, dy, w, geometry);
    before.undo(this, dx, x);
  }

  /** dw (+)=, dbias [C] (+)= sums of dy over pixels; dbias may be null. */
  void convTransposeBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode);

  // ---- batch normalization over all axes but the last: x [rows][C]

  /**
   * y = activation(gamma (x - mean) inverseDeviation + beta) with the batch's own statistics, which
   * are written to mean [C] and inverseDeviation [C] = 1 / sqrt(variance + epsilon), variance
   * biased. running = momentum running + (1 - momentum) batch, with the unbiased variance (n / (n -
   * 1); n = 1 keeps the biased one). Source: Ioffe and Szegedy (2015).
   *
   * @param statistics null, or what whoever wrote x knows of it, so that it is not read for its
   *     moments: [tiles][3][C], of each tile of rows and each channel the count of rows, their mean
   *     and the sum of the squares of their deviations from it. The counts of a channel add up to
   *     rows; a tile may be empty. Merged in the order of the tiles (Chan, Golub and LeVeque, 1979)
   */
  void batchNormForward(
      Tensor y,
      Tensor mean,
      Tensor inverseDeviation,
      Tensor runningMean,
      Tensor runningVariance,
      Tensor x,
      Tensor statistics,
      Tensor gamma,
      Tensor beta,
      double momentum,
      double epsilon,
      Activation activation);

  /** y = activation(gamma (x - runningMean) / sqrt(runningVariance + epsilon) + beta). */
  void batchNormInfer(
      Tensor y,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Tensor runningMean,
      Tensor runningVariance,
      double epsilon,
      Activation activation);

  /**
   * dx, dgamma (+)=, dbeta (+)= from dy, the gradient after the activation, whose derivative is
   * computed again from x. dgamma and dbeta may both be null; dx may alias dy.
   */
  void batchNormBackward(
      Tensor dx,
      Tensor dgamma,
      Tensor dbeta,
      Tensor dy,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Tensor mean,
      Tensor inverseDeviation,
      Activation activation,
      GradientMode mode);

  // ---- spectral normalisation of weights w, a matrix [rows][columns] of its first axis and the
  // rest

  /**
   * One step of the power iteration for w's largest singular value sigma: v = w^T u / |w^T u|, u =
   * w v / |w v|, inverse = 1 / |w v|. Between calls u carries the iteration on, so that sigma = u^T
   * w v follows weights that change slowly. Where w^T u or w v is 0 (below 1e-12), v is 0, u stays
   * and inverse is 1. Source: Miyato et al., "Spectral Normalization for Generative Adversarial
   * Networks" (2018), algorithm 1.
   *
   * @param inverse [1] = 1 / sigma
   * @param u [rows], the left singular vector, updated in place
   * @param v [columns], the right one
   */
  void spectralNorm(Tensor inverse, Tensor u, Tensor v, Tensor w);

  /**
   * Turns a gradient g with respect to w / sigma into that with respect to w, where sigma = u^T w v
   * and u and v are held: (g - s u v^T) / sigma, s being the sum of g's elements times those of w /
   * sigma; for a change e of w changes w / sigma by e / sigma - w / sigma^2 u^T e v. It is linear
   * in g, so that gradients may be added up before. Source: the same, equations 9 and 10.
   *
   * @param dw of w's shape, updated in place
   * @param u, v, inverse as {@link #spectralNorm} left them
   */
  void spectralNormBackward(Tensor dw, Tensor w, Tensor u, Tensor v, Tensor inverse);

  // ---- reductions, in a fixed order

  /** result [1] = sum of x. */
  void sum(Tensor result, Tensor x);

  /** result [1] = sum of squares of x. */
  void sumOfSquares(Tensor result, Tensor x);

  /** result [C] (+)= sum of x [rows][C] over rows. */
  void columnSum(Tensor result, Tensor x, GradientMode mode);

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

  // ---- recurrent cells over whole sequences: T steps of N samples, time first. A step at a time
  // is a sequence of one step over row views of the same tensors.

  /**
   * Gated recurrent units, Cho et al. (2014), with the reset gate after the hidden product, as
   * PyTorch, cuDNN and Keras (reset_after) have them. With a = input gates + constant gates and p =
   * w h + bias, each in the order r, z, n: r = sigmoid(a_r + p_r), z = sigmoid(a_z + p_z), n =
   * tanh(a_n + r p_n), and the new state is (1 - z) n + z h.
   *
   * <p>A sample's steps from its length on hold the state, whatever their input gates are, NaN or
   * not; so in reverse its last step comes first. A length below 0 counts as 0, above T as T.
   *
   * @param states [T + 1][N][H]: the first row in time is the initial state and is read, the others
   *     are written. Forward row 0 is the initial state and row t + 1 the state after step t; in
   *     reverse row T is the initial state and row t the state after step t
   * @param gates [T][N][4 H]: r, z, n and p_n of each step, for backward, and 0 at held steps; null
   *     where there will be none
   * @param inputGates [T][N][3 H]: the input's product with its weights, and its bias
   * @param constantGates [N][3 H], added at every step; may be null
   * @param w [3 H][H]
   * @param bias [3 H] of the hidden product; may be null
   * @param lengths [N] INT32; null where all are T
   * @param reverse whether step T - 1 is the first
   */
  void gruForward(
      Tensor states,
      Tensor gates,
      Tensor inputGates,
      Tensor constantGates,
      Tensor w,
      Tensor bias,
      Tensor lengths,
      boolean reverse);

  /**
   * Backward through time. The gradient to w is that of a dense layer from the previous states to
   * dhiddenGates over all T N rows, to the bias its column sums, to constantGates the sum of
   * dinputGates over T: {@link #denseBackwardWeights} and {@link #columnSum}, once for all steps.
   *
   * @param dinputGates [T][N][3 H]; 0 at held steps
   * @param dhiddenGates [T][N][3 H], the gradient to p; 0 at held steps
   * @param dstate [N][H], updated: the gradient to the last state in time becomes that to the
   *     initial one
   * @param dy [T][N][H], the gradient to the state after each step, besides; null for none
   * @param states as forward left them
   * @param gates as forward left them
   */
  void gruBackward(
      Tensor dinputGates,
      Tensor dhiddenGates,
      Tensor dstate,
      Tensor dy,
      Tensor states,
      Tensor gates,
      Tensor w,
      Tensor lengths,
      boolean reverse);

  /**
   * Long short-term memory, Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al.
   * (2000). With a = input gates + constant gates + w h in the order i, f, g, o: the new cell c' =
   * sigmoid(a_f) c + sigmoid(a_i) tanh(a_g), the new state sigmoid(a_o) tanh(c'). States, lengths
   * and directions as in {@link #gruForward}.
   *
   * @param states [T + 1][N][H]; the initial state is read
   * @param cells [T + 1][N][H], alike
   * @param gates [T][N][4 H]: i, f, g and o of each step after their functions, for backward, and 0
   *     at held steps; null where there will be none
   * @param inputGates [T][N][4 H]
   * @param constantGates [N][4 H]; may be null
   * @param w [4 H][H]
   */
  void lstmForward(
      Tensor states,
      Tensor cells,
      Tensor gates,
      Tensor inputGates,
      Tensor constantGates,
      Tensor w,
      Tensor lengths,
      boolean reverse);

  /**
   * Backward through time, as {@link #gruBackward}; one gradient serves input and hidden product.
   *
   * @param dgates [T][N][4 H], the gradient to a; 0 at held steps
   * @param dstate [N][H], updated: the gradient to the last state becomes that to the initial one
   * @param dcell [N][H], updated alike for the cell
   * @param dy [T][N][H], the gradient to the state after each step, besides; null for none
   * @param cells as forward left them
   * @param gates as forward left them
   */
  void lstmBackward(
      Tensor dgates,
      Tensor dstate,
      Tensor dcell,
      Tensor dy,
      Tensor cells,
      Tensor gates,
      Tensor w,
      Tensor lengths,
      boolean reverse);

  // ---- optimizers over a flat arena

  /**
   * Adam, Kingma and Ba (2015), algorithm 1: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2)
   * g^2, values -= learningRate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon'),
   * epsilon' = epsilon sqrt(1 - beta2^t), which is the paper's update with epsilon outside the
   * corrected root. Before it, values *= 1 - learningRate weightDecay: with a decay this is AdamW,
   * Loshchilov and Hutter (2019), algorithm 2.
   *
   * @param values, m, v updated in place
   * @param step t >= 1, INT32, one element
   * @param learningRate REAL, one element
   * @param weightDecay >= 0
   */
  void adam(
      Tensor values,
      Tensor m,
      Tensor v,
      Tensor gradients,
      Tensor step,
      Tensor learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay);

  /**
   * Stochastic gradient descent with momentum, Sutskever et al. (2013), in PyTorch's form: g =
   * gradient + weightDecay value, velocity = momentum velocity + g, values -= learningRate
   * velocity; of Nesterov's kind, values -= learningRate (g + momentum velocity).
   *
   * @param values, velocity updated in place; velocity is null exactly when momentum is 0
   * @param learningRate REAL, one element
   * @param momentum in [0, 1)
   * @param weightDecay >= 0
   */
  void sgd(
      Tensor values,
      Tensor velocity,
      Tensor gradients,
      Tensor learningRate,
      double momentum,
      boolean nesterov,
      double weightDecay);

  /**
   * RMSProp, Tieleman and Hinton (2012), lecture 6e: meanSquare = decay meanSquare + (1 - decay)
   * g^2, values -= learningRate g / (sqrt(meanSquare) + epsilon). Epsilon stands outside the root,
   * as in PyTorch, whose RMSProp the authors of WGAN (Arjovsky et al., 2017) used; TensorFlow's
   * stands inside.
   *
   * @param values, meanSquare updated in place
   * @param learningRate REAL, one element
   */
  void rmsProp(
      Tensor values,
      Tensor meanSquare,
      Tensor gradients,
      Tensor learningRate,
      double decay,
      double epsilon);

  /**
   * The exponential moving average of an arena: average += (1 - d) (values - average), with d =
   * min(decay, (1 + t) / (10 + t)), so that the first averages follow the values; d = decay without
   * a step.
   *
   * @param step t >= 0, INT32, one element, read when it runs; or null
   * @param decay in [0, 1)
   */
  void ema(Tensor average, Tensor values, Tensor step, double decay);

  /**
   * norm [1] = the Euclidean norm of all gradients; where it is above maxNorm, gradients *= maxNorm
   * / norm (Pascanu et al., 2013). No number goes to the host. A NaN among the gradients makes the
   * norm and all of them NaN; an infinite norm makes finite ones 0 and infinite ones NaN. A maxNorm
   * of infinity measures alone.
   *
   * @param gradients updated in place
   * @param maxNorm > 0
   */
  void clipByNorm(Tensor gradients, Tensor norm, double maxNorm);
}
