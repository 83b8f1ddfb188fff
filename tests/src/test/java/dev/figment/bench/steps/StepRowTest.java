package dev.figment.bench.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows of numbers that are known by hand. */
class StepRowTest {
  private static final StepRow.Subject SUBJECT = new StepRow.Subject(Workload.VAE, "cpu", 128);
  private static final MachineLoad LOAD = new MachineLoad(1.5, 0.25, 0.125);

  private static StepTimes times(double[]... rounds) {
    StepTimes times = new StepTimes();
    for (double[] round : rounds) {
      times.add(round);
    }
    return times;
  }

  // Medians of the rounds: 10, 20, 10; of all nine: 10.
  private static final StepRow.Measured OURS =
      new StepRow.Measured(
          "figment",
          2,
          times(new double[] {9, 10, 11}, new double[] {20, 10, 21}, new double[] {8, 10, 12}),
          100);

  // Medians of the rounds: 30, 30, 20; of all eight: (25 + 30) / 2.
  private static final StepRow.Measured PEER =
      new StepRow.Measured(
          "libtorch-tuned",
          2,
          times(new double[] {30, 30, 90}, new double[] {25, 35}, new double[] {20, 20, 40}),
          300);

  @Test
  void aRatioIsOfMediansAndItsSpreadOfTheRounds() {
    StepRow row = StepRow.beside(SUBJECT, OURS, PEER, LOAD);

    assertThat(row.ours_ms()).isEqualTo(10);
    assertThat(row.ours_fastest_ms()).isEqualTo(8);
    assertThat(row.peer_ms()).isEqualTo(30);
    assertThat(row.peer_fastest_ms()).isEqualTo(20);
    assertThat(row.ratio()).isEqualTo(3);
    // 30/10, 30/20, 20/10
    assertThat(row.ratio_low()).isEqualTo(1.5);
    assertThat(row.ratio_high()).isEqualTo(3);
    assertThat(row.spread()).isEqualTo(0.5);
    assertThat(row.rounds()).isEqualTo(3);
  }

  @Test
  void jsonHasTheNamesThatOthersRead() {
    JsonMapper mapper = JsonMapper.builder().build();

    JsonNode beside = mapper.valueToTree(StepRow.beside(SUBJECT, OURS, PEER, LOAD));
    assertThat(beside.fieldNames())
        .toIterable()
        .contains(
            "name", "device", "precision", "threads", "batch", "ours_ms", "ours_peak_mib", "peer")
        .contains("peer_ms", "peer_peak_mib", "ratio", "spread", "others");
    assertThat(beside.get("name").textValue()).isEqualTo("vae");
    assertThat(beside.get("precision").textValue()).isEqualTo("float32");
    assertThat(beside.get("ratio").doubleValue()).isEqualTo(3);

    JsonNode alone = mapper.valueToTree(StepRow.alone(SUBJECT, OURS, LOAD));
    assertThat(alone.fieldNames())
        .toIterable()
        .doesNotContain("peer", "peer_ms", "ratio", "spread")
        .contains("ours_ms");
  }

  @Test
  void markdownIsTheTableOfTheDocuments() {
    List<StepRow> rows =
        List.of(StepRow.beside(SUBJECT, OURS, PEER, LOAD), StepRow.alone(SUBJECT, OURS, LOAD));

    assertThat(StepTable.lines(rows, "A processor"))
        .containsExactly(
            "A processor, 2 threads, batch 128, float32, medians of 3 rounds; other work took up to"
                + " 38 % of the CPUs' time:",
            "",
            "| step | beside | ours, ms | peer, ms | ratio | of the rounds | spread | ours, MiB |"
                + " peer, MiB |",
            "|---|---|---|---|---|---|---|---|---|",
            "| vae | libtorch-tuned | 10.0 | 30.0 | 3.00 | 1.50 to 3.00 | 50 % | 100 | 300 |",
            "| vae | | 10.0 | | | | | 100 | |");
  }

  @Test
  void othersAreWhatTheContendersDidNotTake() {
    // user nice system idle iowait irq softirq steal, in hundredths of a second
    MachineLoad.Moment from = MachineLoad.Moment.of("cpu  100 0 100 1000 0 0 0 0 0 0");
    MachineLoad.Moment to = MachineLoad.Moment.of("cpu  500 100 200 1200 100 50 50 200 0 0");

    // 7 s busy, 3 s idle, 2 s stolen; 4 of the 7 ours
    MachineLoad load = MachineLoad.between(from, to, Duration.ofSeconds(4), 2.5);

    assertThat(load.others()).isEqualTo(3 / 12.0, within(1e-12));
    assertThat(load.stolen()).isEqualTo(2 / 12.0, within(1e-12));
    assertThat(load.loadAverage()).isEqualTo(2.5);
  }

  @Test
  void cpusAreCountedAsLinuxListsThem() {
    assertThat(Contest.cpuNumbers("0-2,8")).containsExactly(0, 1, 2, 8);
  }
}
