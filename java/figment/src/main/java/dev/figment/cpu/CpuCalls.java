package dev.figment.cpu;

import dev.figment.device.Activation;
import dev.figment.device.DataType;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Tensor;

/** What the parts of {@link CpuKernels} share: the way from tensors to the C ABI. */
interface CpuCalls {
  CpuDevice device();

  /** The address of a tensor of this device; 0 for none. */
  default long at(Tensor tensor) {
    if (tensor == null) {
      return 0;
    }
    if (tensor.memory() instanceof CpuMemory memory && memory.isOf(device())) {
      return memory.address(tensor.offset());
    }
    throw new FigmentException(
        "The CPU device was given a tensor of shape %s in another device's memory; copy it over first."
            .formatted(tensor.shape()));
  }

  static void check(long ctx, int result) {
    if (result != 0) {
      throw new FigmentException(CpuNative.lastError(ctx));
    }
  }

  static int kind(Activation activation) {
    return activation.kind().ordinal();
  }

  static int accumulate(GradientMode mode) {
    return mode == GradientMode.ACCUMULATE ? 1 : 0;
  }

  static int bfloat16(Tensor tensor) {
    return tensor.type() == DataType.BFLOAT16 ? 1 : 0;
  }

  static int channels(Tensor x) {
    return x.shape().size(-1);
  }

  static long rows(Tensor x) {
    return x.count() / channels(x);
  }
}
