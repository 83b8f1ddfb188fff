package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the machine is said to have. */
class DevicesCommandTest {
  @TempDir private Path root;

  @Test
  void listsProcessorsLibrariesAndTheGpu() {
    Program.Result result = Program.run("devices");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out().lines().map(line -> line.split(" +")[0]))
        .containsExactly("figment", "java", "machine", "cpu", "cuda");
    assertThat(result.out())
        .contains(Runtime.getRuntime().availableProcessors() + " processors")
        .contains(" threads, oneDNN 3.")
        .contains("not us");
  }

  @Test
  void noDriverLibrary() {
    assertThat(new GpuProbe(root, null).describe())
        .startsWith("not usable: the NVIDIA driver's library libcuda.so.1 is not on this machine");
  }

  @Test
  void aDriverLibraryWithoutAGpu() throws IOException {
    Path library = create("usr/lib/x86_64-linux-gnu/libcuda.so.1");

    assertThat(new GpuProbe(root, "").describe())
        .contains("there is " + library + ", but no GPU device");
  }

  @Test
  void findsTheLibraryWhereTheLoaderWould() throws IOException {
    create("dev/nvidiactl");
    Path asked = create("asked/libcuda.so.1");
    assertThat(new GpuProbe(root, root.resolve("none") + ":" + asked.getParent()).describe())
        .contains("there is " + asked)
        .contains("on the CPU alone");
    Files.delete(asked);

    Path cached = create("opt/gpu/libcuda.so.1");
    Files.createDirectories(root.resolve("etc"));
    Files.writeString(
        root.resolve("etc/ld.so.cache"),
        "glibc-ld.so.cache1.1\0\1\0libcuda.so.1\0" + cached + "\0libz.so\0",
        StandardCharsets.ISO_8859_1);
    assertThat(new GpuProbe(root, null).describe()).contains("there is " + cached);
  }

  private Path create(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.createFile(file);
  }
}
