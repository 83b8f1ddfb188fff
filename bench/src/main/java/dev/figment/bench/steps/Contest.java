package dev.figment.bench.steps;

import dev.figment.device.Precision;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Ours and peers as child processes on the same CPUs, which take turns. */
final class Contest implements AutoCloseable {
  private static final String OURS = "figment";

  /** In a device's plan, where products in bf16 are the processor's. */
  private static final String INSTRUCTIONS = " bf16,";

  /** That a peer may try. */
  private static final int EXAMPLES = 3;

  private final String device;
  private final int batch;
  private final int cpus;
  private final List<String> pinned; // before a command that is to keep to the CPUs
  private final Path folder;

  /**
   * @param device ours
   * @param batch examples of a step
   * @param threads CPUs to use; 0 for all
   */
  Contest(String device, int batch, int threads) throws IOException {
    this.device = device;
    this.batch = batch;
    cpus = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    pinned = threads == 0 ? List.of() : List.of("taskset", "--cpu-list", firstCpus(threads));
    folder = Files.createTempDirectory("figment-steps-");
  }

  /** The first CPUs of those that this process may use, as taskset takes them. */
  private static String firstCpus(int count) throws IOException {
    String allowed =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("Cpus_allowed_list:"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElseThrow();
    return String.join(",", cpuNumbers(allowed).limit(count).mapToObj(Integer::toString).toList());
  }

  /** The numbers of a list as Linux writes it: 0-2,8. */
  static IntStream cpuNumbers(String list) {
    return Stream.of(list.split(","))
        .flatMapToInt(
            range -> {
              String[] ends = range.split("-");
              return IntStream.rangeClosed(
                  Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
            });
  }

  int cpus() {
    return cpus;
  }

  private ProcessBuilder ours(String... arguments) {
    return pinned(StepProcess.ofOurs(FigmentSteps.class, List.of(arguments)));
  }

  private ProcessBuilder peers(Peer peer, String... arguments) {
    return pinned(peer.process(StepProcess.JAVA, cpus, List.of(arguments)));
  }

  private ProcessBuilder pinned(ProcessBuilder process) {
    List<String> command = new ArrayList<>(pinned);
    command.addAll(process.command());
    return process.command(command);
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  private Path start(Workload workload, int seed) {
    return file(workload + "-" + seed + ".safetensors");
  }

  /**
   * Has each peer repeat a step of ours and compares. Where a ReLU's input is so near to 0 that
   * rounding decides its sign, two right gradients differ, and by more than a wrong one might; so
   * another example is taken then, {@value #EXAMPLES} at most.
   *
   * @throws dev.figment.device.FigmentException where one computes something else
   */
  void check(Workload workload, int examples, List<Peer> peers, PrintWriter out)
      throws IOException {
    List<Peer> unchecked = new ArrayList<>(peers);
    for (int seed = 1; !unchecked.isEmpty(); seed++) {
      Path start = start(workload, seed);
      Path expected = file(workload + "-ours.safetensors");
      StepProcess.run(
          OURS,
          ours(
              device,
              workload.toString(),
              Integer.toString(examples),
              FigmentSteps.EXAMPLE,
              Integer.toString(seed),
              start.toString(),
              expected.toString()),
          file("errors"));
      for (Peer peer : List.copyOf(unchecked)) {
        PeerCheck check = PeerCheck.of(start, expected, repeated(peer, workload, start));
        if (check.agrees(workload.precision())) {
          unchecked.remove(peer);
          out.println(check.text(peer.name()));
          out.flush();
        } else if (seed == EXAMPLES) {
          throw check.refusal(peer.name(), workload);
        }
      }
    }
  }

  private Path repeated(Peer peer, Workload workload, Path start) throws IOException {
    Path result = file(workload + "-" + peer.name() + ".safetensors");
    StepProcess.run(
        peer.name(),
        peers(peer, workload.toString(), "0", start.toString(), result.toString()),
        file("errors"));
    return result;
  }

  /** Times a step; a row a peer, or one of ours alone. Peers begin where {@link #check} left it. */
  List<StepRow> time(
      Workload workload, List<Peer> peers, int rounds, double seconds, PrintWriter out)
      throws IOException {
    List<StepProcess> contenders = new ArrayList<>();
    try {
      String size = Integer.toString(batch);
      add(contenders, OURS, ours(device, workload.toString(), size, FigmentSteps.TIME));
      String ours = contenders.get(0).description();
      if (workload.precision() == Precision.BF16 && !ours.contains(INSTRUCTIONS)) {
        out.println("  not timed: this processor has neither AVX-512 BF16 nor AMX");
        out.flush();
        return List.of();
      }
      for (Peer peer : peers) {
        add(
            contenders,
            peer.name(),
            peers(peer, workload.toString(), size, start(workload, 1).toString()));
      }
      List<StepTimes> times = contenders.stream().map(it -> new StepTimes()).toList();
      MachineLoad load = alternate(contenders, times, rounds, seconds);
      List<StepRow> rows =
          rows(new StepRow.Subject(workload, device, batch), contenders, times, load);
      print(out, contenders.get(0), rows, times.get(0), load);
      return rows;
    } finally {
      contenders.forEach(StepProcess::close);
    }
  }

  private void add(List<StepProcess> contenders, String name, ProcessBuilder command)
      throws IOException {
    StepProcess started = new StepProcess(name, command, file("errors-" + name));
    contenders.add(started); // before it is ready: whatever happens, it is closed
    started.awaitReady();
  }

  /** Every contender once a round, forwards and backwards in turn: none is always after another. */
  private static MachineLoad alternate(
      List<StepProcess> contenders, List<StepTimes> times, int rounds, double seconds)
      throws IOException {
    List<Integer> order = new ArrayList<>(IntStream.range(0, contenders.size()).boxed().toList());
    Duration before = cpuTime(contenders);
    MachineLoad.Moment from = MachineLoad.Moment.now();
    for (int round = 0; round < rounds; round++) {
      for (int i : order) {
        times.get(i).add(contenders.get(i).train(seconds));
      }
      Collections.reverse(order);
    }
    MachineLoad.Moment to = MachineLoad.Moment.now();
    return MachineLoad.between(
        from, to, cpuTime(contenders).minus(before), MachineLoad.loadAverageNow());
  }

  private static Duration cpuTime(List<StepProcess> contenders) {
    return contenders.stream().map(StepProcess::cpuTime).reduce(Duration.ZERO, Duration::plus);
  }

  private static List<StepRow> rows(
      StepRow.Subject subject,
      List<StepProcess> contenders,
      List<StepTimes> times,
      MachineLoad load)
      throws IOException {
    List<StepRow.Measured> measured = new ArrayList<>();
    for (int i = 0; i < contenders.size(); i++) {
      StepProcess contender = contenders.get(i);
      measured.add(
          new StepRow.Measured(
              contender.name(), contender.threads(), times.get(i), contender.peakMebibytes()));
    }
    StepRow.Measured ours = measured.remove(0);
    return measured.isEmpty()
        ? List.of(StepRow.alone(subject, ours, load))
        : measured.stream().map(peer -> StepRow.beside(subject, ours, peer, load)).toList();
  }

  private static void print(
      PrintWriter out, StepProcess ours, List<StepRow> rows, StepTimes times, MachineLoad load) {
    out.println(rows.get(0).ours());
    rows.stream().filter(row -> row.peer() != null).forEach(row -> out.println(row.text()));
    out.println("  " + ours.description() + "; " + times.steps() + " steps of ours");
    out.println("  " + load.text());
    out.flush();
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
