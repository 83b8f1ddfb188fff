package dev.figment.cli;

import de.javagl.tsne.Tsne;
import dev.figment.data.ImageDataset;
import dev.figment.device.FigmentException;
import dev.figment.eval.PrincipalComponents;
import dev.figment.io.PngFile;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A picture of where images lie in a VAE's latent space, a point each in its label's colour: their
 * posterior means along the two principal components, and beside it by t-SNE (van der Maaten and
 * Hinton, 2008; in trees: van der Maaten, 2014), which keeps neighbours together and no distances.
 */
final class LatentMap {
  /** Images of a map: more of them cost t-SNE time and hide one another. */
  static final int MOST_POINTS = 1000;

  private static final int SIDE = 600;
  private static final int LEGEND = 140;
  private static final int MARKER = 5;
  private static final int MOST_PERPLEXITY = 30;
  private static final int ITERATIONS = 500;
  private static final long SEED = 1;
  private static final int MOST_CLASSES = 20; // that a legend names and colours tell apart

  private LatentMap() {}

  /**
   * Draws a map; nothing of fewer than two images.
   *
   * @param means of the first images of {@code images}, count x latent size
   */
  static void draw(Path picture, float[] means, int count, ImageDataset images) {
    if (count < 2) {
      return;
    }
    int size = means.length / count;
    PrincipalComponents components = PrincipalComponents.of(means, size, 2);
    List<XYChart> charts = new ArrayList<>();
    String title =
        String.format(
            Locale.ROOT,
            "PCA: %.0f %% of the variance",
            100 * (components.shares()[0] + components.shares()[1]));
    charts.add(chart(title, components.coordinates(), images));
    int perplexity = Math.min(MOST_PERPLEXITY, (count - 1) / 3);
    if (perplexity >= 2) {
      charts.add(
          chart("t-SNE: perplexity " + perplexity, neighbours(means, size, perplexity), images));
    }
    try {
      PngFile.write(picture, render(charts));
    } catch (InternalError | NoClassDefFoundError | NullPointerException e) {
      // What Java's text drawing throws where the machine has no font at all.
      throw new FigmentException(
          "%s was not drawn, for Java finds no font (%s); install one, on Debian fontconfig and fonts-dejavu-core."
              .formatted(picture, e),
          e);
    }
  }

  private static double[][] neighbours(float[] means, int size, int perplexity) {
    double[][] points = new double[means.length / size][size];
    for (int i = 0; i < means.length; i++) {
      points[i / size][i % size] = means[i];
    }
    Tsne tsne = new Tsne();
    tsne.setRandomSeed(SEED);
    tsne.setOutputDims(2);
    tsne.setInitialDims(size);
    tsne.setPerplexity(perplexity);
    tsne.setMaxIterations(ITERATIONS);
    tsne.setMessageConsumer(message -> {});
    return tsne.run(points);
  }

  private static BufferedImage render(List<XYChart> charts) {
    int width = charts.stream().mapToInt(XYChart::getWidth).sum();
    BufferedImage picture = new BufferedImage(width, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    try {
      for (XYChart chart : charts) {
        chart.paint(graphics, chart.getWidth(), SIDE);
        graphics.translate(chart.getWidth(), 0);
      }
    } finally {
      graphics.dispose();
    }
    return picture;
  }

  private static XYChart chart(String title, double[][] points, ImageDataset images) {
    boolean labelled = images.hasLabels() && images.classes() <= MOST_CLASSES;
    XYChart chart =
        new XYChartBuilder()
            .width(labelled ? SIDE + LEGEND : SIDE)
            .height(SIDE)
            .title(title)
            .build();
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    chart.getStyler().setMarkerSize(MARKER);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    chart.getStyler().setLegendVisible(labelled);
    chart.getStyler().setAxisTicksVisible(false);
    int classes = labelled ? images.classes() : 1;
    for (int label = 0; label < classes; label++) {
      List<double[]> own = new ArrayList<>();
      for (int i = 0; i < points.length; i++) {
        if (!labelled || images.label(i) == label) {
          own.add(points[i]);
        }
      }
      if (!own.isEmpty()) {
        XYSeries series =
            chart.addSeries(
                name(images, label),
                own.stream().mapToDouble(point -> point[0]).toArray(),
                own.stream().mapToDouble(point -> point[1]).toArray());
        series.setMarker(SeriesMarkers.CIRCLE);
        series.setMarkerColor(colour(label, classes));
      }
    }
    return chart;
  }

  private static String name(ImageDataset images, int label) {
    List<String> names = images.classNames();
    return label < names.size() ? names.get(label) : "" + label;
  }

  /** Hues all round, every other one darker. */
  private static Color colour(int label, int classes) {
    return Color.getHSBColor((float) label / classes, 0.85f, label % 2 == 0 ? 0.9f : 0.6f);
  }
}
