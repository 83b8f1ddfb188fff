package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the program says of itself. The options' names are a contract. */
class HelpTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "train",
        "train gan",
        "train vae",
        "train rvae",
        "tune",
        "tune gan",
        "tune vae",
        "score",
        "reconstruct",
        "traverse",
        "encode",
        "map",
        "evaluate",
        "sample",
        "interpolate",
        "devices",
        "kernels"
      })
  void everyCommandHasHelpWithAnExample(String command) {
    String[] args = (command + " --help").strip().split(" ");
    Program.Result result = Program.run(args);

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("Usage: figment").contains("Example");
    assertThat(result.out().lines()).anyMatch(line -> line.startsWith("  figment " + command));
    assertThat(result.out().lines().mapToInt(String::length).max().orElse(0))
        .isLessThanOrEqualTo(100);
  }

  @Test
  void trainGanListsEveryOption() {
    assertThat(Program.run("train", "gan", "--help").out())
        .contains(
            "--data=",
            "--image-size=",
            "--channels=",
            "--flip",
            "--shift=",
            "--strict",
            "--net=",
            "--conditional",
            "--steps=",
            "--epochs=",
            "--batch=",
            "--latent=",
            "--width=",
            "--loss=",
            "--label-smoothing=",
            "--clip-weights=",
            "--optimizer=",
            "--lr=",
            "--lr-d=",
            "--beta1=",
            "--beta2=",
            "--momentum=",
            "--nesterov",
            "--weight-decay=",
            "--schedule=",
            "--schedule-steps=",
            "--warmup=",
            "--clip, --clip-grad=",
            "--r1=",
            "--gp=",
            "--penalty-every=",
            "--spectral-norm",
            "--n-critic=",
            "--accumulate=",
            "--ema=",
            "--seed=",
            "--device=",
            "--threads=",
            "--fast-conv=",
            "--precision=",
            "--plan=",
            "--out=",
            "--log-every=",
            "--sample-every=",
            "--checkpoint-every=",
            "--resume=",
            "--config=");
  }

  @Test
  void theOtherCommandsListTheirs() {
    assertThat(Program.run("sample", "--help").out())
        .contains("--run=", "-n=", "--out=", "--seed=", "--label=", "--device=", "--threads=");
    assertThat(Program.run("interpolate", "--help").out())
        .contains("--run=", "--pairs=", "--steps=", "--out=", "--seed=", "--label=", "--device=");
  }

  @Test
  void versionAndNoCommand() {
    assertThat(Program.run("--version").out()).startsWith("figment ").contains("Java ");
    assertThat(Program.run("train", "gan", "--version").out()).startsWith("figment ");
    Program.Result nothing = Program.run();
    assertThat(nothing.exitCode()).isEqualTo(2);
    assertThat(nothing.err()).contains("Usage: figment");
  }
}
