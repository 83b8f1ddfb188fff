package dev.figment.bench.steps;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows as Markdown, as docs/performance.md has them. */
final class StepTable {
  private static final List<String> HEAD =
      List.of(
          "| step | beside | ours, ms | peer, ms | ratio | of the rounds | spread | ours, MiB |"
              + " peer, MiB |",
          "|---|---|---|---|---|---|---|---|---|");

  private StepTable() {}

  /**
   * The table with a line above it on how it was measured.
   *
   * @param rows one or more, of one run
   * @param machine its processor
   */
  static List<String> lines(List<StepRow> rows, String machine) {
    StepRow first = rows.get(0);
    double others = rows.stream().mapToDouble(row -> row.others() + row.stolen()).max().orElse(0);
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s, %d threads, batch %d, %s, medians of %d rounds; other work took up to %.0f %% of"
                + " the CPUs' time:",
            machine,
            first.threads(),
            first.batch(),
            first.precision(),
            first.rounds(),
            100 * others));
    lines.add("");
    lines.addAll(HEAD);
    rows.forEach(row -> lines.add(line(row)));
    return lines;
  }

  private static String line(StepRow row) {
    return row.peer() == null
        ? String.format(
            Locale.ROOT,
            "| %s | | %.1f | | | | | %.0f | |",
            row.name(),
            row.ours_ms(),
            row.ours_peak_mib())
        : String.format(
            Locale.ROOT,
            "| %s | %s | %.1f | %.1f | %.2f | %.2f to %.2f | %.0f %% | %.0f | %.0f |",
            row.name(),
            row.peer(),
            row.ours_ms(),
            row.peer_ms(),
            row.ratio(),
            row.ratio_low(),
            row.ratio_high(),
            100 * row.spread(),
            row.ours_peak_mib(),
            row.peer_peak_mib());
  }
}
