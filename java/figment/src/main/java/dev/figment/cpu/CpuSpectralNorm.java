package dev.figment.cpu;

import dev.figment.device.Tensor;

/** The spectral normalisation of {@link CpuKernels}. */
final class CpuSpectralNorm {
  private final CpuDevice device;
  private final CpuKernels kernels;

  CpuSpectralNorm(CpuDevice device, CpuKernels kernels) {
    this.device = device;
    this.kernels = kernels;
  }

  void spectralNorm(Tensor inverse, Tensor u, Tensor v, Tensor w) {
    long ctx = device.context("spectralNorm");
    CpuKernels.check(
        ctx,
        CpuNative.spectralNorm(
            ctx, at(inverse), at(u), at(v), at(w), (int) u.count(), (int) v.count()));
  }

  void spectralNormBackward(Tensor dw, Tensor w, Tensor u, Tensor v, Tensor inverse) {
    long ctx = device.context("spectralNormBackward");
    CpuKernels.check(
        ctx,
        CpuNative.spectralNormBackward(
            ctx, at(dw), at(w), at(u), at(v), at(inverse), (int) u.count(), (int) v.count()));
  }

  private long at(Tensor tensor) {
    return kernels.at(tensor);
  }
}
