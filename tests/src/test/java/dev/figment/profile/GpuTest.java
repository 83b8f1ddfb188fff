package dev.figment.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.figment.device.ConvGeometry;
import org.junit.jupiter.api.Test;

/** Rooflines by hand. */
class GpuTest {
  @Test
  void theLongerOfMemoryAndArithmetic() {
    // 320 GB/s: 32 MB in 100 us; 8.1 TFLOP/s: 810 MFLOP in 100 us.
    assertThat(Gpu.T4.rooflineMicroseconds(32e6, 0)).isCloseTo(100, within(1e-9));
    assertThat(Gpu.T4.rooflineMicroseconds(32e6, 809e6)).isCloseTo(100, within(1e-9));
    assertThat(Gpu.T4.rooflineMicroseconds(32e6, 1620e6)).isCloseTo(200, within(1e-9));
    assertThat(Gpu.H100.rooflineMicroseconds(3350, 0)).isCloseTo(0.001, within(1e-12));
  }

  @Test
  void leastBytesAreWholeSectors() {
    assertThat(KernelWork.inSectors(4, 4)).isEqualTo(64);
    assertThat(KernelWork.inSectors(32, 33, 0)).isEqualTo(96);
  }

  @Test
  void aConvolutionsTapsOnPaddingAreNoWork() {
    // 3 x 3 over 4 x 4 with 1 of padding: 10 of the 12 pairs of rows meet the image, as do columns.
    assertThat(Convolutions.flops(ConvGeometry.of(4, 4, 2, 3, 3, 1, 1), 5))
        .isEqualTo(2L * 5 * 2 * 3 * 10 * 10);
  }
}
