package dev.figment.cuda;

import dev.figment.device.SpectralNormKernels;
import dev.figment.device.Tensor;

/** The spectral normalisation of {@link CudaKernels}. */
interface CudaSpectralNorm extends SpectralNormKernels, CudaCalls {
  /** Columns and elements of a block: kColumns and kDotElements of kernels/spectral_norm.cu. */
  long COLUMNS = 32;

  long DOT_ELEMENTS = 16L * CudaLaunch.THREADS;

  @Override
  default void spectralNorm(Tensor inverse, Tensor u, Tensor v, Tensor w) {
    int rows = (int) u.count();
    int columns = (int) v.count();
    device()
        .launch("spectral_norm", "spectral_columns")
        .grid(CudaCalls.blocks(columns, COLUMNS))
        .address(at(v))
        .address(at(w))
        .address(at(u))
        .integer(rows)
        .integer(columns)
        .on(device().stream());
    device()
        .launch("spectral_norm", "spectral_rows")
        .grid(rows)
        .address(at(inverse))
        .address(at(u))
        .address(at(v))
        .address(at(w))
        .address(device().partials(rows))
        .address(device().tickets(1))
        .integer(columns)
        .on(device().stream());
  }

  @Override
  default void spectralNormBackward(Tensor dw, Tensor w, Tensor u, Tensor v, Tensor inverse) {
    long blocks = CudaCalls.blocks(dw.count(), DOT_ELEMENTS);
    long partials = device().partials(blocks + 1);
    long product = partials + blocks * Double.BYTES; // after those of the blocks
    device()
        .launch("spectral_norm", "spectral_dot")
        .grid(blocks)
        .address(product)
        .address(at(dw))
        .address(at(w))
        .address(partials)
        .address(device().tickets(1))
        .wide(dw.count())
        .on(device().stream());
    device()
        .launch("spectral_norm", "spectral_gradient")
        .grid(CudaCalls.blocks(v.count(), CudaCalls.BLOCK_ELEMENTS), u.count())
        .address(at(dw))
        .address(at(u))
        .address(at(v))
        .address(at(inverse))
        .address(product)
        .wide(v.count())
        .on(device().stream());
  }
}
