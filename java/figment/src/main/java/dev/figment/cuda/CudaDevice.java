package dev.figment.cuda;

import dev.figment.device.CheckedKernels;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.KernelLaunch;
import dev.figment.device.Kernels;
import dev.figment.device.LaunchCounter;
import dev.figment.device.Memory;
import dev.figment.device.NotSupportedException;
import dev.figment.device.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import jcuda.driver.CUgraphExec;

/** A GPU through the CUDA driver, or the simulated one: the same code runs on both. In float32. */
public final class CudaDevice implements Device {
  private final Driver driver;
  private final CudaContext context;
  private final CudaStream stream;
  private final CudaModules modules;
  private final Scratch partials;
  private final Scratch tickets;
  private final Kernels kernels = new CheckedKernels(new CudaKernels(this));
  private final String description;
  private final String plan;
  private final Ptx ptx;
  private Staging staging;

  private CudaDevice(Driver driver, CudaContext context, Ptx ptx) {
    this.driver = driver;
    this.context = context;
    this.ptx = ptx;
    stream = new CudaStream();
    modules = new CudaModules(ptx);
    partials = new Scratch(context, stream, "partial sums");
    tickets = new Scratch(context, stream, "counters of finished blocks");
    int version = Cuda.driverVersion();
    description =
        "%s%s, compute capability %d.%d, %d multiprocessors, %d MiB, driver for CUDA %d.%d, kernels for %s"
            .formatted(
                driver == Driver.SIMULATED ? "a simulation of a GPU on the CPU: " : "",
                context.gpu(),
                context.capability() / 10,
                context.capability() % 10,
                context.processors(),
                Cuda.memory()[1] >> 20,
                version / 1000,
                version % 1000 / 10,
                ptx.architecture());
    plan =
        "%s, PTX of %s, driver for CUDA %d.%d"
            .formatted(context.gpu(), ptx.architecture(), version / 1000, version % 1000 / 10);
  }

  /**
   * Opens the first NVIDIA GPU for the calling thread.
   *
   * @throws FigmentException when there is none that can be used, with the reason and what to do
   */
  public static CudaDevice open() {
    return open(Driver.NVIDIA, Ptx::shipped);
  }

  /**
   * Opens the simulated GPU for the calling thread; figment-simgpu must be on the class path.
   *
   * @throws FigmentException when it cannot be used, with the reason and what to do
   */
  public static CudaDevice openSimulated() {
    return open(Driver.SIMULATED, Ptx::shipped);
  }

  /**
   * As {@link #openSimulated()}, with the PTX of an architecture of choice.
   *
   * @param architecture 80 is sm_80; the GPU's capability must not be below it
   */
  public static CudaDevice openSimulated(int architecture) {
    return open(
        Driver.SIMULATED,
        capability -> {
          if (capability < architecture) {
            throw new NotSupportedException(
                "The simulated GPU has compute capability %d.%d and takes no PTX of sm_%d; set SIMGPU_CC=%d.%d before starting."
                    .formatted(
                        capability / 10,
                        capability % 10,
                        architecture,
                        architecture / 10,
                        architecture % 10));
          }
          return Ptx.shippedFor(architecture);
        });
  }

  /** Why no NVIDIA GPU can be used, as a clause; nothing when one can. */
  public static Optional<String> obstacle() {
    return Driver.NVIDIA.obstacle().map(Driver.Obstacle::reason);
  }

  /**
   * @param kernels the PTX for a compute capability
   */
  static CudaDevice open(Driver driver, IntFunction<Ptx> kernels) {
    driver.load();
    CudaContext context;
    try {
      context = new CudaContext(driver.device(), 0);
    } catch (LinkageError e) {
      throw new FigmentException(
          "JCuda could not be loaded over the CUDA driver (%s); its natives, org.jcuda:jcuda-natives for linux-x86_64, must be on the class path."
              .formatted(e),
          e);
    }
    try {
      return new CudaDevice(driver, context, kernels.apply(context.capability()));
    } catch (RuntimeException e) {
      context.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return driver.device();
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public String plan() {
    return plan;
  }

  /** What decides whether the kernels work: the GPU, its driver's build, and the kernels. */
  public String identity() {
    return "%s, %s, kernels %s".formatted(plan, Driver.build(), ptx.sums());
  }

  @Override
  public Memory allocate(DataType type, long length) {
    enterUnrecorded("allocate");
    if (type == DataType.BFLOAT16) {
      throw new NotSupportedException(
          "A memory of BFLOAT16 was asked for and a GPU's layers leave REAL; ask for what activations() says.");
    }
    CudaMemory memory = new CudaMemory(this, type, length);
    Cuda.zero(memory.pointer(0), length * CudaMemory.bytes(type), stream.handle());
    return memory;
  }

  @Override
  public Kernels kernels() {
    return kernels;
  }

  @Override
  public void synchronize() {
    enterUnrecorded("synchronize");
    stream.synchronize();
  }

  @Override
  public Optional<LaunchCounter> counter() {
    return driver == Driver.SIMULATED ? Optional.of(new SimulatedCounter(this)) : Optional.empty();
  }

  @Override
  public CudaGraph record(Runnable calls) {
    enterUnrecorded("record");
    stream.beginRecording();
    try {
      calls.run();
    } catch (RuntimeException | Error e) {
      abandonRecording(e);
      throw e;
    }
    List<KernelLaunch> launches = stream.recorded();
    return new CudaGraph(this, stream.endRecording(), launches);
  }

  /** Ends a recording whose step failed; the step's failure is the one to report. */
  private void abandonRecording(Throwable failure) {
    try {
      Cuda.destroy(stream.endRecording());
    } catch (CudaException e) {
      failure.addSuppressed(e); // a step that broke the recording leaves no graph
    }
  }

  void replay(CUgraphExec executable) {
    enterUnrecorded("replay");
    if (executable == null) {
      throw new FigmentException("replay was called on a recording that was closed.");
    }
    Cuda.launch(executable, stream.handle());
  }

  @Override
  public void close() {
    context.requireOwner("close");
    if (context.isOpen()) {
      try (context) {
        freeScratch();
      }
    }
  }

  private void freeScratch() {
    try {
      context.enter("close");
      partials.close();
      tickets.close();
    } catch (CudaException e) {
      // After a fault the context takes no more calls; what it holds goes with it.
    }
  }

  // ---- for the kernels and memories of this device

  CudaContext context() {
    return context;
  }

  CudaStream stream() {
    return stream;
  }

  /** The memory of a tensor of this device. */
  CudaMemory memory(Tensor tensor) {
    if (tensor.memory() instanceof CudaMemory memory && memory.isOf(this)) {
      return memory;
    }
    throw new FigmentException(
        "The %s device was given a tensor of shape %s in another device's memory; copy it over first."
            .formatted(name(), tensor.shape()));
  }

  /** The address of a tensor of this device. */
  long address(Tensor tensor) {
    return memory(tensor).address(tensor.offset());
  }

  /** A kernel of an open device, to be given its arguments by the device's owner. */
  CudaLaunch launch(String family, String kernel) {
    context.enter(kernel);
    return modules.launch(family, kernel);
  }

  /** The address of memory for {@code count} doubles, whatever they are. */
  long partials(long count) {
    return partials.address(count * Double.BYTES, stream.isRecording());
  }

  /** The address of {@code count} unsigned zeros, which the kernel leaves zero. */
  long tickets(long count) {
    return tickets.address(count * Integer.BYTES, stream.isRecording());
  }

  /** The way to and from the host, for an operation that cannot be recorded. */
  Staging staging(String operation) {
    enterUnrecorded(operation);
    if (staging == null) {
      staging = new Staging(stream);
    }
    return staging;
  }

  /** For a call that a recording cannot hold. */
  void enterUnrecorded(String operation) {
    context.enter(operation);
    if (stream.isRecording()) {
      throw new FigmentException(
          operation
              + " was called while kernels are being recorded; a recording takes kernel calls alone.");
    }
  }
}
