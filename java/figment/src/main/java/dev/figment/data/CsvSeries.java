package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * A series from a CSV file (RFC 4180, UTF-8), one row a step.
 *
 * <p>The first line names the columns if a field in it is neither a number, a time nor missing;
 * else they are named by their number, from 1. Without a choice, all columns are read but those
 * whose first value is a time of ISO 8601. A time that is chosen is read as seconds since 1970. An
 * empty field, NaN, NA, null and ? stand for a missing number.
 */
final class CsvSeries {
  private static final Set<String> MISSING = Set.of("", "nan", "na", "n/a", "null", "?");
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,9})?");
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final Path path;
  private final List<String> wanted;
  private List<String> names;
  private int[] chosen; // null until a row of numbers was seen
  private double[] values = new double[1 << 10];
  private int used;
  private long lastLine;

  private CsvSeries(Path path, List<String> wanted) {
    this.path = path;
    this.wanted = wanted;
  }

  /**
   * Reads a file.
   *
   * @param wanted names or numbers of the columns wanted, in the order wanted; empty for all
   * @throws FigmentException when it cannot be read, or a column holds something else than numbers;
   *     the message says where
   */
  static Series read(Path path, List<String> wanted) {
    return new CsvSeries(path, wanted).read();
  }

  private Series read() {
    CSVFormat format =
        CSVFormat.RFC4180
            .builder()
            .setIgnoreSurroundingSpaces(true)
            .setIgnoreEmptyLines(true)
            .get();
    try (CSVParser parser = CSVParser.builder().setReader(open()).setFormat(format).get()) {
      for (Iterator<CSVRecord> records = parser.iterator(); records.hasNext(); ) {
        CSVRecord row = records.next();
        lastLine = parser.getCurrentLineNumber();
        add(row, lastLine);
      }
    } catch (UncheckedIOException e) {
      throw unreadable(e.getCause());
    } catch (IOException e) {
      throw unreadable(e);
    }
    if (used == 0) {
      throw invalid("it holds no row of numbers");
    }
    List<String> columns = Arrays.stream(chosen).mapToObj(names::get).toList();
    return new Series(path.toString(), columns, Arrays.copyOf(values, used));
  }

  private Reader open() throws IOException {
    BufferedReader reader = Files.newBufferedReader(path);
    reader.mark(1);
    if (reader.read() != BYTE_ORDER_MARK) {
      reader.reset();
    }
    return reader;
  }

  private void add(CSVRecord row, long line) {
    List<String> fields = row.toList();
    if (names == null) {
      boolean header = fields.stream().anyMatch(CsvSeries::isText);
      names =
          header
              ? fields
              : IntStream.rangeClosed(1, fields.size()).mapToObj(Integer::toString).toList();
      if (header) {
        return;
      }
    }
    if (fields.size() != names.size()) {
      throw invalid(
          "line %d has %d fields instead of %d".formatted(line, fields.size(), names.size()));
    }
    if (chosen == null) {
      chosen = choose(fields);
    }
    if (used + chosen.length > values.length) {
      values = Arrays.copyOf(values, 2 * values.length + chosen.length);
    }
    for (int column : chosen) {
      values[used++] = number(fields.get(column), line, column);
    }
  }

  /** The columns to read; {@code first} is the first row of numbers. */
  private int[] choose(List<String> first) {
    if (wanted.isEmpty()) {
      int[] all =
          IntStream.range(0, first.size())
              .filter(i -> CsvTime.seconds(first.get(i)).isEmpty())
              .toArray();
      if (all.length == 0) {
        throw invalid(
            "it holds times alone; add a column of numbers, or choose one with --columns");
      }
      return all;
    }
    return wanted.stream().mapToInt(this::find).toArray();
  }

  private int find(String column) {
    int found = names.indexOf(column);
    if (found < 0 && column.matches("\\d{1,9}")) {
      found = Integer.parseInt(column) - 1;
    }
    if (found < 0 || found >= names.size()) {
      throw invalid(
          "it has no column %s; choose of %s, or by number from 1 to %d"
              .formatted(
                  IoFailure.quote(column),
                  IoFailure.quote(String.join(", ", names)),
                  names.size()));
    }
    return found;
  }

  private double number(String field, long line, int column) {
    if (isMissing(field)) {
      return Double.NaN;
    }
    double value =
        NUMBER.matcher(field).matches()
            ? Double.parseDouble(field)
            : CsvTime.seconds(field).orElse(Double.NaN);
    if (!Double.isFinite(value)) {
      throw invalid(
          "line %d, column %d (%s) holds %s, which is no finite number; mend it, leave it empty if it is missing, or leave the column out with --columns"
              .formatted(
                  line, column + 1, IoFailure.quote(names.get(column)), IoFailure.quote(field)));
    }
    return value;
  }

  private static boolean isText(String field) {
    return !isMissing(field)
        && !NUMBER.matcher(field).matches()
        && CsvTime.seconds(field).isEmpty();
  }

  private static boolean isMissing(String field) {
    return MISSING.contains(field.toLowerCase(Locale.ROOT));
  }

  private FigmentException unreadable(IOException cause) {
    if (cause instanceof CSVException) {
      return invalid("its quotes do not fit together after line " + lastLine + "; mend them");
    }
    return cause instanceof CharacterCodingException
        ? invalid("it is no text in UTF-8; save it as such")
        : IoFailure.reading(path, cause);
  }

  private FigmentException invalid(String what) {
    return new FigmentException("cannot use " + path + " as a series: " + what);
  }
}
