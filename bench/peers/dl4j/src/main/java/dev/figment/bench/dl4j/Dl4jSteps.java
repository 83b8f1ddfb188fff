package dev.figment.bench.dl4j;

import dev.figment.bench.steps.Contender;
import dev.figment.bench.steps.Example;
import dev.figment.bench.steps.Noise;
import dev.figment.bench.steps.StepServer;
import dev.figment.bench.steps.VaeWorkload;
import dev.figment.io.SafetensorsReader;
import dev.figment.io.SafetensorsWriter;
import dev.figment.train.VaeConfig;
import java.io.IOException;
import java.nio.file.Path;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;

/** The child process that trains by DL4J; it has the dense VAE. */
final class Dl4jSteps implements Contender {
  private static final int PIXELS = VaeWorkload.SIDE * VaeWorkload.SIDE;
  private static final double EPSILON = 1e-8; // of Adam, as ours

  private final Dl4jVae model;

  private Dl4jSteps(Dl4jVae model) {
    this.model = model;
  }

  /**
   * Serves steps, or repeats the step of an example.
   *
   * @param arguments workload, batch, the example's start and, to repeat it, the file for the
   *     result
   */
  public static void main(String[] arguments) throws IOException {
    try (SafetensorsReader start = SafetensorsReader.open(Path.of(arguments[2]))) {
      if (arguments.length > 3) {
        repeat(start, Path.of(arguments[3]));
      } else {
        int batch = Integer.parseInt(arguments[1]);
        VaeConfig timed = VaeWorkload.timed(batch);
        Adam adam =
            new Adam(
                timed.learningRate(), timed.numbers().beta1(), timed.numbers().beta2(), EPSILON);
        try (Contender contender =
            new Dl4jSteps(new Dl4jVae(start, adam, new FreshDraws(batch), batch))) {
          StepServer.serve(contender, Nd4j.getEnvironment().maxMasterThreads());
        }
      }
    }
  }

  private static void repeat(SafetensorsReader start, Path result) {
    int batch = Integer.parseInt(start.metadata().get(Example.BATCH));
    double rate = Double.parseDouble(start.metadata().get("encoder")); // the decoder's, too
    Dl4jVae model = new Dl4jVae(start, new Sgd(rate), new RecordedDraws(start, batch), batch);
    float[] losses = model.step();
    SafetensorsWriter writer = new SafetensorsWriter();
    model.writeTo(writer);
    writer.floats(Example.LOSSES, new long[] {losses.length}, () -> losses);
    writer.write(result);
  }

  /** Draws that a step of ours made. */
  private record RecordedDraws(SafetensorsReader start, int batch) implements Dl4jVae.Draws {
    @Override
    public INDArray pixels() {
      return Nd4j.createFromArray(start.floats("batch.pixels")).reshape(batch, PIXELS);
    }

    @Override
    public INDArray noise() {
      return Nd4j.createFromArray(start.floats("draw.epsilon")).reshape(batch, VaeWorkload.LATENT);
    }
  }

  /** Draws of a timed step. */
  private static final class FreshDraws implements Dl4jVae.Draws {
    private final INDArray data =
        Nd4j.createFromArray(Noise.pixels(VaeWorkload.SIDE))
            .castTo(DataType.UINT8)
            .reshape(Noise.EXAMPLES, PIXELS);
    private final int batch;
    private int next;

    private FreshDraws(int batch) {
      this.batch = batch;
    }

    @Override
    public INDArray pixels() {
      if (next + batch > Noise.EXAMPLES) {
        next = 0;
      }
      INDArray bytes = data.get(NDArrayIndex.interval(next, next + batch), NDArrayIndex.all());
      next += batch;
      INDArray grey = bytes.castTo(DataType.FLOAT).divi(255);
      return Nd4j.rand(DataType.FLOAT, batch, PIXELS).lt(grey).castTo(DataType.FLOAT);
    }

    @Override
    public INDArray noise() {
      return Nd4j.randn(DataType.FLOAT, batch, VaeWorkload.LATENT);
    }
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
