package dev.figment.cuda;

import jcuda.driver.CUstream;

/** A queue of work of one context, done in order; it goes with its context. */
final class CudaStream {
  private final CUstream stream = Cuda.createStream();

  /** The driver's handle. */
  CUstream handle() {
    return stream;
  }

  /** Waits until all of its work is done. */
  void synchronize() {
    Cuda.synchronize(stream);
  }
}
