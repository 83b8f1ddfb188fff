package dev.figment.bench;

import dev.figment.data.Scaling;
import dev.figment.data.SequenceRequest;
import dev.figment.data.Sequences;
import dev.figment.data.SeriesDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.Likelihood;
import dev.figment.model.RvaeArchitecture;
import dev.figment.nn.Recurrent;
import dev.figment.train.RvaeConfig;
import dev.figment.train.RvaeStep;
import dev.figment.train.RvaeTrainer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A whole training step of the recurrent VAE, batch 64, windows of five features. */
@State(Scope.Thread) // a device belongs to the thread that opened it
@BenchmarkMode(Mode.SampleTime) // the median stands beside the mean: machines are noisy
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1) // one process: the work is native, Java's compiler has no say in it
@Warmup(iterations = 1, time = 3) // makes the primitives and touches the scratch memory
@Measurement(iterations = 5, time = 5) // several lines, to see the machine change its speed
public class RvaeStepBenchmark {
  @Param({"GRU", "LSTM"})
  public Recurrent.Cell cell;

  @Param({"24", "64"})
  public int window;

  private Device device;
  private RvaeTrainer trainer;
  private RvaeStep last;

  @Setup(Level.Trial)
  public void open() {
    device = Devices.open("auto", 0).device();
    System.out.println(device.description());
    SequenceRequest sines =
        new SequenceRequest("sines", window, null, List.of(), Scaling.Kind.STANDARD, 1);
    SeriesDataset data = (SeriesDataset) Sequences.open(sines, line -> {}).train();
    RvaeArchitecture architecture =
        RvaeArchitecture.ofNumbers(
            window, data.features(), cell, 64, 1, false, 16, Likelihood.GAUSSIAN_LEARNED);
    RvaeConfig config = RvaeConfig.of(architecture).inputDropout(0.5).build();
    trainer = new RvaeTrainer(device, config, data);
  }

  @Benchmark
  public RvaeStep step() {
    last = trainer.step();
    return last;
  }

  /** Numbers that left the finite ones are computed at another speed. */
  @TearDown(Level.Iteration)
  public void check() {
    if (!last.isFinite()) {
      throw new IllegalStateException("The losses are no longer finite: " + last);
    }
  }

  @TearDown(Level.Trial)
  public void close() {
    trainer.close();
    device.close();
  }
}
