package dev.figment.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonLinesTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void setUp() {
    file = folder.resolve("metrics.jsonl");
  }

  @Test
  void eachLineIsInTheFileAtOnce() throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("step", 1);
    fields.put("d_loss", 0.5);
    fields.put("g_loss", Double.NaN);
    try (JsonLines lines = JsonLines.append(file)) {
      lines.write(fields);
      assertThat(Files.readString(file))
          .isEqualTo("{\"step\":1,\"d_loss\":0.5,\"g_loss\":\"NaN\"}\n");
      lines.write(Map.of("step", 2));
      assertThat(Files.readString(file)).endsWith("}\n{\"step\":2}\n");
    }
    try (JsonLines lines = JsonLines.append(file)) {
      lines.write(Map.of("step", 3));
    }
    assertThat(steps()).containsExactly(1, 2, 3);
  }

  @Test
  void halfWrittenLastLineIsPassedOverAndOverwritten() throws IOException {
    Files.writeString(file, "{\"step\":1}\n{\"step\":2,\"d_lo");
    assertThat(steps()).containsExactly(1);
    try (JsonLines lines = JsonLines.append(file)) {
      lines.write(Map.of("step", 3));
    }
    assertThat(Files.readString(file)).isEqualTo("{\"step\":1}\n{\"step\":3}\n");
  }

  @ParameterizedTest
  @CsvSource({"0,0", "9,0", "10,1", "15,1", "20,2", "29,2", "30,3", "1000,3"})
  void cutsBackToAStep(long step, int kept) throws IOException {
    String[] lines = {"{\"step\":10,\"x\":\"é\"}\n", "{\"step\":20}\n", "{\"x\":1,\"step\":30}\n"};
    Files.writeString(file, String.join("", lines) + "{\"step\":3");
    JsonLines.cutBackTo(file, step);
    assertThat(Files.readString(file)).isEqualTo(String.join("", List.of(lines).subList(0, kept)));
  }

  @Test
  void linesWithoutAStepStayOnlyBeforeTheCut() throws IOException {
    Files.writeString(file, "{\"note\":1}\nbroken\n{\"step\":1}\n{\"note\":2}\n{\"step\":2}\n");
    JsonLines.cutBackTo(file, 1);
    assertThat(Files.readString(file)).isEqualTo("{\"note\":1}\nbroken\n{\"step\":1}\n");
  }

  @Test
  void cuttingWhatIsNotThereLeavesItSo() {
    JsonLines.cutBackTo(file, 5);
    assertThat(file).doesNotExist();
  }

  @Test
  void brokenWholeLineIsNamed() throws IOException {
    Files.writeString(file, "{\"step\":1}\n{\"step\":\n{\"step\":3}\n");
    assertThatThrownBy(() -> JsonLines.read(file))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("line 2 is no JSON object");
    Files.writeString(file, "7\n");
    assertThatThrownBy(() -> JsonLines.read(file)).hasMessageContaining("line 1 is no JSON object");
    assertThatThrownBy(() -> JsonLines.read(folder.resolve("none")))
        .hasMessageContaining("there is no such file");
  }

  @Test
  void aFolderOrDeviceIsNoFileToWrite() {
    assertThatThrownBy(() -> JsonLines.append(folder)).hasMessageContaining("no ordinary file");
    assertThatThrownBy(() -> JsonLines.append(Path.of("/dev/full")))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("no ordinary file");
  }

  @Test
  void fullDiskLeavesWholeLines() throws Exception {
    try (TinyDisk disk = TinyDisk.mount(folder.resolve("disk"))) {
      Path full = disk.folder().resolve("metrics.jsonl");
      Map<String, Object> line = Map.of("step", 1, "text", "x".repeat(5000));
      try (JsonLines lines = JsonLines.append(full)) {
        assertThatThrownBy(
                () -> {
                  for (int i = 0; i < 100; i++) {
                    lines.write(line);
                  }
                })
            .isInstanceOf(FigmentException.class)
            .hasMessageContaining("no space left on the disk");
      }
      assertThat(Files.readString(full)).endsWith("}\n");
      assertThat(JsonLines.read(full)).hasSizeGreaterThan(5).hasSizeLessThan(14);
    }
  }

  private List<Integer> steps() {
    return JsonLines.read(file).stream()
        .map((ObjectNode line) -> line.get("step").intValue())
        .toList();
  }
}
