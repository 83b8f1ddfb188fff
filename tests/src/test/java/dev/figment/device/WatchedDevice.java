package dev.figment.device;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.BiConsumer;

/**
 * A device whose kernel calls are watched, and may be followed by others. It has no means to
 * record: a recording makes the calls at every replay.
 */
public final class WatchedDevice implements Device {
  private final Device device;
  private final Kernels kernels;

  /**
   * @param after called with an operation's name and arguments once it has run
   */
  public WatchedDevice(Device device, BiConsumer<String, Object[]> after) {
    this.device = device;
    kernels =
        (Kernels)
            Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                (proxy, method, arguments) -> {
                  try {
                    Object result = method.invoke(device.kernels(), arguments);
                    after.accept(method.getName(), arguments);
                    return result;
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }

  @Override
  public Kernels kernels() {
    return kernels;
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
  public Memory allocate(DataType type, long length) {
    return device.allocate(type, length);
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
