package dev.figment.cpu;

import dev.figment.device.Kernels;

/** The contract over the C ABI of {@code native/include/figment.h}; shapes were checked before. */
record CpuKernels(CpuDevice device)
    implements Kernels,
        CpuElementwise,
        CpuProducts,
        CpuBatchNorm,
        CpuSpectralNorm,
        CpuReductions,
        CpuLosses,
        CpuRecurrent,
        CpuOptimizers {}
