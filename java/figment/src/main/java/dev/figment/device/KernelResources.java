package dev.figment.device;

/**
 * What a kernel takes of a multiprocessor, by NVIDIA's assembler.
 *
 * @param kernel its name
 * @param registers 32-bit registers a thread
 * @param spillBytes bytes a thread stores and loads because registers ran out
 * @param stackBytes of local memory a thread
 * @param sharedBytes of static shared memory a block
 */
public record KernelResources(
    String kernel, int registers, int spillBytes, int stackBytes, int sharedBytes) {}
