package dev.figment.device;

import java.util.List;

/**
 * Kernel calls that a training makes step after step: made one by one the first time, so that the
 * device has the scratch memory they need, recorded the second, and replayed from then on.
 */
public final class RepeatedCalls implements AutoCloseable {
  private final Device device;
  private final Runnable calls;
  private boolean called;
  private Recording recording;

  /**
   * @param calls kernel calls alone; what changes from one time to the next lives in device memory
   */
  public RepeatedCalls(Device device, Runnable calls) {
    this.device = device;
    this.calls = calls;
  }

  /** Makes the calls once. */
  public void run() {
    if (!called) {
      calls.run();
      called = true;
      return;
    }
    if (recording == null) {
      recording = device.record(calls);
    }
    recording.replay();
  }

  /** What a run launches, in order: empty before the second, and where a device records nothing. */
  public List<KernelLaunch> launches() {
    return recording == null ? List.of() : recording.launches();
  }

  @Override
  public void close() {
    if (recording != null) {
      recording.close();
    }
  }
}
