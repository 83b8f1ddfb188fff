package dev.figment.profile;

import dev.figment.device.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * An operation of the contract at a realistic shape, with what its CUDA kernels must do at least.
 * It runs on any device.
 *
 * @param family the file of kernels/
 * @param name the operation, in the kernels' words
 * @param shape the sizes, for people
 * @param kernels what it launches on a GPU; an operation may take several kernels
 * @param preparation allocates the tensors and gives the call to make
 */
public record Operation(
    String family, String name, String shape, List<KernelWork> kernels, Preparation preparation) {

  /** Allocates what an operation works on; the call that it returns may be made many times. */
  @FunctionalInterface
  public interface Preparation {
    Consumer<Kernels> on(Tensors tensors);
  }

  /** What it runs, once its tensors are there. */
  public Consumer<Kernels> prepare(Tensors tensors) {
    return preparation.on(tensors);
  }

  /** Begins an operation; {@link Description#calls} ends it. */
  static Description of(String family, String name, Object shape) {
    return new Description(family, name, shape.toString());
  }

  /** Bytes of {@code count} float32 numbers or 32-bit integers. */
  static long reals(long count) {
    return 4 * count;
  }

  /** An operation whose kernels are being named. */
  static final class Description {
    private final String family;
    private final String name;
    private final String shape;
    private final List<KernelWork> kernels = new ArrayList<>();

    private Description(String family, String name, String shape) {
      this.family = family;
      this.name = name;
      this.shape = shape;
    }

    /**
     * A kernel that the operation launches, bound by memory.
     *
     * @param flops the formula's additions and multiplications, a function such as exp counted once
     * @param tensorBytes of every tensor that it must read or write, once for each way
     */
    Description kernel(String kernel, long flops, long... tensorBytes) {
      kernels.add(KernelWork.of(kernel, flops, tensorBytes));
      return this;
    }

    /**
     * Says of the kernel named last that it works in tiles.
     *
     * @param requestedBytes what whole tiles ask for
     */
    Description tiled(long requestedBytes) {
      kernels.add(kernels.remove(kernels.size() - 1).tiled(requestedBytes));
      return this;
    }

    /** Says of the kernel named last why its shared memory has bank conflicts. */
    Description conflicting(String reason) {
      kernels.add(kernels.remove(kernels.size() - 1).conflicting(reason));
      return this;
    }

    Operation calls(Preparation preparation) {
      return new Operation(family, name, shape, List.copyOf(kernels), preparation);
    }
  }
}
