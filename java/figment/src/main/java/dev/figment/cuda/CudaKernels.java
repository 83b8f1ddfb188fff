package dev.figment.cuda;

import dev.figment.device.Kernels;

/**
 * The contract over the kernels of kernels/*.cu; shapes were checked before. Grids depend on sizes
 * alone, so that results do not depend on the GPU.
 */
record CudaKernels(CudaDevice device, GemmKernels gemm, CudaImageLayer imageLayer)
    implements Kernels,
        CudaElementwise,
        CudaProducts,
        CudaBatchNorm,
        CudaSpectralNorm,
        CudaReductions,
        CudaLosses,
        CudaRecurrent,
        CudaOptimizers {
  CudaKernels(CudaDevice device) {
    this(device, new GemmKernels(device), new CudaImageLayer(device));
  }
}
