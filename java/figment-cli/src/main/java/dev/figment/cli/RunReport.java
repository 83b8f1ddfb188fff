package dev.figment.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.figment.device.FigmentException;
import dev.figment.io.AtomicFile;
import dev.figment.io.GifFile;
import dev.figment.io.IoFailure;
import dev.figment.io.JsonLines;
import dev.figment.train.ClassNames;
import dev.figment.train.RunFolder;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;

/**
 * What a run's folder shows when the training ends: the grids as an animation, and one page of
 * everything that needs no other file and no network.
 */
final class RunReport {
  private static final String TEMPLATE = "report.html";
  private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z]+)}}");
  private static final int MOST_GRIDS = 60;
  private static final int FRAME_MILLIS = 200;
  private static final int LAST_MILLIS = 2000;

  private record Grid(long step, byte[] png) {}

  private final RunFolder folder;
  private final String model;

  private RunReport(RunFolder folder, String model) {
    this.folder = folder;
    this.model = model;
  }

  /**
   * Writes training.gif and report.html from what is in the folder of a run of {@code figment train
   * MODEL}; nothing without a grid or texts.
   */
  static void write(RunFolder folder, String model) {
    RunReport report = new RunReport(folder, model);
    List<Grid> grids = report.grids();
    if (!grids.isEmpty() || Files.exists(folder.texts())) {
      if (!grids.isEmpty()) {
        report.animate(grids);
      }
      report.writePage(grids);
    }
  }

  /** Writes report.html anew, of a run that has one. */
  static void refresh(RunFolder folder, String model) {
    if (Files.exists(folder.report())) {
      RunReport report = new RunReport(folder, model);
      report.writePage(report.grids());
    }
  }

  private void writePage(List<Grid> grids) {
    AtomicFile.write(folder.report(), page(grids).getBytes(StandardCharsets.UTF_8));
  }

  /** At most so many grids, evenly over the run, the last one among them. */
  private List<Grid> grids() {
    List<Map.Entry<Long, Path>> all = new ArrayList<>(folder.grids().entrySet());
    int count = Math.min(all.size(), MOST_GRIDS);
    List<Grid> grids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int index = count == 1 ? all.size() - 1 : (int) ((long) i * (all.size() - 1) / (count - 1));
      grids.add(new Grid(all.get(index).getKey(), bytes(all.get(index).getValue())));
    }
    return grids;
  }

  /** Only grids of the last one's size: an earlier run's may lie in the folder. */
  private void animate(List<Grid> grids) {
    List<BufferedImage> frames = new ArrayList<>();
    for (Grid grid : grids) {
      try {
        BufferedImage frame = ImageIO.read(new ByteArrayInputStream(grid.png()));
        if (frame == null) {
          throw new IOException("no PNG");
        }
        frames.add(frame);
      } catch (IOException e) {
        throw new FigmentException(
            "The grid of step %d in %s is damaged; remove it and go on with the run."
                .formatted(grid.step(), folder.path()),
            e);
      }
    }
    BufferedImage last = frames.get(frames.size() - 1);
    frames.removeIf(
        frame -> frame.getWidth() != last.getWidth() || frame.getHeight() != last.getHeight());
    GifFile.write(folder.animation(), frames, FRAME_MILLIS, LAST_MILLIS);
  }

  private String page(List<Grid> grids) {
    List<ObjectNode> metrics = lines(folder.metrics());
    Map<String, String> places = new LinkedHashMap<>();
    places.put("title", escape("Figment run " + folder.path().toAbsolutePath().getFileName()));
    places.put("summary", summary(metrics));
    places.put("warnings", warnings());
    places.put("classes", classes());
    places.put("last", "" + (grids.size() - 1));
    places.put(
        "grids",
        grids.isEmpty()
            ? text(folder.texts())
            : grids.stream()
                .map(grid -> picture("after step " + grid.step(), style(), grid.png()))
                .collect(Collectors.joining("\n")));
    places.put("model", model);
    places.put("reconstructions", reconstructions());
    places.put(
        "measures",
        Files.exists(folder.measures()) ? "<h2>Measures</h2>\n" + text(folder.measures()) : "");
    places.put(
        "latents",
        Files.exists(folder.latents())
            ? "<h2>Latents</h2>\n<p>Where held-out images lie, each a point in its label's colour.</p>\n"
                + picture("a map of latents", " class=\"chart\"", bytes(folder.latents()))
            : "");
    places.put(
        "curves",
        Files.exists(folder.losses())
            ? picture("losses by step", " class=\"chart\"", bytes(folder.losses()))
            : "<p>None were drawn.</p>");
    places.put(
        "config", Files.exists(folder.config()) ? rows(ConfigFile.read(folder.config())) : "");
    places.put(
        "environment",
        Files.exists(folder.environment())
            ? escape(new String(bytes(folder.environment()), StandardCharsets.UTF_8))
            : "unknown");
    Matcher place = PLACE.matcher(template());
    return place.replaceAll(match -> Matcher.quoteReplacement(places.get(match.group(1))));
  }

  /** What the columns of a conditional run's grids show. */
  private String classes() {
    List<String> columns = ClassNames.ofColumns(folder);
    return columns.isEmpty()
        ? ""
        : " A row shares its latent; the columns are "
            + columns.stream().map(RunReport::escape).collect(Collectors.joining(", "))
            + ".";
  }

  private String reconstructions() {
    String heading = "<h2>Reconstructions</h2>\n<p>%s</p>\n";
    if (Files.exists(folder.reconstructedTexts())) {
      return heading.formatted("Held-out texts, each with its reconstruction after it.")
          + text(folder.reconstructedTexts())
          + evaluation();
    }
    if (!Files.exists(folder.reconstructions())) {
      return "";
    }
    String what =
        isOfSeries()
            ? "Held-out series in grey, their reconstructions in red."
            : "Held-out images, each with its reconstruction to its right.";
    return heading.formatted(what)
        + picture("held-out data and reconstructions", style(), bytes(folder.reconstructions()))
        + evaluation();
  }

  private boolean isOfSeries() {
    return model.equals(SequenceCommands.MODEL);
  }

  /** Charts are not enlarged pixel by pixel. */
  private String style() {
    return isOfSeries() ? " class=\"chart\"" : "";
  }

  private static String text(Path file) {
    return "<pre>%s</pre>".formatted(escape(new String(bytes(file), StandardCharsets.UTF_8)));
  }

  private static String summary(List<ObjectNode> metrics) {
    Map<String, String> rows = new LinkedHashMap<>();
    if (!metrics.isEmpty()) {
      metrics
          .get(metrics.size() - 1)
          .properties()
          .forEach(field -> rows.put(field.getKey(), field.getValue().asText()));
    }
    return rows(rows);
  }

  /** The last evaluation's numbers; its lists are too long for a page. */
  private String evaluation() {
    List<ObjectNode> evaluations = lines(folder.evaluations());
    if (evaluations.isEmpty()) {
      return "";
    }
    Map<String, String> rows = new LinkedHashMap<>();
    evaluations
        .get(evaluations.size() - 1)
        .properties()
        .forEach(
            field -> {
              if (field.getValue().isValueNode()) {
                rows.put(field.getKey(), field.getValue().asText());
              }
            });
    return "\n<table>" + rows(rows) + "</table>";
  }

  private String warnings() {
    return lines(folder.warnings()).stream()
        .map(
            line ->
                "<p class=\"warning\">At step %s %s</p>"
                    .formatted(
                        escape(line.path("step").asText()), escape(line.path("warning").asText())))
        .collect(Collectors.joining("\n"));
  }

  private static List<ObjectNode> lines(Path file) {
    return Files.exists(file) ? JsonLines.read(file) : List.of();
  }

  private static String rows(Map<String, String> values) {
    return values.entrySet().stream()
        .map(e -> "<tr><th>%s<td>%s".formatted(escape(e.getKey()), escape(e.getValue())))
        .collect(Collectors.joining("\n"));
  }

  private static String picture(String text, String attributes, byte[] png) {
    return "<img alt=\"%s\"%s src=\"data:image/png;base64,%s\">"
        .formatted(escape(text), attributes, Base64.getEncoder().encodeToString(png));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw IoFailure.reading(file, e);
    }
  }

  private static String template() {
    try (InputStream stream = RunReport.class.getResourceAsStream(TEMPLATE)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("the program's " + TEMPLATE + " cannot be read", e);
    }
  }
}
