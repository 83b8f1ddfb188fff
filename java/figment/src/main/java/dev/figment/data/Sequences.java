package dev.figment.data;

import dev.figment.device.FigmentException;
import dev.figment.io.IoFailure;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Finds and reads sequences by what a user calls them: a known name or a file. */
public final class Sequences {
  /** Data that are fetched on first use, or generated. */
  public static final List<String> NAMES = List.of(Ecg.NAME, Sines.NAME, Bible.NAME);

  private static final int WINDOW = 64;
  private static final int WINDOW_OF_SINES = 24; // their source's
  private static final int WINDOW_OF_ROWS = 24;

  private Sequences() {}

  /** Whether data of this name or file are a text; it need not be there. */
  public static boolean isText(String data) {
    return data.equals(Bible.NAME) || data.toLowerCase(Locale.ROOT).endsWith(".txt");
  }

  /**
   * Opens training, validation and test data.
   *
   * @param request which; its data are one of {@link #NAMES}, a file {@code .csv} of numbers, or a
   *     file {@code .txt}
   * @param notice takes a line for the user when something takes long; any thread calls it
   * @throws FigmentException when there are none, they cannot be read, or an option does not apply
   */
  public static Split<?> open(SequenceRequest request, Consumer<String> notice) {
    switch (request.data()) {
      case Ecg.NAME:
        return ecg(request, Ecg.ofThisMachine(notice).open());
      case Sines.NAME:
        return sines(request);
      case Bible.NAME:
        return text(request, Bible.NAME, Bible.ofThisMachine(notice)::open);
      default:
        return file(request);
    }
  }

  /**
   * All windows of a file, scaled as other data were.
   *
   * @param request its data are a file {@code .csv}, its window is that of the other data
   * @param scaling of the other data
   * @throws FigmentException when it cannot be read, or has other columns
   */
  public static SeriesDataset inFormOf(SequenceRequest request, Scaling scaling) {
    Path path = existing(request);
    refuseKind(request, ".csv", "series of numbers");
    Series series = CsvSeries.read(path, request.columns());
    if (series.columns().size() != scaling.features()) {
      throw new FigmentException(
          "--data %s holds %d columns of numbers and %d are due; choose them with --columns"
              .formatted(request.data(), series.columns().size(), scaling.features()));
    }
    refuseShort(request, series.rows(), "rows");
    WindowPlan plan =
        WindowPlan.sliding(0, series.rows(), request.window(), orElse(request.stride(), 1));
    return new SeriesDataset(series.name(), scaling, scaling.apply(series.values()), plan);
  }

  /** All windows of a text file, its characters numbered as those of other data. */
  public static TextDataset inFormOf(SequenceRequest request, Vocabulary vocabulary) {
    Path path = existing(request);
    refuseKind(request, ".txt", "texts");
    refuseColumns(request);
    String text = TextFile.read(path);
    refuseShort(request, text.codePointCount(0, text.length()), "characters");
    return TextDataset.whole(request.data(), vocabulary, text, request.window(), request.stride());
  }

  private static void refuseShort(SequenceRequest request, int rows, String unit) {
    if (rows < request.window()) {
      throw new FigmentException(
          "--data %s holds %d %s and a window is %d long; give a longer file"
              .formatted(request.data(), rows, unit, request.window()));
    }
  }

  private static void refuseKind(SequenceRequest request, String ending, String what) {
    if (!request.data().toLowerCase(Locale.ROOT).endsWith(ending)) {
      throw new FigmentException(
          "--data %s: the model reads %s; give a file %s".formatted(request.data(), what, ending));
    }
  }

  /** Windows on beats; with a stride, windows that follow each other. */
  static Split<SeriesDataset> ecg(SequenceRequest request, Series ecg) {
    refuseColumns(request);
    int window = orElse(request.window(), WINDOW);
    if (request.stride() != null) {
      return ecg.split(window, request.stride(), request.scaling());
    }
    return ecg.split(Ecg.beats(ecg, window), request.scaling());
  }

  private static Split<SeriesDataset> sines(SequenceRequest request) {
    refuseColumns(request);
    if (request.stride() != null) {
      throw new FigmentException(
          "--stride does not apply to --data sines, whose windows are each a series of its own; leave it out");
    }
    int window = orElse(request.window(), WINDOW_OF_SINES);
    return Sines.make(window, request.seed()).split(window, window, request.scaling());
  }

  private static Split<TextDataset> text(
      SequenceRequest request, String name, Supplier<String> text) {
    refuseColumns(request);
    int window = orElse(request.window(), WINDOW);
    return TextDataset.split(name, text.get(), window, request.stride());
  }

  private static Split<?> file(SequenceRequest request) {
    Path path = existing(request);
    String name = path.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".csv")) {
      int window = orElse(request.window(), WINDOW_OF_ROWS);
      return CsvSeries.read(path, request.columns())
          .split(window, orElse(request.stride(), 1), request.scaling());
    }
    if (isText(name)) {
      return text(request, request.data(), () -> TextFile.read(path));
    }
    throw new FigmentException(
        "--data %s: its name does not say what it holds; name a series .csv and a text .txt"
            .formatted(request.data()));
  }

  private static Path existing(SequenceRequest request) {
    Path path = path(request.data());
    if (!Files.exists(path)) {
      throw new FigmentException(
          "--data %s: there is no such file; give one (.csv, .txt), or one of the names %s"
              .formatted(request.data(), String.join(", ", NAMES)));
    }
    return path;
  }

  private static void refuseColumns(SequenceRequest request) {
    if (!request.columns().isEmpty()) {
      throw new FigmentException(
          "--columns does not apply to --data %s, which is no CSV file; leave it out"
              .formatted(request.data()));
    }
  }

  private static int orElse(Integer given, int otherwise) {
    return given == null ? otherwise : given;
  }

  private static Path path(String data) {
    try {
      return Path.of(data);
    } catch (InvalidPathException e) {
      throw new FigmentException("--data " + IoFailure.quote(data) + " is no path", e);
    }
  }
}
