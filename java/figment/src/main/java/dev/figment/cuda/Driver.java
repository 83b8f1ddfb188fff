package dev.figment.cuda;

import dev.figment.device.FigmentException;
import dev.figment.device.SimulatedGpu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * The CUDA driver library of the process: an NVIDIA GPU's or the simulated one. A process holds
 * one, the first that is loaded. Nothing here touches a JCuda class, which would bind a driver.
 */
enum Driver {
  /** The NVIDIA driver, {@code --device cuda}. */
  NVIDIA("cuda", "an NVIDIA GPU's driver"),
  /** The simulated GPU, {@code --device sim}. */
  SIMULATED("sim", "the simulated GPU's driver");

  /** CUDA 12.0: the first driver that takes PTX 8.0. */
  private static final int OLDEST = 12000;

  private final String device;
  private final String library;

  Driver(String device, String library) {
    this.device = device;
    this.library = library;
  }

  /** The device's name. */
  String device() {
    return device;
  }

  /**
   * Why a driver cannot be used.
   *
   * @param reason a clause without a full stop
   * @param mend what to do, another
   */
  record Obstacle(String reason, String mend) {}

  /**
   * Loads this driver into the process, or finds it there.
   *
   * @throws FigmentException when it cannot be used, with the reason and what to do
   */
  void load() {
    obstacle()
        .ifPresent(
            it -> {
              throw new FigmentException(
                  "The device %s was asked for, but %s; %s."
                      .formatted(device, it.reason(), it.mend()));
            });
  }

  /** Nothing when this driver can be used, in which case it is loaded now. */
  Optional<Obstacle> obstacle() {
    String machine = System.getProperty("os.name") + "/" + System.getProperty("os.arch");
    if (!machine.toLowerCase(Locale.ROOT).matches("linux/(amd64|x86_64)")) {
      return obstacle("CUDA devices need Linux on x86-64 and this is " + machine, "take cpu");
    }
    try {
      return absence().or(this::difference).or(Driver::age);
    } catch (LinkageError e) {
      return obstacle(
          "the library that looks for a driver could not be loaded (%s)".formatted(e),
          "build the project on this machine");
    }
  }

  /** Loads the driver where the process has none. */
  private Optional<Obstacle> absence() {
    if (DriverLibrary.isLoaded()) {
      return Optional.empty();
    }
    return this == NVIDIA ? loadNvidia() : loadSimulated();
  }

  private static Optional<Obstacle> loadNvidia() {
    String reason = DriverLibrary.load();
    if (reason != null) {
      return obstacle(
          "no NVIDIA driver could be loaded (%s)".formatted(reason),
          "install the driver of the GPU, if there is one, or take cpu");
    }
    // A machine image may bring the library and no GPU. /dev/dxg is WSL's way to one.
    if (!DriverLibrary.isSimulated()
        && !Files.exists(Path.of("/dev/nvidiactl"))
        && !Files.exists(Path.of("/dev/dxg"))) {
      return obstacle(
          "there is an NVIDIA driver library and no GPU device /dev/nvidiactl",
          "hand the GPU to this machine or container, or take cpu");
    }
    return Optional.empty();
  }

  private static Optional<Obstacle> loadSimulated() {
    Optional<SimulatedGpu> found = ServiceLoader.load(SimulatedGpu.class).findFirst();
    if (found.isEmpty()) {
      return obstacle(
          "the simulated GPU, an artifact of its own (dev.figment:figment-simgpu), is not on the class path",
          "add it, or start the figment launcher with --device sim, which builds it");
    }
    found.get().load();
    return Optional.empty();
  }

  /** The driver that the process holds may be the other one. */
  private Optional<Obstacle> difference() {
    Driver present = DriverLibrary.isSimulated() ? SIMULATED : NVIDIA;
    if (present == this) {
      return Optional.empty();
    }
    return obstacle(
        "this process holds %s, and a process can hold one driver only".formatted(present.library),
        "take %s, or start another process".formatted(present.device));
  }

  private static Optional<Obstacle> age() {
    int version = DriverLibrary.version();
    if (version >= OLDEST) {
      return Optional.empty();
    }
    return obstacle(
        "the driver supports CUDA %d.%d and the kernels need 12.0 or later"
            .formatted(version / 1000, version % 1000 / 10),
        "install the NVIDIA driver 525.60.13 or a newer one");
  }

  /** The NVIDIA driver's build, as Linux tells it; empty where it does not, as under WSL. */
  static String build() {
    try {
      return Files.readString(Path.of("/proc/driver/nvidia/version")).strip();
    } catch (IOException e) {
      return "";
    }
  }

  private static Optional<Obstacle> obstacle(String reason, String mend) {
    return Optional.of(new Obstacle(reason, mend));
  }
}
