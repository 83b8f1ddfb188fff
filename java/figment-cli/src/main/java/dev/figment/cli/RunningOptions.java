package dev.figment.cli;

import dev.figment.device.Precision;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Seed, device and folder of a training. */
final class RunningOptions {
  /** Whether something is done. */
  enum Switch {
    ON,
    OFF;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = {
        "Decides every random number; the same seed gives the same bits on the same device and"
            + " threads (default: ${DEFAULT-VALUE})."
      })
  long seed;

  @Mixin DeviceOptions on;

  @Option(
      names = "--fast-conv",
      paramLabel = "on|off",
      defaultValue = "on",
      description = {
        "Whether the CPU device computes convolutions by Winograd's algorithm where that is faster;"
            + " a result's error is within some 1e-5 of its tensor's norm (default:"
            + " ${DEFAULT-VALUE})."
      })
  Switch fastConvolutions;

  @Option(
      names = "--precision",
      paramLabel = "float32|bf16",
      defaultValue = "float32",
      description = {
        "What the CPU device keeps of activations and multiplies in dense layers and convolutions:"
            + " float32, or numbers rounded to bf16, which takes less memory and is faster with"
            + " AVX-512 BF16 or AMX; weights and sums stay float32 (default: ${DEFAULT-VALUE})."
      })
  Precision precision;

  @Option(
      names = "--plan",
      paramLabel = "FILE",
      description = {
        "Compute convolutions on the CPU by the kernels that this file names, which figment tune"
            + " wrote (default: by a rule that is built in)."
      })
  Path plan;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder of the run (default: runs/<model>-<yyyyMMdd-HHmmss>).")
  Path out;
}
