package dev.figment.cuda;

import dev.figment.device.Tensor;

/** The spectral normalisation of {@link CudaKernels}. */
final class CudaSpectralNorm {
  /** Columns and elements of a block: kColumns and kDotElements of kernels/spectral_norm.cu. */
  private static final long COLUMNS = 32;

  private static final long DOT_ELEMENTS = 16L * CudaLaunch.THREADS;

  private final CudaDevice device;
  private final CudaKernels kernels;

  CudaSpectralNorm(CudaDevice device, CudaKernels kernels) {
    this.device = device;
    this.kernels = kernels;
  }

  void spectralNorm(Tensor inverse, Tensor u, Tensor v, Tensor w) {
    int rows = (int) u.count();
    int columns = (int) v.count();
    device
        .launch("spectral_norm", "spectral_columns")
        .grid(CudaKernels.blocks(columns, COLUMNS))
        .address(at(v))
        .address(at(w))
        .address(at(u))
        .integer(rows)
        .integer(columns)
        .on(device.stream());
    device
        .launch("spectral_norm", "spectral_rows")
        .grid(rows)
        .address(at(inverse))
        .address(at(u))
        .address(at(v))
        .address(at(w))
        .address(device.partials(rows))
        .address(device.tickets(1))
        .integer(columns)
        .on(device.stream());
  }

  void spectralNormBackward(Tensor dw, Tensor w, Tensor u, Tensor v, Tensor inverse) {
    long blocks = CudaKernels.blocks(dw.count(), DOT_ELEMENTS);
    long partials = device.partials(blocks + 1);
    long product = partials + blocks * Double.BYTES; // after those of the blocks
    device
        .launch("spectral_norm", "spectral_dot")
        .grid(blocks)
        .address(product)
        .address(at(dw))
        .address(at(w))
        .address(partials)
        .address(device.tickets(1))
        .wide(dw.count())
        .on(device.stream());
    device
        .launch("spectral_norm", "spectral_gradient")
        .grid(CudaKernels.blocks(v.count(), CudaKernels.BLOCK_ELEMENTS), u.count())
        .address(at(dw))
        .address(at(u))
        .address(at(v))
        .address(at(inverse))
        .address(product)
        .wide(v.count())
        .on(device.stream());
  }

  private long at(Tensor tensor) {
    return kernels.at(tensor);
  }
}
