package dev.figment.io;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/** Turns the operating system's errors into one sentence with a way out. */
public final class IoFailure {
  private static final int SHOWN_CHARS = 160;

  private IoFailure() {}

  /** The sentence for a file that could not be written. */
  public static FigmentException writing(Path path, IOException cause) {
    return new FigmentException("cannot write " + path + ": " + writeReason(path, cause), cause);
  }

  /** The sentence for a file that could not be read. */
  public static FigmentException reading(Path path, IOException cause) {
    return new FigmentException("cannot read " + path + ": " + readReason(path, cause), cause);
  }

  /**
   * Quotes text found in a file for a message: control characters are escaped, for the message goes
   * to a terminal, and long text is cut.
   */
  public static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length() && i < SHOWN_CHARS; i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append(text.length() > SHOWN_CHARS ? "...\"" : "\"").toString();
  }

  private static String writeReason(Path path, IOException cause) {
    if (cause instanceof AccessDeniedException) {
      return "permission denied; choose a folder you may write to";
    }
    if (cause instanceof NoSuchFileException) {
      return "its folder does not exist or was removed; create it or choose another";
    }
    if (cause instanceof ClosedByInterruptException) {
      return "the writing thread was interrupted; any earlier file is unchanged";
    }
    String text = systemText(cause);
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.contains("no space left")) {
      return "no space left on the disk" + freeSpace(path) + "; free some or choose another folder";
    }
    if (lower.contains("quota exceeded")) {
      return "your disk quota is used up; free some space or choose another folder";
    }
    if (lower.contains("read-only file system")) {
      return "its file system is read-only; choose another folder";
    }
    return text + "; check the disk or choose another folder";
  }

  private static String readReason(Path path, IOException cause) {
    if (cause instanceof NoSuchFileException) {
      return "there is no such file";
    }
    if (cause instanceof AccessDeniedException) {
      return "permission denied";
    }
    return Files.isDirectory(path) ? "it is a folder, not a file" : systemText(cause);
  }

  /** The system's own words, without the file names that FileSystemException puts before them. */
  private static String systemText(IOException cause) {
    String text = cause.getMessage();
    if (cause instanceof FileSystemException && ((FileSystemException) cause).getReason() != null) {
      text = ((FileSystemException) cause).getReason();
    }
    return text == null ? cause.getClass().getSimpleName() : text;
  }

  private static String freeSpace(Path path) {
    try {
      Path folder = path.toAbsolutePath().getParent();
      return " (" + Files.getFileStore(folder).getUsableSpace() / 1024 + " KiB free)";
    } catch (IOException e) {
      return ""; // only a detail of a sentence that stands without it
    }
  }
}
