package dev.figment.optim;

import dev.figment.device.FigmentException;

/**
 * How parameters are updated from their gradients.
 *
 * @param optimizer what makes a step of a gradient
 * @param numbers of the optimizer
 * @param learningRate above 0
 * @param schedule of the learning rate
 * @param gradientClip the largest norm of a network's gradient; infinity for any
 */
public record UpdateRule(
    OptimizerKind optimizer,
    OptimizerNumbers numbers,
    double learningRate,
    Schedule schedule,
    double gradientClip) {
  public UpdateRule {
    if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
      throw new FigmentException(
          "A learning rate of %s was asked for; give a number above 0.".formatted(learningRate));
    }
    if (!(gradientClip > 0)) {
      throw new FigmentException(
          "Gradients of norm %s at most were asked for; the bound must be above 0, or infinite for none."
              .formatted(gradientClip));
    }
  }

  /** The same rule at another learning rate. */
  public UpdateRule at(double rate) {
    return new UpdateRule(optimizer, numbers, rate, schedule, gradientClip);
  }

  /** As in checkpoints, which name the optimizer apart. */
  @Override
  public String toString() {
    return "lr %s, %s, schedule %s, gradients %s"
        .formatted(learningRate, numbers, schedule, gradientClip);
  }
}
