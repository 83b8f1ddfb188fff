package dev.figment.device;

import dev.figment.cpu.CpuDevice;
import dev.figment.cuda.CudaDevice;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** The devices by name: the only place that knows them all. */
public final class Devices {
  /** What the CPU is told; a GPU takes no heed of it but for the precision, which it lacks. */
  private record Cpu(int threads, boolean fastConvolutions, Precision precision) {}

  private static final Map<String, Function<Cpu, Device>> OPENERS =
      new TreeMap<>(
          Map.of(
              "cpu",
              cpu -> CpuDevice.open(cpu.threads, cpu.fastConvolutions, cpu.precision),
              "cuda",
              Devices::checkedGpu,
              "sim",
              cpu -> CudaDevice.openSimulated()));

  private Devices() {}

  /**
   * An open device and why it was taken.
   *
   * @param device the device; the caller closes it
   * @param reason a sentence for people
   */
  public record Choice(Device device, String reason) {}

  /** Opens a device as the other does, with fast convolutions and in float32. */
  public static Choice open(String name, int threads) {
    return open(name, threads, true, Precision.FLOAT32);
  }

  /**
   * Opens a device for the calling thread, which makes all its calls. {@code auto} takes a GPU that
   * can be used, else the CPU. The first use of a GPU takes some seconds more, for it compares
   * every operation with the CPU's. {@code sim}, the simulated GPU, is taken by name alone.
   *
   * @param name {@code auto} or a device's name
   * @param threads CPU threads, 0 for all that the process may use; a GPU takes no heed of it
   * @param fastConvolutions whether the CPU computes convolutions by Winograd's algorithm where
   *     that is faster: within 1e-5 of each tensor's norm
   * @param precision of the CPU's products; a GPU has those of float32 alone
   * @throws FigmentException when there is no such device, or it cannot be used, with the reason
   */
  public static Choice open(
      String name, int threads, boolean fastConvolutions, Precision precision) {
    Cpu cpu = new Cpu(threads, fastConvolutions, precision);
    if (name.equals("auto")) {
      return automatic(cpu);
    }
    if (!OPENERS.containsKey(name)) {
      throw new FigmentException(
          "The device \"%s\" was asked for; this build has %s, and auto to choose."
              .formatted(name, String.join(", ", OPENERS.keySet())));
    }
    if (precision != Precision.FLOAT32 && !name.equals("cpu")) {
      throw new FigmentException(
          "The device \"%s\" was asked for products in %s; it has float32 alone. Take the device cpu, or float32."
              .formatted(name, precision));
    }
    return choice(name, cpu, name + " as asked");
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

  private static Choice automatic(Cpu cpu) {
    if (cpu.precision != Precision.FLOAT32) {
      return choice("cpu", cpu, "auto takes the CPU, which alone has products in " + cpu.precision);
    }
    Optional<String> obstacle = CudaDevice.obstacle();
    if (obstacle.isPresent()) {
      return choice("cpu", cpu, "auto takes the CPU, for " + obstacle.get());
    }
    try {
      return choice("cuda", cpu, "auto takes the GPU");
    } catch (FigmentException e) {
      return choice(
          "cpu", cpu, "auto takes the CPU, for the GPU cannot be used (" + e.getMessage() + ")");
    }
  }

  /** An NVIDIA GPU, whose first use compares every operation with the CPU's. */
  private static Device checkedGpu(Cpu settings) {
    CudaDevice gpu = CudaDevice.open();
    try {
      Optional<SelfCheck.Failure> failure =
          CheckedGpus.ofUser()
              .check(
                  gpu.identity(),
                  () -> {
                    try (Device cpu =
                        CpuDevice.open(settings.threads(), false, Precision.FLOAT32)) {
                      return SelfCheck.run(gpu, cpu);
                    }
                  });
      if (failure.isPresent()) {
        throw new FigmentException(
            "The GPU %s fails its self-check in %s: %s. Take the device cpu, and report this with the driver's version."
                .formatted(gpu.description(), failure.get().operation(), failure.get().shown()));
      }
      return gpu;
    } catch (RuntimeException e) {
      gpu.close();
      throw e;
    }
  }

  private static Choice choice(String name, Cpu cpu, String why) {
    Device device = OPENERS.get(name).apply(cpu);
    return new Choice(device, why + ": " + device.description());
  }
}
