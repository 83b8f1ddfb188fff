package dev.figment.device;

/**
 * Memory, layout, rows, random numbers, activations and dropout. A part of the contract, {@link
 * Kernels}.
 */
public interface ElementwiseKernels {

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
}
