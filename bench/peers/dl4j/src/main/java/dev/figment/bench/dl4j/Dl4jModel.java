package dev.figment.bench.dl4j;

import java.util.List;

/** A model in DL4J. */
interface Dl4jModel {
  /** Trains one step; the losses, in the order of our workload. */
  float[] step();

  /** Its networks. */
  List<Dl4jNetwork> networks();
}
