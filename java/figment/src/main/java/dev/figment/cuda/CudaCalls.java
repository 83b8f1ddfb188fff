package dev.figment.cuda;

import dev.figment.device.Activation;
import dev.figment.device.Tensor;

/** What the parts of {@link CudaKernels} share: the way from tensors to launches. */
interface CudaCalls {
  /** Elements that a block maps: kBlockElements of block.cuh. */
  long BLOCK_ELEMENTS = 16L * CudaLaunch.THREADS;

  CudaDevice device();

  /** A kernel that maps the elements of {@code y}. */
  default CudaLaunch map(String family, String kernel, Tensor y) {
    return device().launch(family, kernel).grid(blocks(y.count(), BLOCK_ELEMENTS));
  }

  static long blocks(long count, long each) {
    return (count + each - 1) / each;
  }

  static int kind(Activation activation) {
    return activation.kind().ordinal();
  }

  /** The address of a tensor of this device; 0 for none. */
  default long at(Tensor tensor) {
    return tensor == null ? 0 : device().address(tensor);
  }
}
