package dev.figment.bench.steps;

import dev.figment.device.Device;
import dev.figment.train.Trainer;
import dev.figment.train.TrainingStep;
import java.util.function.ToDoubleFunction;

/** Ours. */
final class FigmentContender<S extends TrainingStep> implements Contender {
  private final Device device;
  private final Trainer<S> trainer;
  private final ToDoubleFunction<S> loss;

  FigmentContender(Device device, Trainer<S> trainer, ToDoubleFunction<S> loss) {
    this.device = device;
    this.trainer = trainer;
    this.loss = loss;
  }

  @Override
  public String description() {
    return "Figment on " + device.description();
  }

  @Override
  public double step() {
    return loss.applyAsDouble(trainer.step());
  }

  @Override
  public void close() {
    trainer.close();
  }
}
