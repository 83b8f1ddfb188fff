package dev.figment.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Resident blocks worked out by hand from the limits of each architecture. */
class MultiprocessorTest {
  @ParameterizedTest
  @CsvSource({
    // warps and blocks
    "75, 256, 32, 0, 4", // 32 warps / 8
    "80, 256, 32, 0, 8", // 64 warps / 8
    "120, 256, 32, 0, 6", // 48 warps / 8
    "75, 32, 32, 0, 16", // at most 16 blocks
    "80, 32, 32, 0, 32",
    "120, 32, 32, 0, 24",
    "80, 33, 16, 0, 32", // a part of a warp is a warp: 64 / 2
    // registers: a warp takes a multiple of 256, a quarter of the multiprocessor has 16384
    "80, 256, 64, 0, 4", // 2048 a warp, 8 warps a quarter, 32 in all / 8
    "80, 256, 65, 0, 3", // 2304 a warp, 7 a quarter, 28 / 8
    "90, 256, 128, 0, 2", // 4096 a warp, 4 a quarter, 16 / 8
    "100, 256, 255, 0, 1", // 8192 a warp, 2 a quarter, 8 / 8
    "80, 1024, 72, 0, 0", // 73,728 registers a block
    // shared memory: units of 128 bytes and 1 KiB reserved, before 8.0 units of 256 and none
    "75, 64, 32, 32768, 2", // 64 / 32 KiB
    "75, 64, 32, 32769, 1",
    "80, 64, 32, 49152, 3", // 164 / 49
    "80, 64, 32, 40960, 4", // exactly 164 / 41
    "80, 64, 32, 40961, 3",
    "90, 64, 32, 75776, 3", // 228 / 75
    "120, 64, 32, 49152, 2", // 100 / 49
  })
  void residentBlocks(int architecture, int threads, int registers, int shared, int blocks) {
    assertThat(Multiprocessor.of(architecture).residentBlocks(threads, registers, shared))
        .isEqualTo(blocks);
  }

  @Test
  void occupancyIsTheShareOfWarps() {
    assertThat(Multiprocessor.of(80).occupancy(256, 65, 0)).isEqualTo(24.0 / 64);
    assertThat(Multiprocessor.of(120).occupancy(512, 40, 0)).isEqualTo(1);
    assertThat(Multiprocessor.of(75).occupancy(256, 40, 33 << 10)).isEqualTo(8.0 / 32);
  }

  @Test
  void anArchitectureThatIsNotKnown() {
    assertThatThrownBy(() -> Multiprocessor.of(61))
        .isInstanceOf(FigmentException.class)
        .hasMessage(
            "A multiprocessor of sm_61 was asked for; those of [75, 80, 90, 100, 120] are known.");
  }
}
