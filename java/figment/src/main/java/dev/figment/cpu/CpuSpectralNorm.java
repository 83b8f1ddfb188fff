package dev.figment.cpu;

import static dev.figment.cpu.CpuCalls.check;

import dev.figment.device.SpectralNormKernels;
import dev.figment.device.Tensor;

/** The spectral normalisation of {@link CpuKernels}. */
interface CpuSpectralNorm extends SpectralNormKernels, CpuCalls {
  @Override
  default void spectralNorm(Tensor inverse, Tensor u, Tensor v, Tensor w) {
    long ctx = device().context("spectralNorm");
    check(
        ctx,
        CpuNative.spectralNorm(
            ctx, at(inverse), at(u), at(v), at(w), (int) u.count(), (int) v.count()));
  }

  @Override
  default void spectralNormBackward(Tensor dw, Tensor w, Tensor u, Tensor v, Tensor inverse) {
    long ctx = device().context("spectralNormBackward");
    check(
        ctx,
        CpuNative.spectralNormBackward(
            ctx, at(dw), at(w), at(u), at(v), at(inverse), (int) u.count(), (int) v.count()));
  }
}
