package dev.figment.bench;

import dev.figment.data.ImageDataset;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.Likelihood;
import dev.figment.model.VaeArchitecture;
import dev.figment.model.VaeNet;
import dev.figment.train.VaeConfig;
import dev.figment.train.VaeStep;
import dev.figment.train.VaeTrainer;
import java.util.Random;
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

/** A whole training step of the VAE at 28 x 28, from the pixels of a batch to both updates. */
@State(Scope.Thread) // a device belongs to the thread that opened it
@BenchmarkMode(Mode.SampleTime) // the median stands beside the mean: machines are noisy
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1) // one process: the work is native, Java's compiler has no say in it
@Warmup(iterations = 1, time = 3) // makes the primitives and touches the scratch memory
@Measurement(iterations = 5, time = 5) // several lines, to see the machine change its speed
public class VaeStepBenchmark {
  private static final int IMAGES = 1024;
  private static final int SIZE = 28;

  @Param({"DENSE", "CONV"})
  public VaeNet net;

  private Device device;
  private VaeTrainer trainer;
  private VaeStep last;

  @Setup(Level.Trial)
  public void open() {
    device = Devices.open("auto", 0).device();
    System.out.println(device.description());
    byte[] pixels = new byte[IMAGES * SIZE * SIZE];
    new Random(1).nextBytes(pixels);
    ImageDataset noise = new ImageDataset("noise", IMAGES, SIZE, SIZE, 1, pixels, null);
    VaeArchitecture architecture =
        new VaeArchitecture(SIZE, SIZE, 1, 100, 64, net, Likelihood.BERNOULLI);
    VaeConfig config = VaeConfig.of(architecture).binarize(true).build();
    trainer = new VaeTrainer(device, config, noise);
  }

  @Benchmark
  public VaeStep step() {
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
