package dev.figment.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The PTX that ships. */
class PtxTest {
  private static final Pattern SUM = Pattern.compile("([0-9a-f]{64}) +(sm_(\\d+)/(\\w+)\\.ptx)");

  @BeforeEach
  void assumeKernels() {
    assumeTrue(
        Ptx.class.getResource("ptx/sha256sums") != null,
        "clang 17 or later is not here: there are no CUDA kernels");
  }

  @ParameterizedTest
  @CsvSource({"75, sm_75", "80, sm_80", "86, sm_80", "89, sm_80", "90, sm_90", "120, sm_90"})
  void aGpuTakesTheHighestArchitectureNotAboveItsOwn(int capability, String architecture) {
    assertThat(Ptx.shipped(capability).architecture()).isEqualTo(architecture);
  }

  @Test
  void aGpuTooOldIsRefused() {
    assertThatThrownBy(() -> Ptx.shipped(61))
        .isInstanceOf(FigmentException.class)
        .hasMessage(
            "The GPU has compute capability 6.1 and the kernels need 7.5 or later; take the device cpu.");
  }

  @Test
  void filesAreOfPtx80AndHaveTheirHashes() throws IOException, NoSuchAlgorithmException {
    List<String> lines;
    try (var stream = Ptx.class.getResourceAsStream("ptx/sha256sums")) {
      lines = new String(stream.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
    assertThat(lines).hasSizeGreaterThanOrEqualTo(8 * Ptx.ARCHITECTURES.length);
    for (String line : lines) {
      Matcher sum = SUM.matcher(line);
      assertThat(sum.matches()).as(line).isTrue();
      String text = Ptx.shippedFor(Integer.parseInt(sum.group(3))).read(sum.group(4));
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      assertThat(HexFormat.of().formatHex(hash)).as(sum.group(2)).isEqualTo(sum.group(1));
      assertThat(text)
          .as(sum.group(2))
          .contains(".version 8.0\n", ".target sm_" + sum.group(3), ".address_size 64")
          .doesNotContain(System.getProperty("figment.root"));
    }
  }

  /** Each contraction is written out, so that a compiler's choice cannot change a result. */
  @Test
  void arithmeticIsRoundedAsWritten() {
    for (int architecture : Ptx.ARCHITECTURES) {
      String text = Ptx.shippedFor(architecture).read("optimizer");
      assertThat(text).doesNotContainPattern("\\b(mul|add|sub)\\.f(32|64)\\b");
    }
  }
}
