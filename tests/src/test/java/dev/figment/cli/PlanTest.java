package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans: which kernels compute a run's convolutions on the CPU. */
class PlanTest {
  /** A pass to one channel, for which few_channels can take the place of oneDNN. */
  private static final String ONE_CHANNEL = "to_large %s ([0-9]+ [0-9]+ [0-9]+ 1 )";

  /** A pass between 32 and 64 channels, for which Winograd's algorithm can. */
  private static final String WIDE = "([a-z_]+) %s ([0-9]+ [0-9]+ [0-9]+ 32 [0-9]+ [0-9]+ 64 )";

  @TempDir private Path folder;
  private Path data;
  private Path run;
  private Path plan;

  @BeforeEach
  void tune() throws IOException {
    data = TestImages.write(folder.resolve("images.idx"), 40, 8, 8);
    run = folder.resolve("run");
    plan = folder.resolve("plan");
    Program.Result tuned = tune("gan", "--plan", "" + plan);
    assertThat(tuned.err()).isEmpty();
    assertThat(tuned.out()).contains("--plan " + plan);
    assertThat(run).doesNotExist();
  }

  @Test
  void tuningNamesAKernelForEachShapeOfAStep() throws IOException {
    String text = Files.readString(plan);

    // The generator's last layer and the discriminator's first share their shape.
    for (String pass : new String[] {"to_small", "to_large", "weight_gradient"}) {
      assertThat(text).containsPattern("(?m)^convolution " + pass + " [a-z_]+ 8 8 8 1 ");
    }
    assertThat(text)
        .containsPattern("to_large [a-z_]+ 8 8 8 1 .*# onednn [0-9.e+-]+ few_channels [0-9.e+-]+")
        .containsPattern("[a-z_]+ 8 4 4 32 4 4 64 .*# onednn [0-9.e+-]+ winograd [0-9.e+-]+");
  }

  @Test
  void aRunOnAPlanGoesOnBitForBit() throws IOException {
    String other = all(all(Files.readString(plan), ONE_CHANNEL, "onednn"), WIDE, "winograd");
    Files.writeString(plan, other); // which the rule would not take
    Path straight = folder.resolve("straight");
    Path byRule = folder.resolve("rule");
    Program.run(planned(straight, "4"));
    Program.run(planned(run, "2"));
    Program.run(train(byRule, "--steps", "4"));
    Program.Result resumed = Program.run("train", "gan", "--resume", "" + run, "--steps", "4");

    assertThat(resumed.err()).isEmpty();
    assertThat(resumed.out()).doesNotContain("not bit for bit");
    assertThat(Files.readString(run.resolve("environment.txt"))).contains(", kernels ");
    assertThat(RunFiles.checkpoint(run)).isEqualTo(RunFiles.checkpoint(straight));
    assertThat(Files.readString(byRule.resolve("metrics.jsonl")).replaceAll(",\"images.*", ""))
        .isNotEqualTo(Files.readString(run.resolve("metrics.jsonl")).replaceAll(",\"images.*", ""));
  }

  @Test
  void aRunDoesNotGoOnOnAnotherPlan() throws IOException {
    String text = Files.readString(plan);
    Files.writeString(plan, all(text, ONE_CHANNEL, "few_channels"));
    Program.run(planned(run, "1"));
    Files.writeString(plan, all(text, ONE_CHANNEL, "onednn"));
    Program.Result resumed = Program.run("train", "gan", "--resume", "" + run, "--steps", "2");

    assertThat(resumed.exitCode()).isEqualTo(1);
    assertThat(resumed.err()).contains("another choice of kernels").contains("--plan");

    Files.delete(plan);
    Program.Result without = Program.run("train", "gan", "--resume", "" + run, "--steps", "2");
    assertThat(without.exitCode()).isEqualTo(1);
    assertThat(without.err()).contains("" + plan);
  }

  @Test
  void whatIsNoPlanIsRefused() throws IOException {
    String text = Files.readString(plan);
    refused("batch: 4\n", "it is no plan");
    refused("\u00ff\u0000", "it is no plan");
    refused(text.replaceFirst("\n.*\n", "\nsse2, 3 threads\n"), "made for \"sse2, 3 threads\"");
    refused(text + "convolution to_large winged 1\n", "names no kernel");
    refused(text.replaceAll("to_small [a-z]+", "to_small few_channels"), "names no kernel");
  }

  @Test
  void withoutFastConvolutionsAPlanNamesNone() throws IOException {
    refused(Files.readString(plan), "fast convolutions", "--fast-conv", "off");

    tune("gan", "--plan", "" + plan, "--fast-conv", "off");
    String direct = Files.readString(plan);
    assertThat(direct).doesNotContain("winograd");
    refused(all(direct, WIDE, "winograd"), "names no kernel", "--fast-conv", "off");
  }

  @Test
  void whatCannotBeTunedIsASentence() {
    assertThat(tune("gan").err()).contains("--plan FILE");
    assertThat(tune("gan", "--resume", "" + run, "--plan", "" + plan).err())
        .contains("--config " + run.resolve("config.yaml"));
    assertThat(tune("gan", "--plan", "" + plan.resolve("below")).err()).contains("" + plan);
    Program.Result dense =
        Program.run("tune", "vae", "--data", "" + data, "--batch", "8", "--plan", "" + plan);
    assertThat(dense.exitCode()).isEqualTo(1);
    assertThat(dense.err()).contains("no convolutions");
    assertThat(Program.run("tune").err()).contains("figment tune gan");
  }

  private Program.Result tune(String model, String... more) {
    String[] args = train(run, more);
    args[0] = "tune";
    args[1] = model;
    return Program.run(args);
  }

  private void refused(String text, String reason, String... more) throws IOException {
    Files.writeString(plan, text, StandardCharsets.ISO_8859_1);
    Program.Result result = Program.run(Program.with(planned(run, "1"), more));
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains(plan + " ").contains(reason).contains("figment tune");
    assertThat(run).doesNotExist();
  }

  /** A plan that names a kernel for every pass of a pattern. */
  private static String all(String text, String passes, String kernel) {
    String replacement =
        passes.startsWith("(") ? "$1 " + kernel + " $2" : "to_large " + kernel + " $1";
    String changed = text.replaceAll(passes.formatted("[a-z_]+"), replacement);
    assertThat(changed).contains(kernel);
    return changed;
  }

  private String[] planned(Path out, String steps) {
    return train(out, "--plan", "" + plan, "--steps", steps);
  }

  private String[] train(Path out, String... more) {
    String[] args = {
      "train",
      "gan",
      "--data",
      "" + data,
      "--out",
      "" + out,
      "--device",
      "cpu",
      "--width",
      "32",
      "--batch",
      "8",
      "--latent",
      "10"
    };
    return Program.with(args, more);
  }
}
