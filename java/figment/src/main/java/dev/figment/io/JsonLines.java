package dev.figment.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * A file of one JSON object a line, for metrics. Each line reaches the operating system with the
 * call that writes it, so a killed process loses none, and at most leaves a half-written last one,
 * which every method here passes over.
 */
public final class JsonLines implements AutoCloseable {
  /**
   * Loaded with the first line, not with the file: a training's first step waits for the latter.
   */
  private static final class Json {
    static final JsonMapper MAPPER =
        JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  }

  private final Path path;
  private final FileChannel channel;

  private JsonLines(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Opens a file to write after its last whole line; creates it where there is none. Until it is
   * closed nobody else can open it so.
   */
  public static JsonLines append(Path path) {
    try {
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        throw new FigmentException("cannot write " + path + ": it is no ordinary file");
      }
      FileChannel channel =
          FileChannel.open(
              path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      boolean opened = false;
      try {
        lock(path, channel);
        long end = wholeBytes(readAll(channel));
        channel.truncate(end).position(end);
        opened = true;
        return new JsonLines(path, channel);
      } finally {
        if (!opened) {
          channel.close();
        }
      }
    } catch (IOException e) {
      throw IoFailure.writing(path, e);
    }
  }

  /**
   * Writes one line with these fields in the map's order. NaN and infinities, which JSON has no
   * numbers for, become the strings "NaN", "Infinity" and "-Infinity".
   */
  public void write(Map<String, ?> fields) {
    try {
      byte[] text = Json.MAPPER.writeValueAsBytes(fields);
      ByteBuffer line = ByteBuffer.allocate(text.length + 1).put(text).put((byte) '\n').flip();
      long start = channel.position();
      boolean written = false;
      try {
        AtomicFile.writeFully(channel, line);
        written = true;
      } finally {
        if (!written && channel.isOpen()) {
          channel.truncate(start);
        }
      }
    } catch (IOException e) {
      throw IoFailure.writing(path, e);
    }
  }

  /**
   * Cuts a file after the last line whose "step" is at most {@code step}, so that a run resumed
   * there writes each step once. A file without such a line becomes empty; a missing one is left
   * so.
   */
  public static void cutBackTo(Path path, long step) {
    if (!Files.exists(path)) {
      return;
    }
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      lock(path, channel);
      byte[] bytes = readAll(channel);
      long keep = 0;
      int start = 0;
      for (int end = 0; end < bytes.length; end++) {
        if (bytes[end] == '\n') {
          if (isAtMost(bytes, start, end, step)) {
            keep = end + 1;
          }
          start = end + 1;
        }
      }
      // One system call: the file has its old length or its new one, never a part of a line.
      channel.truncate(keep);
      channel.force(true);
    } catch (IOException e) {
      throw IoFailure.writing(path, e);
    }
  }

  /**
   * Reads all whole lines.
   *
   * @throws FigmentException when the file cannot be read or a whole line is no JSON object
   */
  public static List<ObjectNode> read(Path path) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(path);
    } catch (IOException e) {
      throw IoFailure.reading(path, e);
    }
    List<ObjectNode> lines = new ArrayList<>();
    int end = (int) wholeBytes(bytes);
    for (String line : new String(bytes, 0, end, StandardCharsets.UTF_8).lines().toList()) {
      JsonNode node = parse(line);
      if (!(node instanceof ObjectNode)) {
        throw new FigmentException(
            String.format(
                "cannot read %s: line %d is no JSON object: %s",
                path, lines.size() + 1, IoFailure.quote(line)));
      }
      lines.add((ObjectNode) node);
    }
    return Collections.unmodifiableList(lines);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw IoFailure.writing(path, e);
    }
  }

  /** Reads through the locked channel: closing another one of the file would end the lock. */
  private static byte[] readAll(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
    while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
      // One call of read may give only a part.
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  /** Refuses a file that another program, or another part of this one, is writing. */
  private static void lock(Path path, FileChannel channel) {
    try {
      if (channel.tryLock() != null) {
        return;
      }
    } catch (OverlappingFileLockException e) {
      // The sentence below says it.
    } catch (IOException e) {
      return; // Some network file systems have no locks: then nobody is kept out.
    }
    throw new FigmentException(
        "cannot write " + path + ": another run is writing it; stop that one or let it end");
  }

  private static boolean isAtMost(byte[] bytes, int start, int end, long step) {
    JsonNode node = parse(new String(bytes, start, end - start, StandardCharsets.UTF_8));
    JsonNode found = node == null ? null : node.get("step");
    return found != null && found.canConvertToLong() && found.longValue() <= step;
  }

  /** The line's value, or null when it is not JSON. */
  private static JsonNode parse(String line) {
    try {
      return Json.MAPPER.readTree(line);
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /** How many bytes the whole lines take: all up to the last line feed. */
  private static long wholeBytes(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    return end;
  }
}
