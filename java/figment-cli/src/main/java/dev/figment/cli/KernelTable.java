package dev.figment.cli;

import dev.figment.profile.Gpu;
import dev.figment.profile.KernelProfile;
import dev.figment.profile.KernelProfile.Counted;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;

/** Prints profiles: for each kernel a line of what it does, then a row for each architecture. */
final class KernelTable {
  private static final String ABSENT = "-";

  /** From the left, as many as fit. */
  private static final List<Field> FIELDS =
      List.of(
          new Field("arch", 8, profile -> Optional.of(profile.target())),
          new Field("regs", 5, profile -> profile.resources().map(it -> "" + it.registers())),
          new Field("spill", 6, profile -> profile.resources().map(it -> "" + it.spillBytes())),
          new Field("shared", 7, profile -> profile.sharedBytes().map(it -> "" + it)),
          new Field("occ", 5, profile -> profile.occupancy().map(it -> percent(it))),
          new Field("moved", 10, counted(it -> Quantity.bytes(it.bytesMoved()))),
          new Field("/bound", 7, profile -> profile.bytesRatio().map("%.3f"::formatted)),
          new Field("conflicts", 10, counted(it -> "" + it.conflicts())),
          new Field("lanes", 6, counted(it -> "%.1f".formatted(it.counts().lanesPerInstruction()))),
          new Field("flops", 9, counted(it -> Quantity.of(it.counts().flops().total()))),
          new Field("fma", 6, counted(it -> percent(it.fmaShare()))));

  /**
   * A column.
   *
   * @param width in characters, the space before it included
   * @param value empty where it could not be had
   */
  private record Field(String title, int width, Function<KernelProfile, Optional<String>> value) {
    String aligned(String text) {
      return " ".repeat(Math.max(0, width - text.length())) + text;
    }

    String of(KernelProfile profile) {
      return aligned(value.apply(profile).orElse(ABSENT));
    }
  }

  private final PrintWriter out;
  private final int columns;

  /**
   * @param columns the width that no line exceeds
   */
  KernelTable(PrintWriter out, int columns) {
    this.out = out;
    this.columns = columns;
  }

  void print(List<KernelProfile> profiles, List<String> notes) {
    List<Field> fields = fitting();
    out.println(row(fields, fields.stream().map(field -> field.aligned(field.title()))));
    String head = "";
    for (KernelProfile profile : profiles) {
      String next = profile.operation().name() + " " + profile.name();
      if (!next.equals(head)) {
        head = next;
        heading(profile);
      }
      out.println(row(fields, fields.stream().map(field -> field.of(profile))));
    }
    out.println();
    Notes.print(out, columns, notes);
  }

  private void heading(KernelProfile profile) {
    String operation = profile.operation().name();
    String kernel = profile.name();
    out.println();
    line(
        "%s%s  %s"
            .formatted(
                kernel,
                kernel.endsWith("." + operation) ? "" : " of " + operation,
                profile.operation().shape()),
        "");
    line(
        "at least %s%s, %s FLOP; roofline model: %s us"
            .formatted(
                Quantity.bytes(profile.work().leastBytes()),
                tiles(profile),
                Quantity.of(profile.work().usefulFlops()),
                rooflines(profile)),
        "  ");
  }

  static String tiles(KernelProfile profile) {
    return profile.work().isTiled()
        ? " (tiles ask for %s)".formatted(Quantity.bytes(profile.work().boundBytes()))
        : "";
  }

  static String rooflines(KernelProfile profile) {
    return Arrays.stream(Gpu.values())
        .map(gpu -> "%s %.3g".formatted(gpu.title(), profile.rooflineMicroseconds(gpu)))
        .collect(Collectors.joining(", "));
  }

  private void line(String text, String indent) {
    Lines.wrap(text, columns, indent).forEach(out::println);
  }

  private List<Field> fitting() {
    List<Field> fitting = new ArrayList<>();
    int width = 0;
    for (Field field : FIELDS) {
      width += field.width();
      if (width > columns) {
        break;
      }
      fitting.add(field);
    }
    return fitting;
  }

  private static String row(List<Field> fields, Stream<String> values) {
    TextTable table =
        TextTable.forColumns(
            Help.defaultColorScheme(Ansi.OFF),
            fields.stream()
                .map(field -> new Column(field.width(), 0, Overflow.TRUNCATE))
                .toArray(Column[]::new));
    table.addRowValues(values.toArray(String[]::new));
    return table.toString().stripTrailing();
  }

  private static Function<KernelProfile, Optional<String>> counted(
      Function<Counted, String> value) {
    return profile -> profile.counted().map(value);
  }

  private static String percent(double share) {
    return "%.0f%%".formatted(100 * share);
  }
}
