package dev.figment.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.Kernels;
import dev.figment.profile.KernelCatalogue;
import dev.figment.profile.Operation;
import dev.figment.profile.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
 * Any operation of the catalogue of kernels, at its shape there; {@link KernelBench} runs them all.
 * Before and after each iteration the same process measures what the machine can do.
 */
@State(Scope.Thread) // a device belongs to the thread that opened it
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1) // one process: the work is native, Java's compiler has no say in it
@Warmup(iterations = 1, time = 200, timeUnit = TimeUnit.MILLISECONDS) // touches the memory
@Measurement(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
public class KernelBenchmark {
  /** The system property that names the file each iteration's row goes to. */
  static final String ROWS = "figment.bench.rows";

  /** As {@link #key} has it. */
  @Param("add 64x16x16x128")
  public String operation;

  @Param("cpu")
  public String device;

  private Operation chosen;
  private Device opened;
  private Tensors tensors;
  private Consumer<Kernels> call;
  private CopyMeter copy;
  private FlopMeter product;
  private double before;
  private long calls;
  private long nanos;
  private long fastest;

  /** What tells an operation from all others. */
  static String key(Operation operation) {
    return operation.name() + " " + operation.shape();
  }

  @Setup(Level.Trial)
  public void open() {
    chosen =
        KernelCatalogue.operations().stream()
            .filter(it -> key(it).equals(operation))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException("No operation of the catalogue is " + operation));
    opened = Devices.open(device, 0).device();
    tensors = new Tensors(opened);
    call = chosen.prepare(tensors);
    if (KernelRow.isProduct(chosen)) {
      product = new FlopMeter(opened);
    } else {
      copy = new CopyMeter(opened, KernelRow.bytes(chosen));
    }
  }

  private double yardstick() {
    return product != null ? product.flopsPerSecond() : copy.bytesPerSecond();
  }

  @Setup(Level.Iteration)
  public void begin() {
    before = yardstick();
    calls = 0;
    nanos = 0;
    fastest = Long.MAX_VALUE;
  }

  @Benchmark
  public void call() {
    long from = System.nanoTime();
    call.accept(opened.kernels());
    opened.synchronize();
    long taken = System.nanoTime() - from;
    nanos += taken;
    fastest = Math.min(fastest, taken);
    calls++;
  }

  @TearDown(Level.Iteration)
  public void end() throws IOException {
    KernelRow row =
        KernelRow.of(
            chosen,
            opened.description(),
            1e-9 * nanos / calls,
            1e-9 * fastest,
            before,
            yardstick());
    String rows = System.getProperty(ROWS);
    if (rows == null) {
      System.out.println(row.text());
    } else {
      String line = JsonMapper.builder().build().writeValueAsString(row) + "\n";
      Files.writeString(Path.of(rows), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }

  @TearDown(Level.Trial)
  public void close() {
    if (product != null) {
      product.close();
    } else {
      copy.close();
    }
    tensors.close();
    opened.close();
  }
}
