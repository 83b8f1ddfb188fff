package dev.figment.train;

import dev.figment.io.SafetensorsReader;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What a conditional run's checkpoint says of its classes. */
public final class ClassNames {
  private static final String CLASSES = "classes";
  private static final String NAMES = "class-names";
  private static final int MOST = 256; // a data set's label is a byte

  private ClassNames() {}

  /** Adds them to what is to be saved: a name a line, line breaks within a name become spaces. */
  static void put(Map<String, String> metadata, int classes, List<String> names) {
    metadata.put(CLASSES, "" + classes);
    metadata.put(
        NAMES,
        names.stream().map(name -> name.replaceAll("\\R", " ")).collect(Collectors.joining("\n")));
  }

  /** How many there are; 0 of a run without labels. */
  static int count(RunFolder folder, Map<String, String> metadata) {
    return metadata.containsKey(CLASSES)
        ? (int) Checkpoint.number(folder.checkpoint(), metadata, CLASSES, 2, MOST)
        : 0;
  }

  /** The names of the labels from 0 on; empty where they have none. */
  static List<String> of(Map<String, String> metadata) {
    String names = metadata.getOrDefault(NAMES, "");
    return names.isEmpty() ? List.of() : List.of(names.split("\n", -1));
  }

  /**
   * What the columns of a run's own grids show: names, or numbers where there are none; empty of a
   * run without labels or without a checkpoint.
   */
  public static List<String> ofColumns(RunFolder folder) {
    if (!Files.exists(folder.checkpoint())) {
      return List.of();
    }
    try (SafetensorsReader reader = SafetensorsReader.open(folder.checkpoint())) {
      List<String> names = of(reader.metadata());
      return IntStream.range(0, SampleGrid.columns(count(folder, reader.metadata())))
          .mapToObj(i -> i < names.size() ? names.get(i) : "" + i)
          .toList();
    }
  }
}
