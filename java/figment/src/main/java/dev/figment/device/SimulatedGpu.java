package dev.figment.device;

/**
 * The simulated GPU's driver library. It is an artifact of its own (figment-simgpu) that the
 * library does not depend on: {@link java.util.ServiceLoader} finds it on the class path.
 */
public interface SimulatedGpu {
  /**
   * Loads the library into the process, in the place of a GPU's driver; a second call does nothing.
   *
   * @throws FigmentException when it cannot be loaded, with the reason
   */
  void load();
}
