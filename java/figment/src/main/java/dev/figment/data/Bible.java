package dev.figment.data;

import dev.figment.device.FigmentException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The King James Version of the Bible: 31,102 verses, a line each, without their numbers; 4.1
 * million characters of ASCII. It is fetched from a Debian package into a per-user cache on first
 * use.
 *
 * <p>The package holds the text in blocks of 64 KiB that are compressed each on its own as the
 * program compress does (LZW): a title, the size and number of the blocks, the place of each and of
 * the end, all as big-endian numbers of 32 bits, then the three bytes that begin a file of
 * compress, once for all blocks. gzip, which every Debian has, reads them.
 */
final class Bible {
  static final String NAME = "bible";

  private static final String TEXT = "bible.txt";

  /** SHA-256 of the text. */
  static final Map<String, String> SHA256 =
      Map.of(TEXT, "b5c4940bcfeee072c0935b5200d0f9d88a00a0199cb0961d16133458fcdfae5d");

  private static final Path DATA = Path.of("usr/lib/bible.data");
  private static final Duration FETCH_LIMIT = Duration.ofMinutes(10);
  private static final int TITLE_BYTES = 84;
  private static final int MOST_BLOCKS = 1000;
  private static final int MAGIC_BYTES = 3;

  private final VerifiedCache cache;

  /**
   * The arguments are those of {@link VerifiedCache}.
   *
   * @param gzip the gzip command
   */
  Bible(
      Path caches,
      DebianPackage source,
      String gzip,
      Map<String, String> sha256,
      Consumer<String> notice) {
    VerifiedCache.Description description =
        new VerifiedCache.Description(
            NAME,
            "The Bible",
            "Debian package " + source.name() + ", 2 MB",
            "see that apt-get reaches a Debian mirror",
            VerifiedCache.OWN_SERIES);
    cache =
        new VerifiedCache(
            description,
            caches,
            work -> decode(source.fetchInto(work), work, gzip),
            sha256,
            notice);
  }

  /** The usual places of this machine and user. */
  static Bible ofThisMachine(Consumer<String> notice) {
    DebianPackage source = new DebianPackage("bible-kjv-text", "apt-get", "dpkg-deb", FETCH_LIMIT);
    return new Bible(VerifiedCache.userCaches(), source, "gzip", SHA256, notice);
  }

  /** Reads it, fetching it if it must. */
  String open() {
    return TextFile.read(cache.folder().resolve(TEXT));
  }

  /** Writes the text into {@code work}. */
  private static Path decode(Path root, Path work, String gzip) throws IOException {
    List<Path> blocks = blocks(Files.readAllBytes(root.resolve(DATA)), work);
    List<String> command = new ArrayList<>(List.of(gzip, "-d"));
    blocks.forEach(block -> command.add(block.getFileName() + ".Z"));
    new Commands(work, FETCH_LIMIT, line -> line.startsWith("gzip: ")).require(command);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (Path block : blocks) {
      text.write(Files.readAllBytes(block));
    }
    Files.writeString(work.resolve(TEXT), verses(text.toString(StandardCharsets.UTF_8)));
    return work;
  }

  /** Writes each block as a file of compress; returns what they will be once decompressed. */
  private static List<Path> blocks(byte[] data, Path work) throws IOException {
    try {
      ByteBuffer header = ByteBuffer.wrap(data).position(TITLE_BYTES + Integer.BYTES);
      int[] places = new int[Math.min(MOST_BLOCKS, header.getInt()) + 1];
      for (int i = 0; i < places.length; i++) {
        places[i] = header.getInt();
      }
      byte[] magic = new byte[MAGIC_BYTES];
      header.get(magic);
      List<Path> blocks = new ArrayList<>();
      for (int i = 0; i + 1 < places.length; i++) {
        ByteBuffer block = ByteBuffer.allocate(MAGIC_BYTES + places[i + 1] - places[i]);
        block.put(magic).put(data, places[i], places[i + 1] - places[i]);
        Path plain = work.resolve("block-%04d".formatted(i));
        Files.write(Path.of(plain + ".Z"), block.array());
        blocks.add(plain);
      }
      return blocks;
    } catch (BufferUnderflowException
        | IndexOutOfBoundsException
        | IllegalArgumentException
        | NegativeArraySizeException e) {
      throw new FigmentException("the package's " + DATA.getFileName() + " is damaged", e);
    }
  }

  /** The verses alone: "Ge1:1 In the beginning ..." loses its number, the title goes. */
  private static String verses(String text) {
    return text.lines()
        .filter(line -> line.matches("\\w+:\\d+ .*"))
        .map(line -> line.substring(line.indexOf(' ') + 1) + "\n")
        .collect(Collectors.joining());
  }
}
