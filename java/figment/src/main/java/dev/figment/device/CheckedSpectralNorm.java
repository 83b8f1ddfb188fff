package dev.figment.device;

import static dev.figment.device.Checks.reals;
import static dev.figment.device.Checks.same;

/** {@link SpectralNormKernels} of {@link CheckedKernels}. */
interface CheckedSpectralNorm extends SpectralNormKernels {
  Kernels kernels();

  @Override
  default void spectralNorm(Tensor inverse, Tensor u, Tensor v, Tensor w) {
    SpectralNormChecks.check("spectralNorm", w, u, v, inverse);
    kernels().spectralNorm(inverse, u, v, w);
  }

  @Override
  default void spectralNormBackward(Tensor dw, Tensor w, Tensor u, Tensor v, Tensor inverse) {
    SpectralNormChecks.check("spectralNormBackward", w, u, v, inverse);
    reals("spectralNormBackward", dw);
    same("spectralNormBackward", "dw", dw, "w", w);
    kernels().spectralNormBackward(dw, w, u, v, inverse);
  }
}
