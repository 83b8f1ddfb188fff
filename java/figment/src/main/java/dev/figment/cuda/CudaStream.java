package dev.figment.cuda;

import dev.figment.device.KernelLaunch;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUgraph;
import jcuda.driver.CUstream;

/** A queue of work of one context, done in order; it goes with its context. */
final class CudaStream {
  private final CUstream stream = Cuda.createStream();
  private List<KernelLaunch> recorded; // null unless it records

  /** The driver's handle. */
  CUstream handle() {
    return stream;
  }

  /** Waits until all of its work is done. */
  void synchronize() {
    Cuda.synchronize(stream);
  }

  /** From here on what it is given is recorded and not run. */
  void beginRecording() {
    Cuda.beginCapture(stream);
    recorded = new ArrayList<>();
  }

  boolean isRecording() {
    return recorded != null;
  }

  /** Takes down what was queued just now, if it records. */
  void note(KernelLaunch launch) {
    if (recorded != null) {
      recorded.add(launch);
    }
  }

  /** What was recorded, for people. */
  List<KernelLaunch> recorded() {
    return List.copyOf(recorded);
  }

  /** What was recorded, to be run; it records no more, even where that fails. */
  CUgraph endRecording() {
    recorded = null;
    return Cuda.endCapture(stream);
  }
}
