package dev.figment.bench;

import dev.figment.device.ConvGeometry;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Memory;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.ArrayList;
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

/**
 * The image GAN's convolutions and transposed convolutions at its batch sizes, pass by pass. FLOPs
 * count the taps that fall on padding, as is usual: an implementation that skips them can exceed
 * the yardstick.
 */
@State(Scope.Thread) // a device belongs to the thread that opened it
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1) // one process: the work is native, Java's compiler has no say in it
@Warmup(iterations = 1, time = 1) // makes the primitives and touches the scratch memory
@Measurement(iterations = 5, time = 1) // several lines, to see the machine change its speed
public class ConvBenchmark {
  private static final int BATCH = 128;

  /** The layers; the discriminator sees real and generated images at once. */
  public enum Layer {
    GENERATOR_256_TO_128_AT_7(BATCH, ConvGeometry.transposedSame(7, 7, 256, 128, 5, 1)),
    GENERATOR_128_AT_7_TO_64_AT_14(BATCH, ConvGeometry.transposedSame(7, 7, 128, 64, 5, 2)),
    GENERATOR_64_AT_14_TO_1_AT_28(BATCH, ConvGeometry.transposedSame(14, 14, 64, 1, 5, 2)),
    GENERATOR_64_AT_14_TO_3_AT_28(BATCH, ConvGeometry.transposedSame(14, 14, 64, 3, 5, 2)),
    DISCRIMINATOR_1_AT_28_TO_64_AT_14(2 * BATCH, ConvGeometry.same(28, 28, 1, 64, 5, 2)),
    DISCRIMINATOR_64_AT_14_TO_128_AT_7(2 * BATCH, ConvGeometry.same(14, 14, 64, 128, 5, 2)),
    /** Odd sizes, which no block of channels fits. */
    ODD_37_AT_13_TO_29_AT_5(BATCH - 1, ConvGeometry.of(13, 13, 37, 29, 5, 2, 0));

    private final int batch;
    private final ConvGeometry geometry;

    Layer(int batch, ConvGeometry geometry) {
      this.batch = batch;
      this.geometry = geometry;
    }
  }

  /**
   * The passes, by what they compute for a convolution; a transposed one exchanges the first two.
   */
  public enum Pass {
    FORWARD,
    BACKWARD_DATA,
    BACKWARD_WEIGHTS
  }

  @Param public Layer layer;
  @Param public Pass pass;

  private final List<Memory> memories = new ArrayList<>();
  private Device device;
  private FlopMeter meter;
  private Tensor large;
  private Tensor small;
  private Tensor weights;
  private Tensor largeResult;
  private Tensor smallResult;
  private Tensor gradient;

  @Setup(Level.Trial)
  public void open() {
    device = Devices.open("auto", 0).device();
    System.out.println(device.description());
    meter = new FlopMeter(device);
    large = tensor(layer.geometry.large(layer.batch));
    small = tensor(layer.geometry.small(layer.batch));
    weights = tensor(layer.geometry.weights());
    largeResult = tensor(large.shape());
    smallResult = tensor(small.shape());
    gradient = tensor(weights.shape());
    Memory counter = device.allocate(DataType.INT32, 1);
    memories.add(counter);
    Tensor step = new Tensor(counter, 0, Shape.of(1));
    int stream = 0;
    for (Tensor tensor : List.of(large, small, weights)) {
      device.kernels().uniform(tensor, -1, 1, new RandomStream(1, step, stream++));
    }
    checkAnswers();
  }

  private Tensor tensor(Shape shape) {
    Tensor tensor = device.allocate(DataType.REAL, shape);
    memories.add(tensor.memory());
    return tensor;
  }

  /** The passes are adjoint: forward(x) . y = x . backwardData(y) = w . backwardWeights(x, y). */
  private void checkAnswers() {
    for (Pass each : Pass.values()) {
      run(each);
    }
    double forward = dot(smallResult, small);
    double scale = Math.sqrt(dot(smallResult, smallResult) * dot(small, small));
    requireClose("backward data", dot(large, largeResult), forward, scale);
    requireClose("backward weights", dot(weights, gradient), forward, scale);
  }

  private void requireClose(String name, double value, double expected, double scale) {
    if (!(Math.abs(value - expected) <= 1e-5 * scale)) {
      throw new IllegalStateException(
          "%s of %s is not forward's adjoint: %g instead of %g; timing it is of no use."
              .formatted(name, layer, value, expected));
    }
  }

  private static double dot(Tensor a, Tensor b) {
    double[] x = a.toDoubles();
    double[] y = b.toDoubles();
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  private void run(Pass which) {
    Kernels kernels = device.kernels();
    ConvGeometry geometry = layer.geometry;
    switch (which) {
      case FORWARD -> kernels.convTransposeBackwardData(smallResult, large, weights, geometry);
      case BACKWARD_DATA -> kernels.convBackwardData(largeResult, small, weights, geometry);
      case BACKWARD_WEIGHTS ->
          kernels.convBackwardWeights(
              gradient, null, small, large, geometry, GradientMode.OVERWRITE);
    }
    device.synchronize();
  }

  @Setup(Level.Iteration)
  public void start() {
    meter.start();
  }

  @Benchmark
  public void conv() {
    run(pass);
    meter.count();
  }

  @TearDown(Level.Iteration)
  public void stop() {
    meter.stop(layer + " " + pass, layer.geometry.nominalFlops(layer.batch));
  }

  @TearDown(Level.Trial)
  public void close() {
    meter.close();
    memories.forEach(Memory::close);
    device.close();
  }
}
