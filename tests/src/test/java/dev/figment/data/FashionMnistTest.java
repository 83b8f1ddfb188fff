package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetching with stand-ins for apt-get and dpkg-deb: no test needs the network. */
class FashionMnistTest {
  private static final String IMAGES = "train-images-idx3-ubyte";
  private static final String LABELS = "train-labels-idx1-ubyte";

  @TempDir Path folder;
  private Path caches;
  private Path cache;
  private Path packageFiles;
  private final List<String> notices = new ArrayList<>();
  private final Map<String, String> sha256 = new HashMap<>();
  private final Map<String, String> testSha256 = new HashMap<>();

  @BeforeEach
  void setUp() throws Exception {
    caches = folder.resolve("cache/figment");
    cache = caches.resolve("fashion-mnist");
    packageFiles = Files.createDirectory(folder.resolve("package"));
    ship(IMAGES, IdxFiles.of(6, 28, 28));
    ship(LABELS, IdxFiles.of(6));
    script("apt-get", "case \"$*\" in *download*) touch dataset-fashion-mnist_1_all.deb;; esac");
    script(
        "dpkg-deb",
        "[ \"$1\" = -x ] || exit 2",
        "mkdir -p \"$3/usr/share/datasets/fashion-mnist\"",
        "cp " + packageFiles + "/*.gz \"$3/usr/share/datasets/fashion-mnist\"");
  }

  @Test
  void isFetchedOnceAndKeptUncompressed() throws IOException {
    ImageDataset images = fashionMnist().open();
    assertThat(images.size()).isEqualTo(6);
    assertThat(images.label(1)).isEqualTo(10);
    assertThat(images.name()).isEqualTo("fashion-mnist");
    assertThat(calls()).hasSize(2);
    assertThat(calls().get(0)).startsWith("apt-get ").endsWith(" download dataset-fashion-mnist");
    assertThat(calls().get(1)).startsWith("dpkg-deb -x ");
    assertThat(Files.readAllBytes(cache.resolve(IMAGES))).isEqualTo(IdxFiles.of(6, 28, 28));
    assertThat(names(cache)).containsExactly(IMAGES, LABELS, "verified");
    assertThat(names(caches)).as("the temporary folder is gone").containsExactly("fashion-mnist");
    assertThat(notices).hasSize(2);
    assertThat(notices.get(0)).contains("dataset-fashion-mnist").contains(cache.toString());

    assertThat(fashionMnist().open().fingerprint()).isEqualTo(images.fingerprint());
    assertThat(calls()).as("the second start fetches nothing").hasSize(2);
    assertThat(notices).hasSize(2);
  }

  @Test
  void theTestSetIsFetchedApart() throws Exception {
    byte[] images = IdxFiles.of(4, 28, 28);
    ship("t10k-images-idx3-ubyte", images, testSha256);
    ship("t10k-labels-idx1-ubyte", IdxFiles.of(4), testSha256);
    assertThat(fashionMnist().open().size()).isEqualTo(6);
    assertThat(names(caches)).containsExactly("fashion-mnist");

    ImageDataset test = fashionMnist().openTest();
    assertThat(test.size()).isEqualTo(4);
    assertThat(test.label(1)).isEqualTo(10);
    assertThat(test.name()).isEqualTo("fashion-mnist test");
    assertThat(names(caches)).containsExactly("fashion-mnist", "fashion-mnist-test");
  }

  @Test
  void theInstalledPackageIsUsedAsItIs() throws IOException {
    Path installed = folder.resolve("installed");
    Files.createDirectory(installed);
    Files.copy(packageFiles.resolve(IMAGES + ".gz"), installed.resolve(IMAGES + ".gz"));
    assertThat(fashionMnist(installed, Duration.ofSeconds(60)).open().size()).isEqualTo(6);
    assertThat(calls()).isEmpty();
    assertThat(caches).doesNotExist();
  }

  @Test
  void aWrongHashIsNeverKept() throws IOException {
    ship(IMAGES, IdxFiles.of(5, 28, 28), "another hash");
    assertUnavailable("train-images-idx3-ubyte.gz has SHA-256 ");
    assertThat(names(cache)).isEmpty();
    assertThat(names(caches)).containsExactly("fashion-mnist");
  }

  @Test
  void aCutOffFileIsNamed() throws IOException {
    Path file = packageFiles.resolve(LABELS + ".gz");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 9));
    assertUnavailable("train-labels-idx1-ubyte.gz: ");
    assertThat(names(cache)).containsExactly(IMAGES);
    Files.write(file, whole);
    assertThat(fashionMnist().open().hasLabels()).isTrue();
  }

  @Test
  void missingPackageListsAreFetchedIntoAFolderOfOurOwn() throws IOException {
    script(
        "apt-get",
        "case \"$*\" in",
        "  *Dir::State::lists=*update) ;;",
        "  *Dir::State::lists=*download*) touch dataset-fashion-mnist_1_all.deb;;",
        "  *) echo 'E: Unable to locate package dataset-fashion-mnist'; exit 100;;",
        "esac");
    assertThat(fashionMnist().open().size()).isEqualTo(6);
    assertThat(calls()).hasSize(4);
    assertThat(calls().get(1)).endsWith(" update").contains("Dir::State::lists=" + caches);
    assertThat(calls().get(2)).endsWith(" download dataset-fashion-mnist");
    assertThat(names(caches)).containsExactly("fashion-mnist");
  }

  @Test
  void theReasonOfTheFailedUpdateIsTold() throws IOException {
    script(
        "apt-get",
        "case \"$*\" in",
        "  *update) echo 'Err:1'; echo 'E: Could not resolve the mirror'; exit 100;;",
        "  *) echo 'E: Unable to locate package dataset-fashion-mnist'; exit 100;;",
        "esac");
    assertUnavailable("failed: \"E: Could not resolve the mirror\"");
    assertThat(names(caches)).containsExactly("fashion-mnist");
  }

  @Test
  void anUpdateThatFailsForAnotherRepositoryDoesNotStop() throws IOException {
    script(
        "apt-get",
        "case \"$*\" in",
        "  *update) exit 100;;",
        "  *Dir::State::lists=*download*) touch dataset-fashion-mnist_1_all.deb;;",
        "  *) exit 100;;",
        "esac");
    assertThat(fashionMnist().open().size()).isEqualTo(6);
  }

  @Test
  void commandsThatFailSayWhy() throws IOException {
    script("dpkg-deb", "echo 'dpkg-deb: error: not a Debian format archive'", "exit 2");
    assertUnavailable("\"dpkg-deb: error: not a Debian format archive\"");
    script("apt-get", "exit 0");
    assertUnavailable("downloaded no package");
    Files.delete(folder.resolve("apt-get"));
    assertUnavailable("this machine has no usable " + folder.resolve("apt-get"));
    assertThat(names(caches)).containsExactly("fashion-mnist");
  }

  @Test
  void aCommandThatHangsIsEnded() throws IOException {
    script("apt-get", "exec sleep 600");
    FashionMnist slow = fashionMnist(folder.resolve("none"), Duration.ofSeconds(1));
    assertThatThrownBy(slow::open)
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("took longer than 1 seconds");
    assertThat(names(caches)).containsExactly("fashion-mnist");
  }

  @Test
  void anInterruptedFetchEndsItsCommandsWithTheirChildren() throws Exception {
    Path childFile = folder.resolve("child");
    script("apt-get", "sleep 600 &", "echo $! > child", "mv child " + childFile, "wait");
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread fetch = new Thread(() -> fashionMnist().open());
    fetch.setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
    fetch.start();
    while (!Files.exists(childFile) && fetch.isAlive()) {
      Thread.sleep(10);
    }
    fetch.interrupt();
    fetch.join();
    assertThat(failure.get())
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("was interrupted");
    assertThat(calls()).as("nothing is started after it").hasSize(1);
    assertThat(isRunning(Long.parseLong(Files.readString(childFile).strip()))).isFalse();
    assertThat(names(caches)).containsExactly("fashion-mnist");
  }

  @Test
  void whatAKilledFetchLeftIsRemoved() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Path stale = caches.resolve("fetch-" + dead.pid() + "-1234");
    Files.createDirectories(stale.resolve("root/usr"));
    Files.writeString(stale.resolve("root/usr/half"), "x");
    Files.createSymbolicLink(stale.resolve("link"), packageFiles);
    Path living = caches.resolve("fetch-" + ProcessHandle.current().pid() + "-5678");
    Files.createDirectories(living);
    Path foreign = Files.createDirectory(caches.resolve("fetch-notes"));
    fashionMnist().open();
    assertThat(stale).doesNotExist();
    assertThat(living).exists();
    assertThat(foreign).exists();
    assertThat(packageFiles.resolve(IMAGES + ".gz")).exists();
  }

  @Test
  void aChangedCacheIsHashedAgainAndReplacedOnlyIfDamaged() throws IOException {
    fashionMnist().open();
    Path images = cache.resolve(IMAGES);
    Files.setLastModifiedTime(images, FileTime.fromMillis(1_000_000));
    fashionMnist().open();
    assertThat(calls()).as("a new time alone fetches nothing").hasSize(2);

    byte[] bytes = Files.readAllBytes(images);
    bytes[100] ^= 1;
    Files.write(images, bytes);
    Files.setLastModifiedTime(images, FileTime.fromMillis(2_000_000));
    fashionMnist().open();
    assertThat(calls()).hasSize(4);
    assertThat(notices).anyMatch(line -> line.equals(images + " was damaged; fetching it again"));
    assertThat(Files.readAllBytes(images)).isEqualTo(IdxFiles.of(6, 28, 28));

    Files.delete(cache.resolve(LABELS));
    assertThat(fashionMnist().open().hasLabels()).isTrue();
    assertThat(calls()).hasSize(6);
  }

  @Test
  void aCacheThatCannotBeMadeIsNamed() throws IOException {
    Files.createDirectories(caches.getParent());
    Files.writeString(caches, "a file where the folder should be");
    assertUnavailable("cannot write " + caches);
    assertThat(caches).hasContent("a file where the folder should be");
  }

  @Test
  void theCacheIsWhereTheUserSaysOrInTheirHome() {
    assertThat(VerifiedCache.userCaches("/x/c", "/home/a")).hasToString("/x/c/figment");
    assertThat(VerifiedCache.userCaches(null, "/home/a")).hasToString("/home/a/.cache/figment");
    assertThat(VerifiedCache.userCaches("", "/home/a")).hasToString("/home/a/.cache/figment");
    assertThat(VerifiedCache.userCaches("relative", "/home/a"))
        .hasToString("/home/a/.cache/figment");
    assertThat(VerifiedCache.userCaches(null, null))
        .hasToString(System.getProperty("user.home") + "/.cache/figment");
  }

  /** Whether a process runs: one that was killed but not yet collected by its parent does not. */
  private static boolean isRunning(long pid) throws IOException {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void assertUnavailable(String reason) {
    assertThatThrownBy(() -> fashionMnist().open())
        .isInstanceOf(FigmentException.class)
        .hasMessageStartingWith("Fashion-MNIST is not on this machine and could not be fetched (")
        .hasMessageContaining(reason)
        .hasMessageEndingWith("or give your own images with --data DIR or --data FILE");
  }

  private FashionMnist fashionMnist() {
    return fashionMnist(folder.resolve("none"), Duration.ofSeconds(60));
  }

  private FashionMnist fashionMnist(Path installed, Duration limit) {
    DebianPackage source =
        new DebianPackage(
            "dataset-fashion-mnist",
            folder.resolve("apt-get").toString(),
            folder.resolve("dpkg-deb").toString(),
            limit);
    return new FashionMnist(installed, caches, source, sha256, testSha256, notices::add);
  }

  private void ship(String name, byte[] bytes) throws Exception {
    ship(name, bytes, sha256);
  }

  private void ship(String name, byte[] bytes, Map<String, String> hashes) throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
    ship(name, bytes, HexFormat.of().formatHex(digest), hashes);
  }

  private void ship(String name, byte[] bytes, String hash) throws IOException {
    ship(name, bytes, hash, sha256);
  }

  private void ship(String name, byte[] bytes, String hash, Map<String, String> hashes)
      throws IOException {
    Files.write(packageFiles.resolve(name + ".gz"), IdxFiles.gzip(bytes));
    hashes.put(name, hash);
  }

  /** Writes a command that notes each call in the file {@code calls}. */
  private void script(String name, String... lines) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(
        file,
        String.format(
            "#!/bin/sh%necho \"%s $*\" >> %s%n%s%n",
            name, folder.resolve("calls"), String.join("\n", lines)));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private List<String> calls() throws IOException {
    Path file = folder.resolve("calls");
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
