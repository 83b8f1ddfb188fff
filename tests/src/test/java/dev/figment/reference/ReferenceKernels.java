package dev.figment.reference;

import dev.figment.device.Kernels;

/** The contract in plain loops, in double precision: nothing is reordered, fused or skipped. */
final class ReferenceKernels
    implements Kernels,
        ReferenceElementwise,
        ReferenceProducts,
        ReferenceBatchNorm,
        ReferenceSpectralNorm,
        ReferenceReductions,
        ReferenceLosses,
        ReferenceRecurrent,
        ReferenceOptimizers {}
