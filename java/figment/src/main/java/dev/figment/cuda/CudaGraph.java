package dev.figment.cuda;

import dev.figment.device.KernelLaunch;
import dev.figment.device.Recording;
import java.util.List;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;

/** A recorded list of kernel calls that is launched as one: {@link CudaDevice#record}. */
public final class CudaGraph implements Recording {
  private final CudaDevice device;
  private final List<KernelLaunch> launches;
  private CUgraphExec executable;

  /** Takes over the graph. */
  CudaGraph(CudaDevice device, CUgraph graph, List<KernelLaunch> launches) {
    this.device = device;
    this.launches = launches;
    try {
      executable = Cuda.instantiate(graph);
    } finally {
      Cuda.destroy(graph);
    }
  }

  /** Queues all recorded calls once more. */
  @Override
  public void replay() {
    device.replay(executable);
  }

  @Override
  public List<KernelLaunch> launches() {
    return launches;
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
