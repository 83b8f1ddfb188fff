package dev.figment.train;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Kernels;
import dev.figment.device.Memory;
import dev.figment.device.Recording;
import java.util.ArrayList;
import java.util.List;

/** Another device that remembers what was allocated on it and can run out of memory. */
final class CountingDevice implements Device {
  private final Device device;
  private final int most;
  private final List<Memory> memories = new ArrayList<>();

  /**
   * @param most allocations that succeed
   */
  CountingDevice(Device device, int most) {
    this.device = device;
    this.most = most;
  }

  @Override
  public Memory allocate(DataType type, long length) {
    if (memories.size() == most) {
      throw new FigmentException("This memory is full.");
    }
    Memory memory = device.allocate(type, length);
    memories.add(memory);
    return memory;
  }

  int allocations() {
    return memories.size();
  }

  /** The allocations that nobody closed. */
  long open() {
    return memories.stream().filter(CountingDevice::isOpen).count();
  }

  private static boolean isOpen(Memory memory) {
    try {
      switch (memory.type()) {
        case REAL, BFLOAT16 -> memory.read(0, new float[1], 0, 1);
        case INT32 -> memory.read(0, new int[1], 0, 1);
        case UINT8 -> memory.read(0, new byte[1], 0, 1);
      }
      return true;
    } catch (FigmentException e) {
      return false;
    }
  }

  @Override
  public String name() {
    return device.name();
  }

  @Override
  public String description() {
    return device.description();
  }

  @Override
  public String plan() {
    return device.plan();
  }

  @Override
  public DataType activations() {
    return device.activations();
  }

  @Override
  public Kernels kernels() {
    return device.kernels();
  }

  @Override
  public Recording record(Runnable calls) {
    return device.record(calls);
  }

  @Override
  public void synchronize() {
    device.synchronize();
  }

  @Override
  public void close() {
    device.close();
  }
}
