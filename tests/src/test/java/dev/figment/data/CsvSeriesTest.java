package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvSeriesTest {
  @TempDir Path folder;

  private Path file(String text) {
    try {
      return Files.writeString(folder.resolve("a.csv"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Series read(String text, String... columns) {
    return CsvSeries.read(file(text), List.of(columns));
  }

  private void refuses(String text, String message, String... columns) {
    assertThatThrownBy(() -> read(text, columns))
        .isInstanceOf(FigmentException.class)
        .hasMessage("cannot use " + folder.resolve("a.csv") + " as a series: " + message);
  }

  @Test
  void aHeaderNamesTheColumns() {
    Series series = read("price,volume\n1,2\n-3.5,4e2\r\n+.5,6.\n");
    assertThat(series.columns()).containsExactly("price", "volume");
    assertThat(series.values()).containsExactly(1, 2, -3.5, 400, 0.5, 6);
    assertThat(series.rows()).isEqualTo(3);
  }

  @Test
  void withoutAHeaderTheyAreNumbered() {
    Series series = read("1,2\n3,4");
    assertThat(series.columns()).containsExactly("1", "2");
    assertThat(series.values()).containsExactly(1, 2, 3, 4);
  }

  @Test
  void aByteOrderMarkQuotesSpacesAndEmptyLinesAreNoMatter() {
    Series series = read("\uFEFF\"a, b\" , c\n\n \"1\", 2 \n\n3,4\n");
    assertThat(series.columns()).containsExactly("a, b", "c");
    assertThat(series.values()).containsExactly(1, 2, 3, 4);
  }

  @Test
  void missingNumbersAreNaN() {
    Series series = read("a,b\n,1\nNaN,2\nNA,3\nnull,4\n?,5\nn/a,6\n7,8\n", "a");
    assertThat(series.values())
        .containsExactly(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, 7);
  }

  @Test
  void columnsAreChosenByNameOrNumberInTheOrderWanted() {
    String text = "a,b,7\n1,2,3\n4,5,6\n";
    assertThat(read(text, "7", "a").values()).containsExactly(3, 1, 6, 4);
    assertThat(read(text, "2").columns()).containsExactly("b");
    refuses(
        text, "it has no column \"d\"; choose of \"a, b, 7\", or by number from 1 to 3", "a", "d");
    refuses(text, "it has no column \"4\"; choose of \"a, b, 7\", or by number from 1 to 3", "4");
    refuses(text, "it has no column \"0\"; choose of \"a, b, 7\", or by number from 1 to 3", "0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2024-01-01",
        "2024-01-01 00:00:00",
        "2024-01-01T00:00Z",
        "2024-01-01T01:00+01:00"
      })
  void timesAreLeftOutUnlessChosen(String time) {
    String text = "when,x\n%s,1\n2024-01-02T00:00:00.5Z,2\n".formatted(time);
    assertThat(read(text).columns()).containsExactly("x");
    Series kept = read(text, "when", "x");
    assertThat(kept.values()[0]).isEqualTo(1_704_067_200);
    assertThat(kept.values()[2] - kept.values()[0]).isEqualTo(86_400.5, within(1e-6));
    assertThat(read("%s,1\n%s,2\n".formatted(time, time)).columns()).containsExactly("2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "1d", "0x10", "Infinity", "1e999", "1;2", "2024-13-01", "1,5"})
  void whatIsNoNumberIsNamedByLineAndColumn(String field) {
    String quoted = field.contains(",") ? "\"" + field + "\"" : field;
    String message =
        "line 4, column 2 (\"b\") holds \""
            + field
            + "\", which is no finite number; mend it, leave it empty if it is missing, or leave the"
            + " column out with --columns";
    refuses("a,b\n1,2\n\n3," + quoted + "\n5,6\n", message);
    refuses("a,b\n1,2\n\n3," + quoted, message);
    assertThat(read("a,b\n1,2\n3," + quoted + "\n", "a").values()).containsExactly(1, 3);
  }

  @Test
  void rowsOfOtherLengthsAreNamed() {
    refuses("a,b\n1,2\n3\n", "line 3 has 1 fields instead of 2");
    refuses("1,2\n3,4,5", "line 2 has 3 fields instead of 2");
  }

  @Test
  void filesWithoutNumbersAreRefused() throws IOException {
    refuses("", "it holds no row of numbers");
    refuses("a,b\n", "it holds no row of numbers");
    refuses(
        "when\n2024-01-01\n",
        "it holds times alone; add a column of numbers, or choose one with --columns");
    Files.write(folder.resolve("b.csv"), "a\n1\n\u00FC\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> CsvSeries.read(folder.resolve("b.csv"), List.of()))
        .isInstanceOf(FigmentException.class)
        .hasMessageEndingWith("b.csv as a series: it is no text in UTF-8; save it as such");
    assertThatThrownBy(() -> CsvSeries.read(folder.resolve("none.csv"), List.of()))
        .isInstanceOf(FigmentException.class)
        .hasMessageEndingWith("there is no such file");
    refuses("a\n\"1", "its quotes do not fit together after line 1; mend them");
  }

  @Test
  void whatIsWrittenIsRead() {
    SeriesWindow first = new SeriesWindow(2, new double[] {1.5, -2e-9, Double.NaN, 4});
    SeriesWindow second = new SeriesWindow(2, new double[] {5, 6});
    Path path = folder.resolve("out.csv");
    SequenceFiles.writeCsv(path, List.of("a, b", "c"), List.of(first, second));
    assertThat(path)
        .hasContent("window,step,\"a, b\",c\r\n1,1,1.5,-2.0E-9\r\n1,2,,4.0\r\n2,1,5.0,6.0\r\n");
    Series read = CsvSeries.read(path, List.of("a, b", "c"));
    assertThat(read.values()).containsExactly(1.5, -2e-9, Double.NaN, 4, 5, 6);
  }
}
