package dev.figment.bench.libtorch;

import java.util.List;

/** A model in libtorch, with what trains it. */
interface TorchModel {
  /** Trains one step; the losses, in the order of our workload. */
  float[] step();

  /** Its networks. */
  List<TorchNetwork> networks();
}
