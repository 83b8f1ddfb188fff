package dev.figment.contract;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.GradientMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The cases of the convolution contracts: a checked-in covering table, geometries that networks
 * use, and in a full run a product of the factors that choose code paths (1792 cases).
 */
final class ConvCases {
  /** The table as a class-path resource. */
  static final String TABLE = "conv-cases.csv";

  private ConvCases() {}

  /** The factors of the table and their levels. */
  static Map<String, List<String>> factors() {
    Map<String, List<String>> factors = new LinkedHashMap<>();
    factors.put("batch", List.of("1", "2", "3"));
    factors.put("channels", List.of("1", "2", "3", "4", "5", "8", "33", "64"));
    factors.put("small_channels", List.of("1", "2", "3", "4", "5", "8", "33", "64"));
    factors.put("small_height", List.of("1", "2", "3", "5"));
    factors.put("small_width", List.of("1", "2", "4", "7"));
    factors.put("kernel_height", List.of("1", "2", "3", "4", "5", "6", "7"));
    factors.put("kernel_width", List.of("1", "2", "3", "4", "5", "6", "7"));
    factors.put("stride_height", List.of("1", "2", "3", "4"));
    factors.put("stride_width", List.of("1", "2", "3", "4"));
    factors.put("pad_vertical", List.of("none", "split", "before", "after"));
    factors.put("pad_horizontal", List.of("none", "split", "before", "after"));
    factors.put("left_over", List.of("none", "most"));
    factors.put("activation", List.of("IDENTITY", "RELU", "LEAKY_RELU", "TANH", "SIGMOID"));
    factors.put("bias", List.of("yes", "no"));
    factors.put("mode", List.of("OVERWRITE", "ACCUMULATE"));
    return factors;
  }

  /** The cases of this run. */
  static Stream<ConvCase> selected() {
    Stream<ConvCase> always = Stream.concat(table().stream().map(ConvCase::of), networks());
    return ContractTest.full()
        ? Stream.concat(always, Stream.concat(dcgan64(), product()))
        : always;
  }

  /** The checked-in table. */
  static List<Map<String, String>> table() {
    try (InputStream stream = ConvCases.class.getResourceAsStream(TABLE)) {
      String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      List<String> lines = text.lines().toList();
      String[] names = lines.get(0).split(",");
      return lines.stream().skip(1).map(line -> row(names, line.split(","))).toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Map<String, String> row(String[] names, String[] levels) {
    Map<String, String> row = new LinkedHashMap<>();
    for (int i = 0; i < names.length; i++) {
      row.put(names[i], levels[i]);
    }
    return row;
  }

  /** The table's text as the generator writes it. */
  static String text(List<Map<String, String>> rows) {
    List<String> lines = new ArrayList<>();
    lines.add(String.join(",", factors().keySet()));
    rows.forEach(row -> lines.add(String.join(",", row.values())));
    return String.join("\n", lines) + "\n";
  }

  /** Layers of real networks at batch 2, and corners the factors do not reach. */
  private static Stream<ConvCase> networks() {
    int part = ContractTest.divisor(4); // of the widest layers' channels
    Stream<ConvGeometry> geometries =
        Stream.of(
            // The generator's transposed convolutions, to one and to three channels.
            ConvGeometry.transposedSame(7, 7, 256 / part, 128 / part, 5, 1),
            ConvGeometry.transposedSame(7, 7, 128 / part, 64 / part, 5, 2),
            ConvGeometry.transposedSame(14, 14, 64, 1, 5, 2),
            ConvGeometry.transposedSame(14, 14, 64, 3, 5, 2),
            // The discriminator's convolutions.
            ConvGeometry.same(28, 28, 1, 64, 5, 2),
            ConvGeometry.same(28, 28, 3, 64, 5, 2),
            ConvGeometry.same(14, 14, 64 / part, 128 / part, 5, 2),
            // DCGAN: 4x4 kernels, and the first layer, a plain product.
            ConvGeometry.transposed(4, 4, 64, 32, 4, 2, 1, 0),
            ConvGeometry.transposed(1, 1, 100, 64, 4, 1, 0, 0),
            ConvGeometry.transposed(5, 5, 16, 8, 5, 2, 2, 1),
            // DCGAN-64's first step up with an eighth of its channels; the net itself in a full
            // run.
            ConvGeometry.transposedSame(4, 4, 128, 64, 5, 2),
            // Padding of a whole kernel on every side; a stride wider than the kernel.
            ConvGeometry.of(3, 2, 5, 6, 4, 1, 3),
            ConvGeometry.of(9, 11, 3, 7, 2, 4, 0),
            ConvGeometry.of(1, 1, 1, 1, 1, 1, 0));
    return geometries.map(ConvCases::atBatchTwo);
  }

  /** The published net: 4x4x1024 to 64x64x3. Radford et al. (2016), figure 1. */
  private static Stream<ConvCase> dcgan64() {
    return Stream.of(
            ConvGeometry.transposedSame(4, 4, 1024, 512, 5, 2),
            ConvGeometry.transposedSame(8, 8, 512, 256, 5, 2),
            ConvGeometry.transposedSame(16, 16, 256, 128, 5, 2),
            ConvGeometry.transposedSame(32, 32, 128, 3, 5, 2))
        .map(ConvCases::atBatchTwo);
  }

  private static ConvCase atBatchTwo(ConvGeometry geometry) {
    return new ConvCase(2, geometry, Activation.leakyRelu(0.2), true, GradientMode.OVERWRITE);
  }

  /**
   * Every square kernel, stride, padding, left-over and number of channels; the rest goes round.
   */
  private static Stream<ConvCase> product() {
    Map<String, List<String>> factors = factors();
    List<Map<String, String>> rows = List.of(Map.of());
    for (String name :
        List.of("kernel_height", "stride_height", "pad_vertical", "left_over", "channels")) {
      List<Map<String, String>> shorter = rows;
      rows =
          shorter.stream()
              .flatMap(row -> factors.get(name).stream().map(level -> with(row, name, level)))
              .toList();
    }
    List<Map<String, String>> product = rows;
    return IntStream.range(0, product.size()).mapToObj(i -> rounded(product.get(i), i));
  }

  private static Map<String, String> with(Map<String, String> row, String name, String level) {
    Map<String, String> longer = new LinkedHashMap<>(row);
    longer.put(name, level);
    return longer;
  }

  /** Row {@code index} of the product with the factors it lacks. */
  private static ConvCase rounded(Map<String, String> row, int index) {
    Map<String, String> all = new LinkedHashMap<>(row);
    all.put("kernel_width", row.get("kernel_height"));
    all.put("stride_width", row.get("stride_height"));
    all.put("pad_horizontal", row.get("pad_vertical"));
    factors()
        .forEach(
            (name, levels) ->
                all.putIfAbsent(
                    name, levels.get(Math.floorMod(index / 3 + name.hashCode(), levels.size()))));
    return ConvCase.of(all);
  }

  /** Writes the table to the path given: run it after changing the factors. */
  public static void main(String[] arguments) throws IOException {
    Files.writeString(Path.of(arguments[0]), text(new CoveringTable(factors()).generate()));
  }
}
