package dev.figment.simgpu;

import dev.figment.device.FigmentException;
import dev.figment.device.SimulatedGpu;
import java.io.UncheckedIOException;

/** What Figment finds by {@link java.util.ServiceLoader}. */
public final class SimulatedGpuService implements SimulatedGpu {
  @Override
  public void load() {
    try {
      SimGpu.load();
    } catch (UnsatisfiedLinkError | UncheckedIOException e) {
      throw new FigmentException(
          "The simulated GPU could not be loaded: %s".formatted(e.getMessage()), e);
    }
  }
}
