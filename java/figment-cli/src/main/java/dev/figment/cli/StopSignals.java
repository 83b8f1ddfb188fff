package dev.figment.cli;

import java.util.Map;
import org.jline.utils.Signals;

/**
 * Ctrl-C, SIGTERM and SIGHUP. Java's own answer to them is to exit, which unmaps native code that
 * the compute thread may be running. So they either end the process at once, as the operating
 * system does it, or, while a training runs, only set a flag that the compute thread looks at
 * between steps. A second signal ends the process at once.
 */
final class StopSignals implements Stop {
  private static final Map<String, Integer> NUMBERS = Map.of("INT", 2, "TERM", 15, "HUP", 1);
  private static final int EXIT_BASE = 128; // the shells' convention for signals

  private volatile int received;

  /** Lets every signal end this process at once. */
  static void endAtOnce() {
    NUMBERS.keySet().forEach(Signals::registerDefault);
  }

  /** From now on the first signal asks to stop instead. */
  @Override
  public void listen() {
    NUMBERS.forEach((name, number) -> Signals.register(name, () -> receive(number)));
  }

  private void receive(int number) {
    received = number;
    endAtOnce();
    System.err.println(
        "figment: Stopping after this step; once more ends at once, without saving.");
  }

  @Override
  public boolean getAsBoolean() {
    return received != 0;
  }

  @Override
  public int exitCode() {
    return EXIT_BASE + received;
  }
}
