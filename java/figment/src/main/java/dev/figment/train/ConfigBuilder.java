package dev.figment.train;

import dev.figment.optim.OptimizerKind;
import dev.figment.optim.OptimizerNumbers;
import dev.figment.optim.Schedule;
import dev.figment.optim.UpdateRule;

/**
 * What the builders of all models' configurations have; what is not told is the default.
 *
 * @param <B> the builder itself
 */
public abstract class ConfigBuilder<B extends ConfigBuilder<B>> {
  int batch;
  int accumulate = 1;
  long seed = 1;
  OptimizerKind optimizer = OptimizerKind.ADAM;
  OptimizerNumbers numbers;
  double learningRate;
  private Schedule schedule = Schedule.CONSTANT;
  private double gradientClip = Double.POSITIVE_INFINITY;

  ConfigBuilder(int batch, double beta1, double learningRate) {
    this.batch = batch;
    numbers = new OptimizerNumbers(beta1, 0.999, 0, false, 0);
    this.learningRate = learningRate;
  }

  /** This builder. */
  abstract B self();

  UpdateRule update() {
    return new UpdateRule(optimizer, numbers, learningRate, schedule, gradientClip);
  }

  /** Images, or sequences, of one pass. */
  public B batch(int examples) {
    batch = examples;
    return self();
  }

  /** Batches whose gradients make one update. */
  public B accumulate(int batches) {
    accumulate = batches;
    return self();
  }

  /** Of every random number. */
  public B seed(long number) {
    seed = number;
    return self();
  }

  /** Of all networks. */
  public B optimizer(OptimizerKind kind, OptimizerNumbers ofKind) {
    optimizer = kind;
    numbers = ofKind;
    return self();
  }

  /** Of all networks. */
  public B learningRate(double rate) {
    learningRate = rate;
    return self();
  }

  /** Of the learning rate. */
  public B schedule(Schedule course) {
    schedule = course;
    return self();
  }

  /** The largest norm of a network's gradient. */
  public B gradientClip(double norm) {
    gradientClip = norm;
    return self();
  }
}
