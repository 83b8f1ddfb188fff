package dev.figment.bench.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The protocol between the benchmark and the processes that it times. */
class StepProcessTest {
  @TempDir private Path folder;

  private StepProcess start(String behaviour) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classPath = System.getProperty("java.class.path");
    ProcessBuilder command =
        new ProcessBuilder(java, "-cp", classPath, Child.class.getName(), behaviour);
    return new StepProcess("child", command, folder.resolve("errors"));
  }

  /** What the tests start. */
  static final class Child implements Contender {
    private final String behaviour;
    private int steps;

    private Child(String behaviour) {
      this.behaviour = behaviour;
    }

    public static void main(String[] arguments) throws IOException {
      if (arguments[0].equals("talks")) {
        System.out.println("hello");
      }
      StepServer.serve(new Child(arguments[0]), 3);
    }

    @Override
    public String description() {
      return "a child of the tests";
    }

    @Override
    public double step() {
      System.out.println("a library's chatter");
      try {
        Thread.sleep(2);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      steps++;
      return behaviour.equals("diverges") && steps > 2 ? Double.NaN : steps;
    }

    @Override
    public void close() {}
  }

  @Test
  void aChildAnswersWithTheTimesOfItsSteps() throws IOException {
    try (StepProcess child = start("steps").awaitReady()) {
      assertThat(child.threads()).isEqualTo(3);
      assertThat(child.description()).isEqualTo("a child of the tests");
      assertThat(child.peakMebibytes()).isBetween(5.0, 4000.0);

      double[] fewest = child.train(0);
      assertThat(fewest).hasSize(3);
      assertThat(Arrays.stream(fewest).min().orElseThrow()).isGreaterThanOrEqualTo(2);

      double[] more = child.train(0.1);
      assertThat(more).hasSizeBetween(3, 50);
      assertThat(Arrays.stream(more).sum()).isGreaterThanOrEqualTo(100);
      assertThat(child.cpuTime()).isPositive();
    }
  }

  @Test
  void aLossThatIsNotFiniteEndsTheTiming() throws IOException {
    try (StepProcess child = start("diverges")) {
      assertThatThrownBy(child::awaitReady)
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("child was to be timed and ended with exit code 1")
          .hasMessageContaining("The loss is no longer finite");
    }
  }

  @Test
  void whatIsNoAnswerIsRefused() throws IOException {
    try (StepProcess child = start("talks")) {
      assertThatThrownBy(child::awaitReady)
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("began with \"hello\"");
    }
  }
}
