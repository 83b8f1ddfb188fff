package dev.figment.cli;

import dev.figment.data.SeriesWindow;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Windows of series as a picture: a row a window, a column a feature, each in its own unit. */
final class SeriesChart {
  static final int MOST_WINDOWS = 10;
  static final int MOST_FEATURES = 4;

  private static final int WIDTH = 320; // of one chart
  private static final int HEIGHT = 150;
  private static final int MOST_LABELS = 6; // of the steps
  private static final int LETTER = 10;
  private static final Curve REAL = new Curve(new Color(0x1F77B4), 1.5f);
  private static final Curve GENERATED = new Curve(new Color(0xD62728), 1.5f);
  private static final Curve ORIGINAL = new Curve(new Color(0xB0B0B0), 4f);

  /** How a window is drawn. */
  private record Curve(Color colour, float width) {}

  /** What a chart shows of one feature: windows, each with its curve. */
  private record Panel(
      String title, int feature, Range range, List<SeriesWindow> windows, List<Curve> curves) {}

  /** From where to where both axes go. */
  private record Range(int lastStep, double low, double high) {}

  private SeriesChart() {}

  /**
   * Draws real windows beside generated ones, to the same scale: for each feature a column of real
   * and one of generated. The first ten windows and four features are drawn.
   *
   * @param features their names
   */
  static void sideBySide(
      Path picture, List<String> features, List<SeriesWindow> real, List<SeriesWindow> generated) {
    List<List<Panel>> rows = new ArrayList<>();
    for (int i = 0; i < shown(real, generated); i++) {
      List<Panel> row = new ArrayList<>();
      for (int f = 0; f < Math.min(MOST_FEATURES, features.size()); f++) {
        Range range = range(f, real, generated);
        String name = features.get(f);
        row.add(new Panel(name + ", real", f, range, List.of(real.get(i)), List.of(REAL)));
        row.add(
            new Panel(
                name + ", generated", f, range, List.of(generated.get(i)), List.of(GENERATED)));
      }
      rows.add(row);
    }
    Drawing.write(picture, () -> render(rows));
  }

  /** Draws reconstructions over their originals, which are thick and grey; else the same. */
  static void reconstructions(
      Path picture,
      List<String> features,
      List<SeriesWindow> originals,
      List<SeriesWindow> reconstructions) {
    List<List<Panel>> rows = new ArrayList<>();
    for (int i = 0; i < shown(originals, reconstructions); i++) {
      List<SeriesWindow> pair = List.of(originals.get(i), reconstructions.get(i));
      rows.add(
          IntStream.range(0, Math.min(MOST_FEATURES, features.size()))
              .mapToObj(
                  f ->
                      new Panel(
                          features.get(f),
                          f,
                          range(f, originals, reconstructions),
                          pair,
                          List.of(ORIGINAL, GENERATED)))
              .toList());
    }
    Drawing.write(picture, () -> render(rows));
  }

  /**
   * Draws generated windows in rows, such as walks from one to another: for each row a line of
   * charts a feature.
   *
   * @param columns windows a row
   */
  static void rows(
      Path picture, List<String> features, List<SeriesWindow> windows, int columns) {
    List<List<Panel>> rows = new ArrayList<>();
    for (int first = 0; first < Math.min(MOST_WINDOWS * columns, windows.size()); first += columns) {
      List<SeriesWindow> line = windows.subList(first, first + columns);
      for (int f = 0; f < Math.min(MOST_FEATURES, features.size()); f++) {
        int feature = f;
        Range range = range(windows, feature);
        rows.add(
            line.stream()
                .map(
                    window ->
                        new Panel(
                            features.get(feature),
                            feature,
                            range,
                            List.of(window),
                            List.of(GENERATED)))
                .toList());
      }
    }
    Drawing.write(picture, () -> render(rows));
  }

  private static int shown(List<SeriesWindow> a, List<SeriesWindow> b) {
    return Math.min(MOST_WINDOWS, Math.min(a.size(), b.size()));
  }

  /** What holds a feature of all that is drawn. */
  private static Range range(int feature, List<SeriesWindow> a, List<SeriesWindow> b) {
    int shown = shown(a, b);
    return range(
        Stream.concat(a.stream().limit(shown), b.stream().limit(shown)).toList(), feature);
  }

  private static Range range(List<SeriesWindow> all, int feature) {
    int steps = all.stream().mapToInt(SeriesWindow::length).max().orElse(0);
    double[] values =
        all.stream()
            .flatMapToDouble(window -> DoubleStream.of(column(window, feature)))
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    double low = values.length == 0 ? 0 : values[0];
    double high = values.length == 0 ? 0 : values[values.length - 1];
    double room = low < high ? 0 : 1; // an axis has an extent
    return new Range(Math.max(1, steps - 1), low - room, high + room);
  }

  private static double[] column(SeriesWindow window, int feature) {
    return IntStream.range(0, window.length()).mapToDouble(t -> window.at(t, feature)).toArray();
  }

  private static BufferedImage render(List<List<Panel>> rows) {
    int columns = rows.isEmpty() ? 1 : rows.get(0).size();
    BufferedImage image =
        new BufferedImage(
            columns * WIDTH, Math.max(1, rows.size()) * HEIGHT, BufferedImage.TYPE_INT_RGB);
    for (int row = 0; row < rows.size(); row++) {
      for (int column = 0; column < columns; column++) {
        Graphics2D graphics = image.createGraphics();
        try {
          graphics.translate(column * WIDTH, row * HEIGHT);
          chart(rows.get(row).get(column)).paint(graphics, WIDTH, HEIGHT);
        } finally {
          graphics.dispose();
        }
      }
    }
    return image;
  }

  private static XYChart chart(Panel panel) {
    XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).title(panel.title()).build();
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, LETTER);
    chart
        .getStyler()
        .setChartTitleFont(font)
        .setChartBackgroundColor(Color.WHITE)
        .setLegendVisible(false)
        .setChartPadding(2);
    chart.getStyler().setAxisTickLabelsFont(font);
    chart.getStyler().setXAxisMaxLabelCount(MOST_LABELS);
    Range range = panel.range();
    chart.getStyler().setXAxisMin(0.0).setXAxisMax((double) range.lastStep());
    chart.getStyler().setYAxisMin(range.low()).setYAxisMax(range.high());
    for (int i = 0; i < panel.windows().size(); i++) {
      double[] y = column(panel.windows().get(i), panel.feature());
      double[] x = IntStream.range(0, y.length).asDoubleStream().toArray();
      XYSeries series = chart.addSeries(Integer.toString(i), x, y);
      series.setMarker(SeriesMarkers.NONE);
      series.setLineColor(panel.curves().get(i).colour());
      series.setLineStyle(new BasicStroke(panel.curves().get(i).width()));
    }
    return chart;
  }
}
