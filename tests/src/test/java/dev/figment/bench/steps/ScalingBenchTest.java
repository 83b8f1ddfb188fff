package dev.figment.bench.steps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command {@code figment bench scaling}. */
class ScalingBenchTest {
  private record Result(int exitCode, String out, String err) {}

  private static Result run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        ScalingBench.command().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode = command.execute(arguments);
    return new Result(exitCode, out.toString(), err.toString());
  }

  @Test
  void aRowIsOfStepsInProcessesOfTheirOwn() {
    Result result =
        run("gan", "2,3", "--by=batch", "--size=8", "--threads=1", "--rounds=1", "--seconds=0");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out())
        .startsWith("gan, images of 8 x 8, milliseconds a step (examples a second):")
        .contains("| batch | 1 thread | resident, MiB |", "1 rounds of 0.0 s");
    assertThat(
            result
                .out()
                .lines()
                .filter(it -> it.matches("\\| [23] \\| [0-9.]+ \\([0-9]+\\) \\| [0-9]+ \\|")))
        .hasSize(2);
  }

  @Test
  void aPointIsWhatItsArgumentsSay() {
    ScalingPoint point = new ScalingPoint(ScalingPoint.Model.RVAE, 4, 28, 16, 2);

    assertThat(ScalingPoint.of(point.arguments().toArray(String[]::new))).isEqualTo(point);
    assertThat(point.with(ScalingPoint.Axis.LENGTH, 7).length()).isEqualTo(7);
    assertThat(point.described(ScalingPoint.Axis.LENGTH)).isEqualTo("rvae, batch 4");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gan 8 --by=length | gan has none; give size",
        "rvae 8 --by=size | rvae has none; give length",
        "gan 0 --by=batch | batch 0 was asked for; give 1 to",
        "gan 8 --by=batch --threads=0 | --threads 0 was asked for; give 1 to",
        "gan 8 --by=batch --rounds=0 | --rounds 0 was asked for; give 1 to",
        "gan 8 --by=batch --seconds=-1 | give at least 0",
      })
  void badInputGetsASentence(String arguments, String sentence) {
    Result result = run(arguments.split(" "));

    assertThat(result.exitCode()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(result.err()).contains(sentence);
    assertThat(result.out()).isEmpty();
  }
}
