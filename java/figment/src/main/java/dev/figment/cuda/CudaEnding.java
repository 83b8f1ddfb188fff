package dev.figment.cuda;

import dev.figment.device.Nonlinearity;
import dev.figment.device.Tensor;

/**
 * What kernels/ending.cuh does to the elements of a product.
 *
 * @param output the address of what the nonlinearity before has made; 0 to apply this one
 * @param fields of struct Ending
 */
record CudaEnding(long output, int[] fields) {

  /** y = end(product). */
  static CudaEnding forward(CudaDevice device, Nonlinearity end) {
    return of(device, end, 0);
  }

  /** The product, a gradient, becomes the one before the nonlinearity that has made {@code x}. */
  static CudaEnding backward(CudaDevice device, Nonlinearity before, Tensor x) {
    return of(device, before, before.isNone() ? 0 : device.address(x));
  }

  /** The fields in their order; of 64-bit ones the low half, then the high one. */
  private static CudaEnding of(CudaDevice device, Nonlinearity it, long output) {
    boolean drops = it.drops();
    long counter = drops ? device.address(it.stream().counter()) : 0;
    long seed = drops ? it.stream().seed() : 0;
    double keep = 1 - it.dropped();
    int[] fields = {
      (int) output,
      (int) (output >>> Integer.SIZE),
      (int) counter,
      (int) (counter >>> Integer.SIZE),
      (int) seed,
      (int) (seed >>> Integer.SIZE),
      CudaCalls.kind(it.activation()),
      Float.floatToRawIntBits(it.activation().slope()),
      drops ? CudaElementwise.threshold(it.dropped()) : 0,
      drops ? it.stream().stream() : 0,
      Float.floatToRawIntBits((float) (1 / keep)),
      Float.floatToRawIntBits((float) keep)
    };
    return new CudaEnding(output, fields);
  }
}
