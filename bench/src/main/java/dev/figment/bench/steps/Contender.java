package dev.figment.bench.steps;

/** What a child process times: training steps of one library. It is used by one thread. */
public interface Contender extends AutoCloseable {
  /** The library and its version or kernels, in words. */
  String description();

  /**
   * Trains one step, from the bytes of a batch to the updated parameters.
   *
   * @return a loss, to see that it stays finite
   */
  double step();

  @Override
  void close();
}
