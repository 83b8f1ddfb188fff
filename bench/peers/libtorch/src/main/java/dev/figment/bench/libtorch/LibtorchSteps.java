package dev.figment.bench.libtorch;

import dev.figment.bench.steps.Contender;
import dev.figment.bench.steps.Example;
import dev.figment.bench.steps.GanWorkload;
import dev.figment.bench.steps.RvaeWorkload;
import dev.figment.bench.steps.StepServer;
import dev.figment.bench.steps.VaeWorkload;
import dev.figment.bench.steps.Workload;
import dev.figment.io.SafetensorsReader;
import dev.figment.io.SafetensorsWriter;
import dev.figment.nn.Recurrent;
import java.io.IOException;
import java.nio.file.Path;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;

/** The child process that trains by libtorch. */
final class LibtorchSteps implements Contender {
  private final TorchModel model;

  private LibtorchSteps(TorchModel model) {
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
        try (Contender contender =
            new LibtorchSteps(model(workload, start, new FreshDraws(batch), batch, true))) {
          StepServer.serve(contender, torch.get_num_threads());
        }
      }
    }
  }

  private static TorchModel model(
      Workload workload, SafetensorsReader start, Draws draws, int batch, boolean timed) {
    return switch (workload) {
      case GAN, GAN_BF16 ->
          new TorchGan(
              workload.precision(), start, draws, batch, timed ? GanWorkload.timed(batch) : null);
      case VAE -> new TorchVae(start, draws, batch, timed ? VaeWorkload.timed(batch) : null);
      case RVAE_GRU -> rvae(Recurrent.Cell.GRU, start, draws, batch, timed);
      case RVAE_LSTM -> rvae(Recurrent.Cell.LSTM, start, draws, batch, timed);
    };
  }

  private static TorchModel rvae(
      Recurrent.Cell cell, SafetensorsReader start, Draws draws, int batch, boolean timed) {
    return new TorchRvae(cell, start, draws, batch, timed ? RvaeWorkload.timed(cell, batch) : null);
  }

  @SuppressWarnings("try") // the scope works by being there
  private static void repeat(Workload workload, SafetensorsReader start, Path result) {
    int batch = Integer.parseInt(start.metadata().get(Example.BATCH));
    TorchModel model = model(workload, start, new RecordedDraws(start), batch, false);
    try (PointerScope scope = new PointerScope()) {
      float[] losses = model.step();
      SafetensorsWriter writer = new SafetensorsWriter();
      model.networks().forEach(network -> network.writeTo(writer));
      writer.floats(Example.LOSSES, new long[] {losses.length}, () -> losses);
      writer.write(result);
    }
  }

  @Override
  public String description() {
    return "libtorch";
  }

  /** Everything that the step made is freed at its end. */
  @Override
  @SuppressWarnings("try") // the scope works by being there
  public double step() {
    try (PointerScope scope = new PointerScope()) {
      float sum = 0;
      for (float loss : model.step()) {
        sum += loss;
      }
      return sum;
    }
  }

  @Override
  public void close() {
    // The process ends, and all tensors with it.
  }
}
