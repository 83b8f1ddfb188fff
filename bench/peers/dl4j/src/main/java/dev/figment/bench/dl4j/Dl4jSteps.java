package dev.figment.bench.dl4j;

import dev.figment.bench.steps.Contender;
import dev.figment.bench.steps.Example;
import dev.figment.bench.steps.GanWorkload;
import dev.figment.bench.steps.StepServer;
import dev.figment.bench.steps.VaeWorkload;
import dev.figment.bench.steps.Workload;
import dev.figment.io.SafetensorsReader;
import dev.figment.io.SafetensorsWriter;
import dev.figment.optim.UpdateRule;
import java.io.IOException;
import java.nio.file.Path;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;

/** The child process that trains by DL4J; it has the GAN and the dense VAE. */
final class Dl4jSteps implements Contender {
  private static final double EPSILON = 1e-8; // of Adam, as ours

  private final Dl4jModel model;

  private Dl4jSteps(Dl4jModel model) {
    this.model = model;
  }

  /**
   * Serves steps, or repeats the step of an example.
   *
   * @param arguments workload, batch, the example's start and, to repeat it, the file for the
   *     result
   */
  public static void main(String[] arguments) throws IOException {
    Workload workload = Workload.of(arguments[0]);
    try (SafetensorsReader start = SafetensorsReader.open(Path.of(arguments[2]))) {
      if (arguments.length > 3) {
        repeat(workload, start, Path.of(arguments[3]));
      } else {
        int batch = Integer.parseInt(arguments[1]);
        Dl4jModel model =
            model(workload, start, adam(workload, batch), new FreshDraws(batch), batch);
        try (Contender contender = new Dl4jSteps(model)) {
          StepServer.serve(contender, Nd4j.getEnvironment().maxMasterThreads());
        }
      }
    }
  }

  private static Dl4jModel model(
      Workload workload,
      SafetensorsReader start,
      Dl4jNetwork.Updaters updaters,
      Draws draws,
      int batch) {
    return workload == Workload.GAN
        ? new Dl4jGan(start, updaters, draws, batch)
        : new Dl4jVae(start, updaters, draws, batch);
  }

  private static Dl4jNetwork.Updaters adam(Workload workload, int batch) {
    UpdateRule timed =
        workload == Workload.GAN
            ? GanWorkload.timed(batch).update()
            : VaeWorkload.timed(batch).update();
    return adam(timed.learningRate(), timed.numbers().beta1(), timed.numbers().beta2());
  }

  private static Dl4jNetwork.Updaters adam(double rate, double beta1, double beta2) {
    return (network, multiplier) -> new Adam(rate * multiplier, beta1, beta2, EPSILON);
  }

  private static void repeat(Workload workload, SafetensorsReader start, Path result) {
    int batch = Integer.parseInt(start.metadata().get(Example.BATCH));
    Dl4jNetwork.Updaters descent =
        (network, multiplier) ->
            new Sgd(Double.parseDouble(start.metadata().get(network)) * multiplier);
    Dl4jModel model = model(workload, start, descent, new RecordedDraws(start), batch);
    float[] losses = model.step();
    SafetensorsWriter writer = new SafetensorsWriter();
    model.networks().forEach(network -> network.writeTo(writer));
    writer.floats(Example.LOSSES, new long[] {losses.length}, () -> losses);
    writer.write(result);
  }

  @Override
  public String description() {
    return "DL4J";
  }

  @Override
  public double step() {
    double sum = 0;
    for (float loss : model.step()) {
      sum += loss;
    }
    return sum;
  }

  @Override
  public void close() {
    // The process ends, and all arrays with it.
  }
}
