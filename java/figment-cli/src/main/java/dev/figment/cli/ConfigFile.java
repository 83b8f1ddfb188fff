package dev.figment.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.figment.device.FigmentException;
import dev.figment.io.AtomicFile;
import dev.figment.io.IoFailure;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A flat YAML file of option names, without their dashes, and values. */
final class ConfigFile {
  private ConfigFile() {}

  /**
   * Reads a file.
   *
   * @return names and values as they would stand on a command line, in the file's order
   */
  static Map<String, String> read(Path path) {
    JsonNode root = parse(path);
    Map<String, String> values = new LinkedHashMap<>();
    if (root.isMissingNode() || root.isNull()) {
      return values; // an empty file
    }
    if (!root.isObject()) {
      throw new FigmentException(
          "%s does not hold options; write one a line, for example: batch: 64".formatted(path));
    }
    root.properties()
        .forEach(
            entry -> {
              if (!entry.getValue().isValueNode() || entry.getValue().isNull()) {
                throw new FigmentException(
                    "%s: %s has no single value; write one after the colon, for example: batch: 64"
                        .formatted(path, IoFailure.quote(entry.getKey())));
              }
              values.put(entry.getKey(), entry.getValue().asText());
            });
    return values;
  }

  private static JsonNode parse(Path path) {
    try {
      YAMLMapper yaml =
          YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
      return yaml.readTree(Files.readString(path));
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      String message = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new FigmentException(
          "%s is no valid YAML at line %d: %s"
              .formatted(path, Math.max(1, line), IoFailure.quote(message)),
          e);
    } catch (IOException e) {
      throw IoFailure.reading(path, e);
    }
  }

  /**
   * Writes a file, whole or not at all. By hand, for a YAML library takes long to load and the
   * first step waits for this file.
   *
   * @param comment one line
   */
  static void write(Path path, String comment, Map<String, Object> values) {
    StringBuilder text = new StringBuilder("# " + comment + "\n");
    values.forEach((name, value) -> text.append(name + ": " + scalar(value) + "\n"));
    AtomicFile.write(path, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** A number as people write it, without an exponent. */
  static String plain(double number) {
    return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
  }

  private static String scalar(Object value) {
    if (value instanceof Double number) {
      return plain(number);
    }
    return value instanceof Number || value instanceof Boolean
        ? value.toString()
        : quoted(value.toString());
  }

  /** Text as YAML's double-quoted scalar, where it is more than plain words. */
  private static String quoted(String text) {
    if (text.matches("[a-z][a-z-]*") && !text.matches("y|n|yes|no|on|off|true|false|null")) {
      return text;
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f) {
        quoted.append("\\x%02x".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
