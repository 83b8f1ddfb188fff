/**
 * What can be said of the CUDA kernels without a GPU: registers and occupancy, what they move and
 * compute by the simulated GPU's counters, the least they would have to move, and a roofline. None
 * of it is a measurement of time.
 */
package dev.figment.profile;
