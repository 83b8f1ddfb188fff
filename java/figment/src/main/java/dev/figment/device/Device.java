package dev.figment.device;

import java.util.Optional;

/**
 * A processor that runs {@link Kernels}. A device belongs to the thread that opened it: that thread
 * makes all its calls (a worker team forms around it), any other gets an exception.
 */
public interface Device extends AutoCloseable {
  /** The name on the command line: {@code cpu}, {@code sim}, {@code cuda}. */
  String name();

  /** What it is, for people: processor, threads, instruction set, libraries. */
  String description();

  /**
   * The choices that decide a result's last bits (instruction set, threads, library version): the
   * same plan gives the same bits. A checkpoint stores it.
   */
  String plan();

  /**
   * Takes the kernels that a plan of {@link #tuned} names, and for all shapes that it does not name
   * those of the built-in rule. To be called before the first operation; {@link #plan} tells it
   * from others.
   *
   * @throws FigmentException when the text is no plan of this device and version, or there is no
   *     choice of kernels; its message goes on a sentence that begins with the plan's name
   */
  default void choose(String kernels) {
    throw new FigmentException("is a plan of the CPU's kernels and the device is " + name());
  }

  /**
   * From here on, times what kernels there are for each shape at its first use. What is computed is
   * for timing alone: gradients that accumulate do so more than once.
   *
   * @throws FigmentException when there is no choice of kernels
   */
  default void tune() {
    throw new FigmentException(
        "The device %s was to be tuned and has no choice of kernels; take the device cpu."
            .formatted(name()));
  }

  /**
   * The fastest kernels of all shapes since {@link #tune}, as a text for {@link #choose}; empty
   * where no operation had a choice.
   */
  default String tuned() {
    throw new FigmentException("The device %s was not tuned.".formatted(name()));
  }

  /**
   * The type in which a network keeps what its layers leave for one another, and its gradients:
   * REAL, or BFLOAT16, which then the operations of layers take for {@code x}, {@code y} and their
   * gradients.
   */
  default DataType activations() {
    return DataType.REAL;
  }

  /** Memory of {@code length} zeros; the caller closes it. */
  Memory allocate(DataType type, long length);

  /** A tensor alone in a fresh memory of zeros; the caller closes its memory. */
  default Tensor allocate(DataType type, Shape shape) {
    return new Tensor(allocate(type, shape.count()), 0, shape);
  }

  /** The operations, checked for shapes and types at the edge. */
  Kernels kernels();

  /**
   * Records the kernel calls that {@code calls} makes, in place of making them, to be replayed as
   * one. They may neither allocate nor copy from or to the host, and must have been made once
   * before on this device, which takes its scratch memory then. Numbers that are to change from one
   * replay to the next live in device memory: counters, learning rates. A device without such means
   * makes the calls at every replay.
   *
   * @return what replays them; the caller closes it
   * @throws FigmentException when a call cannot be recorded, with the reason
   */
  default Recording record(Runnable calls) {
    return new CalledRecording(calls);
  }

  /** Waits until every operation called so far has finished. */
  void synchronize();

  /** What counts the work of this device's kernels; the simulated GPU alone has it. */
  default Optional<LaunchCounter> counter() {
    return Optional.empty();
  }

  @Override
  void close();
}
