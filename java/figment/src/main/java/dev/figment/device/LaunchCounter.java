package dev.figment.device;

/**
 * Counts what kernels do, on a device that can: {@link Device#counter}. It waits for the device's
 * queued work at each call, so that a count belongs to the calls between two of its own. Counters
 * are the process's: devices of one process share them.
 */
public interface LaunchCounter {
  /** Counts the kernels called from now on, or no more. Kernels take several times as long. */
  void count(boolean on);

  /**
   * What was counted since the last {@link #reset}.
   *
   * @throws FigmentException when there is no memory for the report
   */
  LaunchReport report();

  /** Begins again at nothing; whether calls are counted stays as it is. */
  void reset();
}
