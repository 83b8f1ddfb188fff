package dev.figment.cuda;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;

/**
 * A recorded list of kernel calls that is launched as one: {@link CudaDevice#record}. It reads and
 * writes the memories it was recorded with, which must stay open.
 */
public final class CudaGraph implements AutoCloseable {
  private final CudaDevice device;
  private CUgraphExec executable;

  /** Takes over the graph. */
  CudaGraph(CudaDevice device, CUgraph graph) {
    this.device = device;
    try {
      executable = Cuda.instantiate(graph);
    } finally {
      Cuda.destroy(graph);
    }
  }

  /** Queues all recorded calls once more. */
  public void replay() {
    device.replay(executable);
  }

  @Override
  public void close() {
    device.context().requireOwner("close");
    if (executable != null && device.context().isOpen()) {
      device.context().enter("close");
      Cuda.destroy(executable);
    }
    executable = null;
  }
}
