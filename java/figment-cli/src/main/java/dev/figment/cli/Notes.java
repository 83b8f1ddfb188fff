package dev.figment.cli;

import java.io.PrintWriter;
import java.util.List;

/** What a reader of kernel profiles must know, and what is missing from them. */
final class Notes {
  private static final List<String> MEANING =
      List.of(
          "regs, spill (bytes a thread), shared (bytes a block): NVIDIA's assembler; sm_100 and sm_120 take the PTX of sm_90. occ: warps that fit a multiprocessor, by its limits.",
          "moved: 32-byte sectors that warps ask for, counted by the simulated GPU; /bound: over inputs once and outputs once, or over what whole tiles ask for. conflicts: extra passes through shared memory. fma: FLOPs / 2 for each instruction.",
          "roofline: a model, least bytes over peak bandwidth or FLOPs over peak FP32, whichever is longer; not a measurement. docs/kernel-report.md says more.");

  private Notes() {}

  static void print(PrintWriter out, int columns, List<String> notes) {
    for (String sentence : MEANING) {
      Lines.wrap(sentence, columns, "").forEach(out::println);
    }
    for (String sentence : notes) {
      Lines.wrap("Missing: " + sentence, columns, "").forEach(out::println);
    }
  }
}
