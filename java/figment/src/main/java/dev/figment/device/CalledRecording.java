package dev.figment.device;

import java.util.List;

/** The recording of a device that has no means to record: every replay makes the calls. */
final class CalledRecording implements Recording {
  private Runnable calls;

  CalledRecording(Runnable calls) {
    this.calls = calls;
  }

  @Override
  public void replay() {
    if (calls == null) {
      throw new FigmentException("replay was called on a recording that was closed.");
    }
    calls.run();
  }

  @Override
  public List<KernelLaunch> launches() {
    return List.of();
  }

  @Override
  public void close() {
    calls = null;
  }
}
