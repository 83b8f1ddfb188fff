package dev.figment.device;

import dev.figment.cpu.CpuDevice;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/** The devices by name: the only place that knows them all. */
public final class Devices {
  private static final Map<String, IntFunction<Device>> OPENERS =
      new TreeMap<>(Map.of("cpu", CpuDevice::open));

  private Devices() {}

  /**
   * An open device and why it was taken.
   *
   * @param device the device; the caller closes it
   * @param reason a sentence for people
   */
  public record Choice(Device device, String reason) {}

  /**
   * Opens a device for the calling thread, which makes all its calls.
   *
   * @param name {@code auto} or a device's name
   * @param threads CPU threads, 0 for all that the process may use
   */
  public static Choice open(String name, int threads) {
    if (name.equals("auto")) {
      return choice("cpu", threads, "auto takes the CPU, the only device of this build");
    }
    if (!OPENERS.containsKey(name)) {
      throw new FigmentException(
          "The device \"%s\" was asked for; this build has %s, and auto to choose."
              .formatted(name, String.join(", ", OPENERS.keySet())));
    }
    return choice(name, threads, name + " as asked");
  }

  private static Choice choice(String name, int threads, String why) {
    Device device = OPENERS.get(name).apply(threads);
    return new Choice(device, why + ": " + device.description());
  }
}
