package dev.figment.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;

/** What the process holds once the CPU kernels are loaded. */
class NativeLibrariesTest {
  @Test
  void loadsOneOpenMpRuntimeAndOneDnn() throws IOException {
    Loader.load(CpuNative.class);
    // Two OpenMP runtimes would each start a pool of threads and fight for the cores.
    assertThat(mapped("libgomp")).hasSize(1);
    assertThat(mapped("libdnnl.so")).hasSize(1);
    assertThat(mapped("libfigment_cpu.so")).hasSize(1);
  }

  private static Set<Path> mapped(String prefix) throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines
          .map(line -> line.substring(line.lastIndexOf(' ') + 1))
          .filter(path -> path.startsWith("/"))
          .map(Path::of)
          .filter(path -> path.getFileName().toString().startsWith(prefix))
          .collect(Collectors.toSet());
    }
  }
}
