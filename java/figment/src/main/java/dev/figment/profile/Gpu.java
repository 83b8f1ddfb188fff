package dev.figment.profile;

/**
 * GPUs by their datasheets, for a roofline: a kernel takes at least the time that memory needs for
 * its bytes, and at least the time that the FP32 units need for its operations. A model, not a
 * measurement: no kernel reaches both peaks, and launching takes microseconds besides.
 *
 * <p>Source: Williams, Waterman and Patterson, "Roofline" (CACM 2009); figures of NVIDIA's
 * datasheets of the boards.
 */
public enum Gpu {
  T4("T4", 75, 320, 8.1),
  A100("A100 80G", 80, 2039, 19.5),
  RTX_4090("RTX 4090", 89, 1008, 82.6),
  H100("H100 SXM", 90, 3350, 67),
  B200("B200", 100, 8000, 80);

  private final String title;
  private final int capability;
  private final double gigabytes;
  private final double teraflops;

  Gpu(String title, int capability, double gigabytes, double teraflops) {
    this.title = title;
    this.capability = capability;
    this.gigabytes = gigabytes;
    this.teraflops = teraflops;
  }

  /** The board's name. */
  public String title() {
    return title;
  }

  /** Compute capability: 89 is 8.9. */
  public int capability() {
    return capability;
  }

  /** Peak of device memory, GB/s. */
  public double gigabytesPerSecond() {
    return gigabytes;
  }

  /** Peak in FP32, without tensor cores, TFLOP/s. */
  public double teraflopsPerSecond() {
    return teraflops;
  }

  /** The least time in microseconds for bytes of device memory and FP32 operations. */
  public double rooflineMicroseconds(double bytes, double flops) {
    return Math.max(bytes / gigabytes * 1e-3, flops / teraflops * 1e-6);
  }

  /** Whether memory, not arithmetic, is what the roofline has in the way. */
  public boolean isMemoryBound(double bytes, double flops) {
    return bytes / gigabytes * 1e-3 >= flops / teraflops * 1e-6;
  }
}
