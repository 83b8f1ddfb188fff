package dev.figment.cli;

import dev.figment.device.KernelResources;
import dev.figment.device.LaunchReport.Counts;
import dev.figment.device.LaunchReport.Extent;
import dev.figment.device.LaunchReport.GlobalTraffic;
import dev.figment.device.LaunchReport.Line;
import dev.figment.device.LaunchReport.SharedTraffic;
import dev.figment.profile.KernelProfile;
import dev.figment.profile.KernelProfile.Counted;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Prints all that is known of a few kernels. */
final class KernelDetails {
  private static final int MOST_LINES = 12;

  private final PrintWriter out;
  private final int columns;

  /**
   * @param columns the width that no line exceeds
   */
  KernelDetails(PrintWriter out, int columns) {
    this.out = out;
    this.columns = columns;
  }

  void print(List<KernelProfile> profiles, List<String> notes) {
    for (KernelProfile profile : profiles) {
      print(profile);
      out.println();
    }
    Notes.print(out, columns, notes);
  }

  private void print(KernelProfile profile) {
    out.printf("%s on %s%n", profile.name(), profile.target());
    line("operation", profile.operation().name() + ", " + profile.operation().shape());
    profile.resources().ifPresent(it -> resources(profile, it));
    line(
        "at least",
        "%s%s, %s FLOP"
            .formatted(
                Quantity.bytes(profile.work().leastBytes()),
                KernelTable.tiles(profile),
                Quantity.of(profile.work().usefulFlops())));
    line("roofline model", KernelTable.rooflines(profile) + " us");
    profile.counted().ifPresent(it -> counts(profile, it));
  }

  private void resources(KernelProfile profile, KernelResources resources) {
    line(
        "takes",
        "%d registers, %d bytes of spills, %d of stack, %d of shared memory a block"
            .formatted(
                resources.registers(),
                resources.spillBytes(),
                resources.stackBytes(),
                profile.sharedBytes().orElseThrow()));
    line(
        "occupancy",
        "%.1f %% with %d threads a block"
            .formatted(100 * profile.occupancy().orElseThrow(), profile.threads()));
  }

  private void counts(KernelProfile profile, Counted counted) {
    Counts counts = counted.counts();
    line(
        "counted",
        "%d launch%s of sm_%d's PTX, grid %s, block %s"
            .formatted(
                counted.launches(),
                counted.launches() == 1 ? "" : "es",
                counted.architecture(),
                text(counted.first().grid()),
                text(counted.first().block())));
    line(
        "instructions",
        "%s of warps, %.2f lanes each; %s branches, %s divergent"
            .formatted(
                Quantity.of(counts.instructions().warp()),
                counts.lanesPerInstruction(),
                Quantity.of(counts.branches()),
                Quantity.of(counts.divergentBranches())));
    line("by class", classes(counts));
    line(
        "FLOP",
        "%s in f32, %s in f64, %s in f16; FMA share %.1f %%"
            .formatted(
                Quantity.of(counts.flops().f32()),
                Quantity.of(counts.flops().f64()),
                Quantity.of(counts.flops().f16()),
                100 * counted.fmaShare()));
    line(
        "moved",
        "%s, %.4f of the bound"
            .formatted(Quantity.bytes(counted.bytesMoved()), profile.bytesRatio().orElseThrow()));
    line("DRAM modelled", Quantity.bytes(counted.dramBytes()));
    traffic("loads", counts.globalLoad());
    traffic("stores", counts.globalStore());
    traffic("atomics", counts.globalAtomic());
    shared("shared loads", counts.sharedLoad());
    shared("shared stores", counts.sharedStore());
    shared("shared atomics", counts.sharedAtomic());
    if (!profile.work().conflictReason().isEmpty()) {
      line("conflicts for", profile.work().conflictReason());
    }
    lines(counted.lines());
  }

  /** The source lines that most instructions come from. */
  private void lines(List<Line> lines) {
    if (lines.isEmpty()) {
      return;
    }
    double all = lines.stream().mapToLong(it -> it.instructions().warp()).sum();
    out.println("  source line                    instructions   sectors  wavefronts  conflicts");
    lines.stream()
        .sorted(Comparator.comparingLong((Line it) -> -it.instructions().warp()))
        .limit(MOST_LINES)
        .forEach(
            it ->
                out.printf(
                    "  %-30s %12.1f%% %9s %11s %10s%n",
                    it.file().substring(it.file().lastIndexOf('/') + 1) + ":" + it.line(),
                    100 * it.instructions().warp() / all,
                    Quantity.of(it.globalSectors()),
                    Quantity.of(it.sharedWavefronts()),
                    Quantity.of(it.sharedConflicts())));
  }

  private static String classes(Counts counts) {
    double all = counts.instructions().warp();
    return counts.classes().entrySet().stream()
        .sorted((a, b) -> Long.compare(b.getValue().warp(), a.getValue().warp()))
        .map(it -> "%s %.1f %%".formatted(it.getKey(), 100 * it.getValue().warp() / all))
        .collect(Collectors.joining(", "));
  }

  private void traffic(String name, GlobalTraffic traffic) {
    if (traffic.requests() > 0) {
      line(
          name,
          "%s requests, %.2f sectors each, %s of lanes, %s distinct"
              .formatted(
                  Quantity.of(traffic.requests()),
                  (double) traffic.sectors() / traffic.requests(),
                  Quantity.bytes(traffic.bytes()),
                  Quantity.bytes(traffic.distinctBytes())));
    }
  }

  private void shared(String name, SharedTraffic traffic) {
    if (traffic.requests() > 0) {
      line(
          name,
          "%s requests, %s wavefronts, %s conflicts"
              .formatted(
                  Quantity.of(traffic.requests()),
                  Quantity.of(traffic.wavefronts()),
                  Quantity.of(traffic.conflicts())));
    }
  }

  private static String text(Extent extent) {
    return extent.x() + "x" + extent.y() + "x" + extent.z();
  }

  private void line(String name, String text) {
    List<String> lines = Lines.wrap(text, columns, " ".repeat(17));
    out.printf("  %-15s%s%n", name, lines.get(0).substring(17));
    lines.stream().skip(1).forEach(out::println);
  }
}
