package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Text in UTF-8, with or without a byte-order mark, its lines ended in any manner. */
final class TextFile {
  private TextFile() {}

  /** Reads it; lines end with a line feed alone. */
  static String read(Path path) {
    try {
      String text = Files.readString(path);
      String marked = text.startsWith("\uFEFF") ? text.substring(1) : text;
      return marked.replace("\r\n", "\n").replace('\r', '\n');
    } catch (CharacterCodingException e) {
      throw new FigmentException(
          "cannot use " + path + " as a text: it is not in UTF-8; save it as such", e);
    } catch (IOException e) {
      throw IoFailure.reading(path, e);
    }
  }
}
