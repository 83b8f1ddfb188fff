package dev.figment.cuda;

import jcuda.driver.CUevent;

/** A mark in a stream that the host can wait for; it goes with its context. */
final class CudaEvent {
  private final CUevent event = Cuda.createEvent();

  /** Marks the work that the stream holds by now. */
  void record(CudaStream stream) {
    Cuda.record(event, stream.handle());
  }

  /** Waits for the newest mark; returns at once where none was set. */
  void synchronize() {
    Cuda.synchronize(event);
  }
}
