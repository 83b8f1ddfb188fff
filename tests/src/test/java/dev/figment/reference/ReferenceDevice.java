package dev.figment.reference;

import dev.figment.device.CheckedKernels;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Kernels;
import dev.figment.device.Memory;

/** The judge of the other devices: plain Java loops in double precision. */
public final class ReferenceDevice implements Device {
  private final Thread owner = Thread.currentThread();
  private final Kernels kernels = new CheckedKernels(new ReferenceKernels());

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public String description() {
    return "plain Java loops in double precision";
  }

  @Override
  public String plan() {
    return "reference";
  }

  @Override
  public Memory allocate(DataType type, long length) {
    checkThread();
    return new ReferenceMemory(this, type, length);
  }

  @Override
  public Kernels kernels() {
    return kernels;
  }

  @Override
  public void synchronize() {
    checkThread();
  }

  @Override
  public void close() {}

  void checkThread() {
    if (Thread.currentThread() != owner) {
      throw new FigmentException(
          "The reference device of thread %s was used by thread %s; use it where it was opened."
              .formatted(owner.getName(), Thread.currentThread().getName()));
    }
  }
}
