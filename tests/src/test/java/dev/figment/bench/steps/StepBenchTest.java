package dev.figment.bench.steps;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command {@code figment bench steps}, without peers. */
class StepBenchTest {
  private record Result(int exitCode, String out, String err) {}

  private static Result run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        StepBench.command().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode = command.execute(arguments);
    return new Result(exitCode, out.toString(), err.toString());
  }

  @Test
  void aStepIsTimedInAProcessOfItsOwn(@TempDir Path folder) throws IOException {
    Path json = folder.resolve("rows.json");

    Result result =
        run(
            "--filter=vae",
            "--batch=2",
            "--rounds=2",
            "--seconds=0",
            "--markdown",
            "--json=" + json);

    assertThat(result.exitCode()).as(result.err()).isZero();
    JsonNode rows = JsonMapper.builder().build().readTree(json.toFile());
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).get("name").textValue()).isEqualTo("vae");
    assertThat(rows.get(0).get("rounds").intValue()).isEqualTo(2);
    assertThat(rows.get(0).get("ours_ms").doubleValue()).isPositive();
    assertThat(rows.get(0).get("ours_peak_mib").doubleValue()).isBetween(20.0, 4000.0);
    assertThat(result.out()).contains("  figment ", "6 steps of ours", "| vae | | ");
  }

  @ParameterizedTest
  @CsvSource({
    "gan, GAN GAN_BF16",
    "gan-bf16, GAN_BF16",
    "vae, VAE",
    "rvae, RVAE_GRU RVAE_LSTM",
    "rvae-gru, RVAE_GRU",
    "rvae-, ''",
    "va, ''",
    "'', GAN GAN_BF16 VAE RVAE_GRU RVAE_LSTM"
  })
  void aFilterIsANameOrItsBeginning(String filter, String steps) {
    assertThat(String.join(" ", Workload.matching(filter).stream().map(Enum::name).toList()))
        .isEqualTo(steps);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--filter=va | there are [gan, gan-bf16, vae, rvae-gru, rvae-lstm]",
        "--device=sim | a simulated GPU has no times",
        "--filter=gan-bf16 --device=cuda | the CPU alone has its precision",
        "--device=cuda --peers | the peers train on the CPU",
        "--batch=1 | give at least 2",
        "--threads=-1 | give 1 to",
        "--rounds=0 | give at least 1",
        "--seconds=NaN | give at least 0",
      })
  void badInputGetsASentence(String arguments, String sentence) {
    Result result = run(arguments.split(" "));

    assertThat(result.exitCode()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(result.err()).contains(sentence);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void aChildThatFailsIsReportedInASentence() {
    Result result = run("--filter=vae", "--device=nonsense", "--rounds=1");

    assertThat(result.exitCode()).isEqualTo(CommandLine.ExitCode.SOFTWARE);
    assertThat(result.err())
        .startsWith("figment: figment was to be timed and ended with exit code 1:")
        .contains("nonsense");
  }
}
