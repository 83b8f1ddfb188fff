package dev.figment.bench;

import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.GradientMode;
import dev.figment.device.RandomStream;
import dev.figment.device.Tensor;
import dev.figment.nn.Randomness;
import dev.figment.nn.Recurrent;
import dev.figment.nn.RecurrentNetwork;
import dev.figment.nn.RecurrentPass;
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

/**
 * A recurrent layer over a batch of sequences, forward, and backward with all gradients but the
 * input's. FLOPs are those of the products.
 */
@State(Scope.Thread) // a device belongs to the thread that opened it
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1) // one process: the work is native, Java's compiler has no say in it
@Warmup(iterations = 1, time = 1) // makes the primitives and touches the scratch memory
@Measurement(iterations = 5, time = 1) // several lines, to see the machine change its speed
public class RecurrentBenchmark {
  private static final int STEPS = 64;
  private static final int INPUTS = 8;
  private static final float MOVE = 1e-3f;

  /** Batch and units. */
  public enum Size {
    BATCH_128_UNITS_128(128, 128),
    /** Odd sizes, which no vector fits. */
    BATCH_37_UNITS_75(37, 75);

    private final int batch;
    private final int units;

    Size(int batch, int units) {
      this.batch = batch;
      this.units = units;
    }
  }

  @Param public Recurrent.Cell cell;
  @Param public Size size;

  private Device device;
  private FlopMeter meter;
  private Randomness randomness;
  private RecurrentNetwork network;
  private RecurrentPass pass;

  @Setup(Level.Trial)
  public void open() {
    device = Devices.open("auto", 0).device();
    System.out.println(device.description());
    meter = new FlopMeter(device);
    randomness = new Randomness(device, 1);
    network =
        new RecurrentNetwork(device, randomness, Recurrent.of(cell, INPUTS, size.units))
            .initialise();
    pass = network.pass(STEPS, size.batch).training().build();
    randomise(pass.input(), 0);
    randomise(pass.outputGradient(0), 1);
    checkAnswer();
  }

  private void randomise(Tensor tensor, int stream) {
    device.kernels().uniform(tensor, -1, 1, new RandomStream(1, randomness.counter(), stream));
  }

  /** The gradient along itself is what a small move along it gains. */
  private void checkAnswer() {
    run();
    float[] start = network.parameters().values().toFloats();
    float[] gradient = network.parameters().gradients().toFloats();
    double norm = 0;
    for (float g : gradient) {
      norm += (double) g * g;
    }
    norm = Math.sqrt(norm);
    double gain = (loss(start, gradient, MOVE / norm) - loss(start, gradient, -MOVE / norm));
    double slope = gain / (2 * MOVE);
    network.parameters().values().write(start);
    if (!(Math.abs(slope - norm) <= 0.01 * norm)) {
      throw new IllegalStateException(
          "The gradient of %s %s has norm %g and the loss grows by %g along it; timing it is of no use."
              .formatted(cell, size, norm, slope));
    }
  }

  private double loss(float[] start, float[] gradient, double by) {
    float[] moved = start.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += (float) (by * gradient[i]);
    }
    network.parameters().values().write(moved);
    pass.forward();
    double[] y = pass.output(0).toDoubles();
    double[] dy = pass.outputGradient(0).toDoubles();
    double sum = 0;
    for (int i = 0; i < y.length; i++) {
      sum += y[i] * dy[i];
    }
    return sum;
  }

  private void run() {
    pass.forward();
    pass.backward(GradientMode.OVERWRITE);
    device.synchronize();
  }

  /** Of both products forward, both weights' gradients, and the states' gradient. */
  private long flops() {
    long gates = (cell == Recurrent.Cell.GRU ? 3L : 4L) * size.units;
    return 2L * STEPS * size.batch * gates * (2 * (INPUTS + size.units) + size.units);
  }

  @Setup(Level.Iteration)
  public void start() {
    meter.start();
  }

  @Benchmark
  public void forwardAndBackward() {
    run();
    meter.count();
  }

  @TearDown(Level.Iteration)
  public void stop() {
    meter.stop(cell + " " + size, flops());
  }

  @TearDown(Level.Trial)
  public void close() {
    meter.close();
    pass.close();
    network.close();
    randomness.close();
    device.close();
  }
}
