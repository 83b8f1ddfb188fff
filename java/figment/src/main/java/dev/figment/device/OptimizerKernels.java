package dev.figment.device;

/** Optimizers over a flat arena. A part of the contract, {@link Kernels}. */
public interface OptimizerKernels {

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
