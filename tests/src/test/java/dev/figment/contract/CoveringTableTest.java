package dev.figment.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CoveringTableTest {
  @Test
  void checkedInTableCoversEveryPair() {
    assertThat(new CoveringTable(ConvCases.factors()).missing(ConvCases.table())).isEmpty();
  }

  @Test
  void checkedInTableIsWhatTheGeneratorWrites() {
    assertThat(ConvCases.text(ConvCases.table()))
        .isEqualTo(ConvCases.text(new CoveringTable(ConvCases.factors()).generate()));
  }

  @Test
  void missingPairsAreNamed() {
    Map<String, List<String>> factors = new LinkedHashMap<>();
    factors.put("a", List.of("1", "2"));
    factors.put("b", List.of("x", "y"));
    factors.put("c", List.of("p"));
    CoveringTable table = new CoveringTable(factors);
    assertThat(table.generate()).hasSize(4);
    assertThat(table.missing(table.generate())).isEmpty();
    assertThat(table.missing(table.generate().subList(0, 3)))
        .singleElement()
        .asString()
        .matches("a . with b .");
  }
}
