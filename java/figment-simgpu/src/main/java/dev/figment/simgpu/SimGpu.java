package dev.figment.simgpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The simulated GPU: a CUDA driver library, libcuda.so.1, that runs PTX on the CPU. A process that
 * loads it before it touches JCuda, or any other binding of the driver API, runs on it. The
 * environment describes the GPU, for example SIMGPU_CC=9.0.
 */
public final class SimGpu {
  private static final String LIBRARY = "libcuda.so.1";

  private static boolean loaded;

  private SimGpu() {}

  /**
   * Loads the library; a second call does nothing.
   *
   * @throws UnsatisfiedLinkError when it cannot be loaded on this machine
   * @throws UncheckedIOException when it cannot be unpacked from its jar
   */
  public static synchronized void load() {
    if (!loaded) {
      System.load(library().toString());
      loaded = true;
    }
  }

  /** The library as a file: in place, or unpacked from its jar to a temporary file. */
  private static Path library() {
    URL resource = SimGpu.class.getResource(LIBRARY);
    if (resource == null) {
      throw new UnsatisfiedLinkError(
          "This figment-simgpu holds no " + LIBRARY + "; build it on Linux on x86-64.");
    }
    try {
      return resource.getProtocol().equals("file") ? Path.of(resource.toURI()) : unpacked(resource);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The simulated GPU could not be unpacked from %s.".formatted(resource), e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e); // the class loader's own address
    }
  }

  private static Path unpacked(URL resource) throws IOException {
    Path folder = Files.createTempDirectory("figment-simgpu-");
    folder.toFile().deleteOnExit();
    Path file = folder.resolve(LIBRARY);
    file.toFile().deleteOnExit();
    try (InputStream in = resource.openStream()) {
      Files.copy(in, file);
    }
    return file;
  }
}
