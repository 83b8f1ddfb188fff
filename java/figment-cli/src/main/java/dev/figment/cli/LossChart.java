package dev.figment.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.figment.io.JsonLines;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The curves of a run, two charts of each model: of a GAN both losses and the discriminator's mean
 * verdicts, of a VAE, recurrent or not, the loss with its reconstruction and the KL.
 */
final class LossChart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 360; // of each of the two charts
  private static final int MOST_LABELS = 10; // of the steps
  private static final int MOST_POINTS = 1000;

  /**
   * One chart.
   *
   * @param names of its curves in metrics.jsonl
   */
  private record Chart(String unit, String... names) {
    boolean isOf(ObjectNode line) {
      return Arrays.stream(names).allMatch(line::has);
    }
  }

  private static final List<Chart> CHARTS =
      List.of(
          new Chart("loss (nats)", "d_loss", "g_loss"),
          new Chart("mean sigmoid", "d_real", "d_fake"),
          new Chart("nats an example", "loss", "reconstruction"),
          new Chart("nats an example", "kl"));

  private LossChart() {}

  /** Draws a run's metrics; does nothing where there are none. */
  static void draw(Path metrics, Path picture) {
    List<ObjectNode> lines = Files.exists(metrics) ? JsonLines.read(metrics) : List.of();
    if (lines.isEmpty()) {
      return;
    }
    Drawing.write(picture, () -> render(lines));
  }

  private static BufferedImage render(List<ObjectNode> lines) {
    List<Chart> charts = CHARTS.stream().filter(chart -> chart.isOf(lines.get(0))).toList();
    BufferedImage picture =
        new BufferedImage(WIDTH, Math.max(1, charts.size()) * HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    try {
      for (Chart chart : charts) {
        chart(chart.unit(), lines, chart.names()).paint(graphics, WIDTH, HEIGHT);
        graphics.translate(0, HEIGHT);
      }
    } finally {
      graphics.dispose();
    }
    return picture;
  }

  private static XYChart chart(String unit, List<ObjectNode> lines, String... names) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .xAxisTitle("step")
            .yAxisTitle(unit)
            .build();
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    chart.getStyler().setXAxisMin(0.0);
    chart.getStyler().setXAxisMaxLabelCount(MOST_LABELS);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    int group = (lines.size() + MOST_POINTS - 1) / MOST_POINTS;
    int points = (lines.size() + group - 1) / group;
    for (String name : names) {
      double[] x = new double[points];
      double[] y = new double[points];
      for (int i = 0; i < points; i++) {
        List<ObjectNode> part = lines.subList(i * group, Math.min(lines.size(), (i + 1) * group));
        x[i] = mean(part, "step");
        y[i] = mean(part, name);
      }
      chart.addSeries(name, x, y).setMarker(SeriesMarkers.NONE);
    }
    return chart;
  }

  /** The mean of a group of neighbouring lines: a curve of a thousand points is read as well. */
  private static double mean(List<ObjectNode> lines, String name) {
    return lines.stream().mapToDouble(line -> line.path(name).asDouble()).average().orElseThrow();
  }
}
