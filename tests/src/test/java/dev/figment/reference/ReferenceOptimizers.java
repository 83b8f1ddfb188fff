package dev.figment.reference;

import dev.figment.device.OptimizerKernels;
import dev.figment.device.Tensor;

/** The optimizers of {@link ReferenceKernels}. */
interface ReferenceOptimizers extends OptimizerKernels {
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
    Reals value = Reals.of(values);
    Reals first = Reals.of(m);
    Reals second = Reals.of(v);
    Reals gradient = Reals.of(gradients);
    double rate = Reals.of(learningRate).get(0);
    int t = Reals.value(step);
    for (int i = 0; i < value.count(); i++) {
      double g = gradient.get(i);
      first.set(i, beta1 * first.get(i) + (1 - beta1) * g);
      second.set(i, beta2 * second.get(i) + (1 - beta2) * g * g);
      double firstCorrected = first.get(i) / (1 - Math.pow(beta1, t));
      double secondCorrected = second.get(i) / (1 - Math.pow(beta2, t));
      value.add(i, -rate * weightDecay * value.get(i));
      value.add(i, -rate * firstCorrected / (Math.sqrt(secondCorrected) + epsilon));
    }
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
    Reals value = Reals.of(values);
    Reals gradient = Reals.of(gradients);
    double rate = Reals.of(learningRate).get(0);
    for (int i = 0; i < value.count(); i++) {
      double g = gradient.get(i) + weightDecay * value.get(i);
      double direction = g;
      if (velocity != null) {
        Reals speed = Reals.of(velocity);
        speed.set(i, momentum * speed.get(i) + g);
        direction = nesterov ? g + momentum * speed.get(i) : speed.get(i);
      }
      value.add(i, -rate * direction);
    }
  }

  @Override
  default void rmsProp(
      Tensor values,
      Tensor meanSquare,
      Tensor gradients,
      Tensor learningRate,
      double decay,
      double epsilon) {
    Reals value = Reals.of(values);
    Reals square = Reals.of(meanSquare);
    Reals gradient = Reals.of(gradients);
    double rate = Reals.of(learningRate).get(0);
    for (int i = 0; i < value.count(); i++) {
      double g = gradient.get(i);
      square.set(i, decay * square.get(i) + (1 - decay) * g * g);
      value.add(i, -rate * g / (Math.sqrt(square.get(i)) + epsilon));
    }
  }

  @Override
  default void ema(Tensor average, Tensor values, Tensor step, double decay) {
    Reals mean = Reals.of(average);
    Reals value = Reals.of(values);
    double d = decay;
    if (step != null) {
      double t = Reals.value(step);
      d = Math.min(decay, (1 + t) / (10 + t));
    }
    for (int i = 0; i < mean.count(); i++) {
      mean.set(i, d * mean.get(i) + (1 - d) * value.get(i));
    }
  }

  @Override
  default void clipByNorm(Tensor gradients, Tensor norm, double maxNorm) {
    Reals gradient = Reals.of(gradients);
    double squares = 0;
    for (int i = 0; i < gradient.count(); i++) {
      squares += gradient.get(i) * gradient.get(i);
    }
    double length = Math.sqrt(squares);
    Reals.of(norm).set(0, length);
    double factor = length <= maxNorm ? 1 : maxNorm / length;
    for (int i = 0; i < gradient.count(); i++) {
      gradient.set(i, factor * gradient.get(i));
    }
  }
}
