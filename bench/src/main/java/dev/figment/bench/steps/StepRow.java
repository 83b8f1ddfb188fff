package dev.figment.bench.steps;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Locale;

/**
 * What one step took, alone or beside a peer; the fields are the names of the JSON, and those of a
 * peer are left out where there is none.
 *
 * @param name of the step
 * @param device that ran ours
 * @param precision of the numbers
 * @param threads of ours
 * @param batch examples of a step
 * @param rounds of the measurement
 * @param ours_ms the median of our steps
 * @param ours_fastest_ms the fastest of our steps
 * @param ours_peak_mib the resident memory of our process at its largest
 * @param peer the contender's name
 * @param peer_ms as ours
 * @param peer_fastest_ms as ours
 * @param peer_peak_mib as ours
 * @param ratio peer_ms / ours_ms
 * @param ratio_low the smallest ratio of medians of a round
 * @param ratio_high the largest
 * @param spread of the rounds: (ratio_high - ratio_low) / ratio
 * @param load_average of the machine in the last minute
 * @param others share of the CPUs' time that other processes took, 1 is all
 * @param stolen share that the machine's host took
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record StepRow(
    String name,
    String device,
    String precision,
    int threads,
    int batch,
    int rounds,
    double ours_ms,
    double ours_fastest_ms,
    double ours_peak_mib,
    String peer,
    Double peer_ms,
    Double peer_fastest_ms,
    Double peer_peak_mib,
    Double ratio,
    Double ratio_low,
    Double ratio_high,
    Double spread,
    double load_average,
    double others,
    double stolen) {

  /** What a row is of. */
  record Subject(Workload workload, String device, int batch) {}

  /** Times, threads and memory of a contender. */
  record Measured(String name, int threads, StepTimes times, double peakMebibytes) {}

  /** Ours alone. */
  static StepRow alone(Subject subject, Measured ours, MachineLoad load) {
    return row(subject, ours, null, load);
  }

  /** Ours beside a peer. */
  static StepRow beside(Subject subject, Measured ours, Measured peer, MachineLoad load) {
    return row(subject, ours, peer, load);
  }

  private static StepRow row(Subject subject, Measured ours, Measured peer, MachineLoad load) {
    StepTimes times = ours.times();
    double[] ratios = peer == null ? null : times.ratios(peer.times());
    Double ratio = peer == null ? null : peer.times().median() / times.median();
    return new StepRow(
        subject.workload().toString(),
        subject.device(),
        subject.workload().precision().toString(),
        ours.threads(),
        subject.batch(),
        times.rounds(),
        times.median(),
        times.fastest(),
        ours.peakMebibytes(),
        peer == null ? null : peer.name(),
        peer == null ? null : peer.times().median(),
        peer == null ? null : peer.times().fastest(),
        peer == null ? null : peer.peakMebibytes(),
        ratio,
        peer == null ? null : ratios[0],
        peer == null ? null : ratios[ratios.length - 1],
        peer == null ? null : (ratios[ratios.length - 1] - ratios[0]) / ratio,
        load.loadAverage(),
        load.others(),
        load.stolen());
  }

  /** A line on the peer, for people. */
  String text() {
    return line(peer, peer_ms, peer_fastest_ms, peer_peak_mib)
        + String.format(
            Locale.ROOT, ", ratio %.2f (rounds from %.2f to %.2f)", ratio, ratio_low, ratio_high);
  }

  /** A line on ours. */
  String ours() {
    return line("figment", ours_ms, ours_fastest_ms, ours_peak_mib);
  }

  private static String line(String name, double median, double fastest, double mebibytes) {
    return String.format(
        Locale.ROOT,
        "  %-18s %9.2f ms, fastest %9.2f, %6.0f MiB",
        name,
        median,
        fastest,
        mebibytes);
  }
}
