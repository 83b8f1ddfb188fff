package dev.figment.device;

/** Reductions, in a fixed order. A part of the contract, {@link Kernels}. */
public interface ReductionKernels {

  /** result [1] = sum of x. */
  void sum(Tensor result, Tensor x);

  /** result [1] = sum of squares of x. */
  void sumOfSquares(Tensor result, Tensor x);

  /** result [C] (+)= sum of x [rows][C] over rows. */
  void columnSum(Tensor result, Tensor x, GradientMode mode);
}
