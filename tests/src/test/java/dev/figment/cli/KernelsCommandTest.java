package dev.figment.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.figment.cuda.ShippedKernels;
import dev.figment.device.KernelResources;
import dev.figment.profile.KernelCatalogue;
import dev.figment.profile.KernelProfile;
import dev.figment.profile.Operation;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels' report, and what it must say of every kernel. */
class KernelsCommandTest {
  private static final double MOST_BYTES = 1.1; // of the bound
  private static final double MOST_CONFLICTS = 0.05; // of the wavefronts without

  @TempDir private static Path folder;
  private static final List<JsonNode> ROWS = new ArrayList<>();
  private static String printed;

  /** In a process of its own: counting wants a GPU that does not check. */
  @BeforeAll
  static void report() throws Exception {
    assumeTrue(
        System.getProperty("os.arch").equals("amd64"),
        "the simulated GPU is there on x86-64 alone");
    assumeTrue(
        ShippedKernels.class.getResource("ptx/sha256sums") != null,
        "clang 17 or later is not here: there are no CUDA kernels to count");
    String architectures = Boolean.getBoolean("figment.full") ? "sm_75,sm_80,sm_90" : "sm_80";
    Path json = folder.resolve("kernels.json");
    Path log = folder.resolve("log");
    Process process =
        Program.start(
            log,
            Map.of("SIMGPU_CC", "9.0", "SIMGPU_CHECK", "0"),
            "kernels",
            "--arch",
            architectures,
            "--json",
            json.toString());
    int code = process.waitFor();
    assertThat(code).as(Files.readString(folder.resolve("log.err"))).isZero();
    printed = Files.readString(folder.resolve("log.out"));
    JsonMapper.builder().build().readTree(Files.readAllBytes(json)).forEach(ROWS::add);
  }

  @Test
  void everyKernelThatShipsIsInTheCatalogue() {
    assertThat(ROWS.stream().map(row -> row.get("kernel").asText()))
        .as("kernels without an entry in dev.figment.profile.KernelCatalogue")
        .containsAll(ShippedKernels.of(80).stream().map(it -> it.name()).toList());
  }

  @Test
  void everyKernelWasCountedAndAssembled() {
    assertThat(printed).doesNotContain("Missing: ");
    assertThat(ROWS)
        .allSatisfy(
            row -> {
              assertThat(row.get("sectors").asLong()).as(name(row)).isPositive();
              assertThat(row.get("registers").asInt()).as(name(row)).isPositive();
              assertThat(row.get("occupancy").asDouble()).as(name(row)).isPositive();
              assertThat(row.get("spill_bytes").asInt()).as(name(row)).isZero();
              assertThat(row.get("bytes_moved").asLong())
                  .as(name(row))
                  .isEqualTo(32 * row.get("sectors").asLong());
            });
  }

  @Test
  void nothingIsAskedForTwice() {
    assertThat(ROWS)
        .allSatisfy(
            row ->
                assertThat(row.get("bytes_moved").asDouble() / row.get("bytes_bound").asDouble())
                    .as(name(row))
                    .isLessThanOrEqualTo(MOST_BYTES));
  }

  /** On aligned tensors an element-wise kernel asks for every sector exactly once. */
  @Test
  void elementWiseKernelsAskForIdealSectors() {
    assertThat(ROWS)
        .filteredOn(
            row ->
                List.of("elementwise", "activation", "layout").contains(text(row, "family"))
                    && !text(row, "kernel").equals("scale_by")) // each warp reads the factor
        .isNotEmpty()
        .allSatisfy(
            row ->
                assertThat(row.get("bytes_moved").asLong())
                    .as(name(row))
                    .isEqualTo(row.get("bytes_bound").asLong()));
  }

  @Test
  void bankConflictsAreFewAndHaveAReason() {
    assertThat(ROWS)
        .filteredOn(row -> row.get("bank_conflicts").asLong() > 0)
        .allSatisfy(
            row -> {
              assertThat(text(row, "conflict_reason")).as(name(row)).isNotEmpty();
              assertThat(row.get("bank_conflicts").asDouble())
                  .as(name(row))
                  .isLessThanOrEqualTo(MOST_CONFLICTS * row.get("ideal_wavefronts").asDouble());
            });
  }

  @Test
  void counts() {
    // 64x16x16x128 numbers of 4 bytes, two read and one written; a FLOP each.
    JsonNode add = ROWS.stream().filter(row -> text(row, "kernel").equals("add")).findFirst().get();
    assertThat(add.get("bytes_moved").asLong()).isEqualTo(12L * 64 * 16 * 16 * 128);
    assertThat(add.get("flops").asLong()).isEqualTo(64L * 16 * 16 * 128);
    assertThat(add.get("lanes").asDouble()).isBetween(31.9, 32.0);
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 72, 80, 100})
  void theTableIsNoWiderThanTheTerminal(int columns) {
    List<KernelProfile> profiles = new ArrayList<>();
    for (Operation operation : KernelCatalogue.operations()) {
      operation
          .kernels()
          .forEach(
              work ->
                  profiles.add(
                      new KernelProfile(
                          operation,
                          work,
                          operation.family(),
                          80,
                          256,
                          Optional.of(new KernelResources(work.kernel(), 40, 0, 0, 2048)),
                          Optional.empty())));
    }
    StringWriter out = new StringWriter();
    new KernelTable(new PrintWriter(out), columns).print(profiles, List.of("a note"));
    assertThat(out.toString().lines()).allMatch(line -> line.length() <= columns);
    // 40 registers: 1280 a warp, 12 warps a quarter, 48 of 64.
    assertThat(out.toString()).contains("   40     0   2048  75%");
  }

  @Test
  void aNameThatIsNotThere() {
    Program.Result result = Program.run("kernels", "adamm");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("There is no kernel adamm; did you mean adam?");
  }

  @Test
  void anArchitectureThatIsNotThere() {
    Program.Result result = Program.run("kernels", "--arch", "sm_61");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .contains("--arch sm_61 was asked for; known are sm_75, sm_80, sm_90, sm_100, sm_120.");
  }

  @Test
  void quantities() {
    assertThat(List.of(Quantity.of(999), Quantity.of(1000), Quantity.of(25_165_824)))
        .containsExactly("999", "1.00 k", "25.2 M");
    assertThat(List.of(Quantity.bytes(64), Quantity.bytes(999_960)))
        .containsExactly("64 B", "1.00 MB");
  }

  private static String name(JsonNode row) {
    return "%s of %s %s on %s"
        .formatted(
            text(row, "kernel"), text(row, "operation"), text(row, "shape"), text(row, "arch"));
  }

  private static String text(JsonNode row, String field) {
    return row.get(field).asText();
  }
}
