package dev.figment.device;

/**
 * The contract: one method per operation, the same on every device. Outputs come first, then
 * inputs, then sizes and constants. Layouts are channels-last and row-major. Unless a method says
 * otherwise, outputs are REAL, are overwritten, and overlap no input; "may alias" means the very
 * same tensor.
 *
 * <p>Obtained from a device, every call is checked by {@link CheckedKernels}: a wrong shape or type
 * is a {@link FigmentException} and nothing runs. Results are reproducible: the same device, plan
 * and inputs give the same bits.
 */
public interface Kernels
    extends ElementwiseKernels,
        ProductKernels,
        BatchNormKernels,
        SpectralNormKernels,
        ReductionKernels,
        LossKernels,
        RecurrentKernels,
        OptimizerKernels {}
