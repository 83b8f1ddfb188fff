package dev.figment.cli;

import java.util.concurrent.TimeUnit;

/** Hears a wish to stop, says so, and then takes very long. */
final class StubbornProgram {
  private StubbornProgram() {}

  public static void main(String[] args) throws InterruptedException {
    StopSignals signals = new StopSignals();
    signals.listen();
    System.out.println("ready");
    while (!signals.getAsBoolean()) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    System.out.println("heard " + signals.exitCode());
    TimeUnit.MINUTES.sleep(10);
  }
}
