package dev.figment.data;

import dev.figment.io.AtomicFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.csv.CSVFormat;

/** Writes generated series and texts, each file whole or not at all. */
public final class SequenceFiles {
  private static final String RULE = "----";

  private SequenceFiles() {}

  /**
   * Writes windows as CSV (RFC 4180) with a header: the window and the step, both from 1, then the
   * features. A missing value is an empty field.
   *
   * @param features their names
   * @throws dev.figment.device.FigmentException when the file cannot be written
   */
  public static void writeCsv(Path path, List<String> features, List<SeriesWindow> windows) {
    StringBuilder csv = new StringBuilder();
    List<Object> header = new ArrayList<>(List.of("window", "step"));
    header.addAll(features);
    append(csv, header);
    for (int window = 0; window < windows.size(); window++) {
      append(csv, window + 1, windows.get(window));
    }
    AtomicFile.write(path, csv.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static void append(StringBuilder csv, int number, SeriesWindow window) {
    for (int step = 0; step < window.length(); step++) {
      List<Object> row = new ArrayList<>(List.of(number, step + 1));
      for (int feature = 0; feature < window.features(); feature++) {
        double value = window.at(step, feature);
        row.add(Double.isNaN(value) ? "" : Double.toString(value));
      }
      append(csv, row);
    }
  }

  private static void append(StringBuilder csv, List<Object> row) {
    csv.append(CSVFormat.RFC4180.format(row.toArray()))
        .append(CSVFormat.RFC4180.getRecordSeparator());
  }

  /** Writes texts in UTF-8, a line of four hyphens after each. */
  public static void writeText(Path path, List<String> texts) {
    StringBuilder all = new StringBuilder();
    for (String text : texts) {
      all.append(text).append(text.endsWith("\n") ? "" : "\n").append(RULE).append('\n');
    }
    AtomicFile.write(path, all.toString().getBytes(StandardCharsets.UTF_8));
  }
}
