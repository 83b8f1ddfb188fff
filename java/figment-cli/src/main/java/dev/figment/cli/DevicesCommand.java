package dev.figment.cli;

import dev.figment.device.Devices;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code figment devices}. */
@Command(
    name = "devices",
    description = "Says what this machine can compute on, with which libraries.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {"", "Example:", "  figment devices"})
final class DevicesCommand implements Runnable {
  /** Instruction sets that kernels are built for, as Linux names them, on x86 and on ARM. */
  private static final List<String> INSTRUCTION_SETS =
      List.of(
          "sse4_2",
          "avx",
          "fma",
          "avx2",
          "avx512f",
          "avx512_vnni",
          "avx512_bf16",
          "amx_bf16",
          "asimd",
          "sve");

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    out.printf("figment  %s%n", Version.number());
    out.printf(
        "java     %s, %d MiB at most%n", Runtime.version(), Runtime.getRuntime().maxMemory() >> 20);
    out.printf(
        "machine  %s, %d processors, %s%n",
        System.getProperty("os.arch"), OptionLimits.PROCESSORS, instructionSets());
    for (String device : List.of("cpu", "cuda", "sim")) {
      out.printf("%-8s %s%n", device, Devices.describe(device, OptionLimits.PROCESSORS));
    }
  }

  private static String instructionSets() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      Set<String> flags =
          lines
              .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
              .findFirst()
              .map(line -> Set.of(line.substring(line.indexOf(':') + 1).strip().split(" +")))
              .orElse(Set.of());
      return INSTRUCTION_SETS.stream().filter(flags::contains).collect(Collectors.joining(" "));
    } catch (IOException e) {
      return "instruction sets unknown";
    }
  }
}
