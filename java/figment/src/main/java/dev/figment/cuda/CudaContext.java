package dev.figment.cuda;

import dev.figment.device.Callers;
import dev.figment.device.FigmentException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;

/**
 * A CUDA context of one GPU, which the thread that made it owns: it makes every call. All that was
 * allocated in a context goes with it.
 */
final class CudaContext implements AutoCloseable {
  private final Thread owner = Thread.currentThread();
  private final String deviceName;
  private final String gpu;
  private final int capability;
  private final int processors;
  private final Queue<DevicePointer> abandoned = new ConcurrentLinkedQueue<>();
  private CUcontext context;
  private String closedAt;

  /**
   * @param deviceName the Figment device that opens it, for messages
   * @param ordinal which GPU
   */
  CudaContext(String deviceName, int ordinal) {
    this.deviceName = deviceName;
    Cuda.init();
    CUdevice device = Cuda.device(ordinal);
    gpu = Cuda.name(device);
    capability =
        10 * Cuda.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
            + Cuda.attribute(
                device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    processors =
        Cuda.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
    context = Cuda.createContext(device);
  }

  String deviceName() {
    return deviceName;
  }

  /** The GPU's name. */
  String gpu() {
    return gpu;
  }

  /** 10 * major + minor: 80 for compute capability 8.0. */
  int capability() {
    return capability;
  }

  /** Streaming multiprocessors. */
  int processors() {
    return processors;
  }

  /** Makes an open context current, for a call by its owner. */
  void enter(String operation) {
    requireOwner(operation);
    if (context == null) {
      throw new FigmentException(
          "%s was called on a %s device that was closed at %s."
              .formatted(operation, deviceName, closedAt));
    }
    Cuda.setCurrent(context);
  }

  void requireOwner(String operation) {
    Thread caller = Thread.currentThread();
    if (caller != owner) {
      throw new FigmentException(
          "%s was called by thread \"%s\"; the device belongs to thread \"%s\", which opened it and makes all its calls."
              .formatted(operation, caller.getName(), owner.getName()));
    }
  }

  boolean isOpen() {
    return context != null;
  }

  /**
   * Takes memory that nobody closed, from any thread; the owner frees it with its next allocation.
   */
  void abandon(DevicePointer pointer) {
    abandoned.add(pointer);
  }

  /** Device memory of the current context, after what was abandoned has been freed. */
  DevicePointer allocate(long bytes) {
    for (DevicePointer pointer = abandoned.poll(); pointer != null; pointer = abandoned.poll()) {
      Cuda.free(pointer);
    }
    return Cuda.allocate(bytes);
  }

  @Override
  public void close() {
    requireOwner("close");
    if (context != null) {
      CUcontext closing = context;
      context = null;
      closedAt = Callers.outside(CudaContext.class, CudaDevice.class);
      Cuda.destroy(closing);
    }
  }
}
