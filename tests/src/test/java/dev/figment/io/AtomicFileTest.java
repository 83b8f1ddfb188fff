package dev.figment.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  @Test
  void createsAndReplaces() throws IOException {
    Path file = folder.resolve("checkpoint");
    AtomicFile.write(file, "first".getBytes(UTF_8));
    assertThat(file).hasContent("first");
    AtomicFile.write(file, "2nd".getBytes(UTF_8));
    assertThat(file).hasContent("2nd");
    assertThat(names(folder)).containsExactly("checkpoint");
  }

  @Test
  void failureHalfWayKeepsTheOldFileAndNothingElse() throws IOException {
    Path file = folder.resolve("checkpoint");
    AtomicFile.write(file, "old".getBytes(UTF_8));
    List<Throwable> failures =
        List.of(
            new IOException("Input/output error"),
            new FigmentException("tensor w holds NaN"),
            new OutOfMemoryError("heap"));
    for (Throwable failure : failures) {
      assertThatThrownBy(
              () ->
                  AtomicFile.write(
                      file,
                      channel -> {
                        channel.write(ByteBuffer.wrap("new".getBytes(UTF_8)));
                        assertThat(names(folder)).hasSize(2);
                        assertThat(file).hasContent("old");
                        AtomicFileTest.<IOException>sneakyThrow(failure);
                      }))
          .hasMessageContaining(failure.getMessage());
      assertThat(file).hasContent("old");
      assertThat(names(folder)).containsExactly("checkpoint");
    }
  }

  @Test
  void failureOfAFirstWriteLeavesNothing() throws IOException {
    Path file = folder.resolve("checkpoint");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    channel -> {
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(FigmentException.class)
        .hasMessageStartingWith("cannot write " + file + ": no space left on the disk")
        .hasMessageEndingWith("; free some or choose another folder");
    assertThat(names(folder)).isEmpty();
  }

  @Test
  void fullDiskKeepsTheOldFile() throws Exception {
    try (TinyDisk disk = TinyDisk.mount(folder.resolve("disk"))) {
      Path file = disk.folder().resolve("checkpoint");
      AtomicFile.write(file, new byte[40_000]);
      assertThatThrownBy(() -> AtomicFile.write(file, new byte[100_000]))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("no space left on the disk");
      assertThat(Files.readAllBytes(file)).isEqualTo(new byte[40_000]);
      assertThat(names(disk.folder())).containsExactly("checkpoint");
      AtomicFile.write(file, new byte[20_000]);
      assertThat(file).hasSize(20_000);
    }
  }

  @Test
  void processKilledHalfWayKeepsTheOldFileAndTheNextWriteClears() throws Exception {
    Path file = folder.resolve("checkpoint");
    AtomicFile.write(file, "old".getBytes(UTF_8));
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                HalfWriter.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(child.inputReader(UTF_8).readLine()).isEqualTo("half");
      AtomicFile.write(folder.resolve("other"), new byte[1]);
      assertThat(names(folder)).as("a living process's temporary stays").hasSize(3);
    } finally {
      child.destroyForcibly().waitFor();
    }
    assertThat(file).hasContent("old");
    assertThat(names(folder)).hasSize(3);
    AtomicFile.write(file, "new".getBytes(UTF_8));
    assertThat(file).hasContent("new");
    assertThat(names(folder)).containsExactly("checkpoint", "other");
  }

  /** Writes half a file, says so, and waits to be killed. */
  static final class HalfWriter {
    public static void main(String[] arguments) {
      AtomicFile.write(
          Path.of(arguments[0]),
          channel -> {
            channel.write(ByteBuffer.wrap("ne".getBytes(UTF_8)));
            System.out.println("half");
            while (true) {
              java.util.concurrent.locks.LockSupport.park();
            }
          });
    }
  }

  @Test
  void writesToOneFileAtTheSameTimeDoNotDisturbEachOther() throws IOException {
    Path file = folder.resolve("checkpoint");
    AtomicFile.write(
        file,
        channel -> {
          AtomicFile.write(file, "inner".getBytes(UTF_8));
          assertThat(file).hasContent("inner");
          channel.write(ByteBuffer.wrap("outer".getBytes(UTF_8)));
        });
    assertThat(file).hasContent("outer");
    assertThat(names(folder)).containsExactly("checkpoint");
  }

  @Test
  void otherFilesAreNotTakenForTemporaries() throws IOException {
    Path file = folder.resolve("a");
    List<String> others =
        List.of(".a.tmp", ".a.notes.tmp", ".a.1-x.tmp", "a.1-1.tmp", ".b.1-1.tmp");
    for (String other : others) {
      Files.createFile(folder.resolve(other));
    }
    AtomicFile.write(file, new byte[1]);
    assertThat(names(folder)).containsAll(others).hasSize(others.size() + 1);
  }

  @Test
  void aLinkStaysALink() throws IOException {
    Path real = folder.resolve("real");
    Files.writeString(real, "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);
    AtomicFile.write(link, "new".getBytes(UTF_8));
    assertThat(link).isSymbolicLink();
    assertThat(real).hasContent("new");
  }

  @Test
  void refusesWhatIsNoOrdinaryFile() {
    assertThatThrownBy(() -> AtomicFile.write(folder, new byte[1]))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("is a folder");
    assertThatThrownBy(() -> AtomicFile.write(Path.of("/dev/full"), new byte[1]))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("no ordinary file");
    assertThat(Files.isRegularFile(Path.of("/dev/full"))).isFalse();
    assertThatThrownBy(() -> AtomicFile.write(Path.of("/"), new byte[1]))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("is a folder");
  }

  @Test
  void missingFolderIsNamed() {
    Path file = folder.resolve("none/grid.png");
    assertThatThrownBy(() -> AtomicFile.write(file, new byte[1]))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("there is no folder " + folder.resolve("none"));
  }

  @Test
  void unwritableFolderAndFileAreRefused() throws IOException {
    assumeFalse("root".equals(System.getProperty("user.name")), "root may write everywhere");
    Path file = Files.createFile(folder.resolve("fixed"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    assertThatThrownBy(() -> AtomicFile.write(file, new byte[1]))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("write-protected");
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
    assertThatThrownBy(() -> AtomicFile.write(closed.resolve("a"), new byte[1]))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("permission denied");
  }

  @Test
  void readOnlyDiskIsNamed() throws IOException {
    assertThatThrownBy(() -> AtomicFile.write(Path.of("/proc/figment"), new byte[1]))
        .isInstanceOf(FigmentException.class)
        .hasMessageStartingWith("cannot write /proc/figment: ");
  }

  static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** Lets a test throw anything where only an IOException may be declared. */
  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneakyThrow(Throwable failure) throws T {
    throw (T) failure;
  }
}
