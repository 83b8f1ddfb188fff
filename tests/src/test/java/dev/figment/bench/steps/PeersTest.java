package dev.figment.bench.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** That the peers train the very steps that we do, equal losses and updates, and go on training. */
class PeersTest {
  @ParameterizedTest
  @EnumSource(Workload.class)
  void everyPeerComputesWhatWeCompute(Workload workload) {
    assumeTrue(
        Peer.ALL.stream().allMatch(Peer::isBuilt),
        "The peers are built and compared by ./figment test --peers.");
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        StepBench.command().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

    int exitCode =
        command.execute(
            "--peers", "--batch=2", "--rounds=1", "--seconds=0", "--filter=" + workload);

    assertThat(exitCode).as(err.toString()).isZero();
    for (Peer peer : Peer.ALL) {
      if (peer.workloads().contains(workload)) {
        assertThat(out.toString())
            .contains(peer.name() + " computes the same")
            .containsAnyOf(", ratio ", "not timed: this processor has neither");
      }
    }
  }
}
