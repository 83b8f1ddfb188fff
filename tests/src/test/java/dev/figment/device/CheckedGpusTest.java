package dev.figment.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.device.SelfCheck.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which GPUs need no check any more. */
class CheckedGpusTest {
  private static final Failure FAILURE = new Failure("adam", "it is wrong");

  @TempDir Path folder;
  private final AtomicInteger checks = new AtomicInteger();

  private Optional<Failure> check(CheckedGpus gpus, String identity, Failure outcome) {
    return gpus.check(
        identity,
        () -> {
          checks.incrementAndGet();
          return Optional.ofNullable(outcome);
        });
  }

  @Test
  void aGpuThatPassedIsNotCheckedAgain() {
    Path cache = folder.resolve("not/there/yet");
    assertThat(check(new CheckedGpus(cache), "one", null)).isEmpty();
    assertThat(check(new CheckedGpus(cache), "one", FAILURE)).isEmpty();
    assertThat(checks).hasValue(1);
  }

  @Test
  void anotherGpuDriverOrBuildIsChecked() {
    CheckedGpus gpus = new CheckedGpus(folder);
    check(gpus, "one", null);
    assertThat(check(gpus, "other", FAILURE)).contains(FAILURE);
    assertThat(checks).hasValue(2);
  }

  @Test
  void aFailureIsCheckedAgain() {
    CheckedGpus gpus = new CheckedGpus(folder);
    assertThat(check(gpus, "one", FAILURE)).contains(FAILURE);
    assertThat(check(gpus, "one", null)).isEmpty();
    assertThat(checks).hasValue(2);
  }

  @Test
  void whereNothingCanBeKeptEveryStartChecks() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    CheckedGpus gpus = new CheckedGpus(file);
    assertThat(check(gpus, "one", null)).isEmpty();
    assertThat(check(gpus, "one", null)).isEmpty();
    assertThat(checks).hasValue(2);
  }
}
