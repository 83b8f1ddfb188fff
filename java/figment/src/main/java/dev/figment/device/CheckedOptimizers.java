package dev.figment.device;

/** {@link OptimizerKernels} of {@link CheckedKernels}. */
interface CheckedOptimizers extends OptimizerKernels {
  Kernels kernels();

  @Override
  default void adam(
      Tensor values,
      Tensor m,
      Tensor v,
      Tensor gradients,
      Tensor step,
      Tensor learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay) {
    OptimizerChecks.adam(values, m, v, gradients, step, learningRate);
    kernels().adam(values, m, v, gradients, step, learningRate, beta1, beta2, epsilon, weightDecay);
  }

  @Override
  default void sgd(
      Tensor values,
      Tensor velocity,
      Tensor gradients,
      Tensor learningRate,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    OptimizerChecks.sgd(values, velocity, gradients, learningRate, momentum);
    kernels().sgd(values, velocity, gradients, learningRate, momentum, nesterov, weightDecay);
  }

  @Override
  default void rmsProp(
      Tensor values,
      Tensor meanSquare,
      Tensor gradients,
      Tensor learningRate,
      double decay,
      double epsilon) {
    OptimizerChecks.rmsProp(values, meanSquare, gradients, learningRate);
    kernels().rmsProp(values, meanSquare, gradients, learningRate, decay, epsilon);
  }

  @Override
  default void ema(Tensor average, Tensor values, Tensor step, double decay) {
    OptimizerChecks.ema(average, values, step, decay);
    kernels().ema(average, values, step, decay);
  }

  @Override
  default void clipByNorm(Tensor gradients, Tensor norm, double maxNorm) {
    OptimizerChecks.clipByNorm(gradients, norm, maxNorm);
    kernels().clipByNorm(gradients, norm, maxNorm);
  }
}
