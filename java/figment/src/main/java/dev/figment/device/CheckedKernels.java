package dev.figment.device;

/** {@link Kernels} with every argument checked once, at the edge; the work is the delegate's. */
public record CheckedKernels(Kernels kernels)
    implements Kernels,
        CheckedElementwise,
        CheckedProducts,
        CheckedBatchNorm,
        CheckedSpectralNorm,
        CheckedReductions,
        CheckedLosses,
        CheckedRecurrent,
        CheckedOptimizers {}
