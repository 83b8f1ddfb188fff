package dev.figment.device;

import dev.figment.cpu.CpuDevice;
import dev.figment.cuda.CudaDevice;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntFunction;

/** The devices by name: the only place that knows them all. */
public final class Devices {
  private static final Map<String, IntFunction<Device>> OPENERS =
      new TreeMap<>(
          Map.of(
              "cpu",
              CpuDevice::open,
              "cuda",
              threads -> CudaDevice.open(),
              "sim",
              threads -> CudaDevice.openSimulated()));

  private Devices() {}

  /**
   * An open device and why it was taken.
   *
   * @param device the device; the caller closes it
   * @param reason a sentence for people
   */
  public record Choice(Device device, String reason) {}

  /**
   * Opens a device for the calling thread, which makes all its calls. {@code sim}, the simulated
   * GPU, is taken by name alone.
   *
   * @param name {@code auto} or a device's name
   * @param threads CPU threads, 0 for all that the process may use; a GPU takes no heed of it
   * @throws FigmentException when there is no such device, or it cannot be used, with the reason
   */
  public static Choice open(String name, int threads) {
    if (name.equals("auto")) {
      return choice("cpu", threads, "auto takes the CPU, for " + whyNoGpu());
    }
    if (!OPENERS.containsKey(name)) {
      throw new FigmentException(
          "The device \"%s\" was asked for; this build has %s, and auto to choose."
              .formatted(name, String.join(", ", OPENERS.keySet())));
    }
    return choice(name, threads, name + " as asked");
  }

  /**
   * What a device is, or why it cannot be used: a line for people. Opens it and closes it again.
   */
  public static String describe(String name, int threads) {
    try (Device device = open(name, threads).device()) {
      return device.description();
    } catch (FigmentException e) {
      return "not usable. " + e.getMessage();
    }
  }

  /** A GPU runs no network yet: {@code auto} is for training and sampling, so it takes none. */
  private static String whyNoGpu() {
    Optional<String> obstacle = CudaDevice.obstacle();
    return obstacle.orElse(
        "the GPU of this machine cannot run a network with this build, whose CUDA kernels have no dense layer, convolution and batch normalization yet");
  }

  private static Choice choice(String name, int threads, String why) {
    Device device = OPENERS.get(name).apply(threads);
    return new Choice(device, why + ": " + device.description());
  }
}
