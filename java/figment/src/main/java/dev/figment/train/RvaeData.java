package dev.figment.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.figment.data.Scaling;
import dev.figment.data.SequenceDataset;
import dev.figment.data.SeriesDataset;
import dev.figment.data.TextDataset;
import dev.figment.data.Vocabulary;
import dev.figment.device.FigmentException;
import dev.figment.device.RandomStream;
import dev.figment.device.UniformIntegers;
import dev.figment.model.RvaeArchitecture;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a recurrent VAE keeps of the data it was trained on, to read others like them and to write
 * what it generates in their units.
 *
 * @param scaling of numbers; null for symbols
 * @param vocabulary of symbols; null for numbers
 * @param lengths how many training sequences have each length, the first being length 1
 */
public record RvaeData(Scaling scaling, Vocabulary vocabulary, long[] lengths) {
  private static final String SCALING = "scaling";
  private static final String VOCABULARY = "vocabulary";
  private static final String LENGTHS = "lengths";

  /** Loaded where it is needed, which training's first step is not. */
  private static final class Json {
    static final JsonMapper MAPPER = JsonMapper.builder().build();
  }

  /** Of training data. */
  public static RvaeData of(SequenceDataset data) {
    long[] lengths = new long[data.steps()];
    if (data instanceof SeriesDataset series) {
      for (int window = 0; window < series.size(); window++) {
        lengths[series.length(window) - 1]++;
      }
      return new RvaeData(series.scaling(), null, lengths);
    }
    lengths[data.steps() - 1] = data.size();
    return new RvaeData(null, ((TextDataset) data).vocabulary(), lengths);
  }

  /** Refuses data that the networks cannot read. */
  static void check(RvaeArchitecture architecture, SequenceDataset data) {
    boolean fits =
        data instanceof SeriesDataset series
            ? series.features() == architecture.features()
            : ((TextDataset) data).vocabulary().size() == architecture.symbols();
    if (!fits || data.steps() != architecture.steps()) {
      throw new FigmentException(
          "The networks read %d steps of %d %s and %s holds windows of %d steps of %s; give data of that form."
              .formatted(
                  architecture.steps(),
                  Math.max(architecture.features(), architecture.symbols()),
                  architecture.isText() ? "symbols" : "numbers",
                  data.name(),
                  data.steps(),
                  data instanceof SeriesDataset series
                      ? series.features() + " numbers"
                      : ((TextDataset) data).vocabulary().size() + " symbols"));
    }
  }

  /** Adds it to a checkpoint's metadata. */
  void describe(Map<String, String> metadata) {
    metadata.put(
        LENGTHS, Arrays.stream(lengths).mapToObj(Long::toString).collect(Collectors.joining(",")));
    if (scaling == null) {
      metadata.put(VOCABULARY, vocabulary.characters());
      return;
    }
    try {
      metadata.put(SCALING, Json.MAPPER.writeValueAsString(scaling));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A scaling of numbers and names is always JSON.", e);
    }
  }

  /** Reads it from a checkpoint's metadata, which may be damaged. */
  static RvaeData read(Path checkpoint, Map<String, String> metadata) {
    try {
      long[] lengths =
          Arrays.stream(metadata.getOrDefault(LENGTHS, "").split(","))
              .mapToLong(Long::parseLong)
              .toArray();
      String scaling = metadata.get(SCALING);
      String vocabulary = metadata.get(VOCABULARY);
      boolean drawable = Arrays.stream(lengths).allMatch(n -> n >= 0 && n <= Integer.MAX_VALUE);
      long all = drawable ? Arrays.stream(lengths).sum() : 0;
      if (all > 0 && all <= Integer.MAX_VALUE && (scaling == null) != (vocabulary == null)) {
        return new RvaeData(
            scaling == null ? null : Json.MAPPER.readValue(scaling, Scaling.class),
            vocabulary == null ? null : Vocabulary.restore(vocabulary),
            lengths);
      }
    } catch (JsonProcessingException | NumberFormatException e) {
      throw damaged(checkpoint, e);
    }
    throw damaged(checkpoint, null);
  }

  private static FigmentException damaged(Path checkpoint, Exception cause) {
    return new FigmentException(
        "%s does not say how its data were read; the file is damaged.".formatted(checkpoint),
        cause);
  }

  /** Whether data are as these were: scaled or numbered alike, and of the same lengths. */
  public boolean isOf(SequenceDataset data) {
    RvaeData other = of(data);
    return Arrays.equals(lengths, other.lengths)
        && (scaling == null
            ? other.vocabulary != null
                && vocabulary.characters().equals(other.vocabulary.characters())
            : scaling.equals(other.scaling));
  }

  /** T. */
  public int steps() {
    return lengths.length;
  }

  /** Lengths drawn from those of the training data, the same for a seed. */
  public int[] drawLengths(int count, long seed) {
    UniformIntegers random = new UniformIntegers(0, RandomStream.OBSERVATIONS, ~seed);
    int total = Math.toIntExact(Arrays.stream(lengths).sum());
    int[] drawn = new int[count];
    for (int i = 0; i < count; i++) {
      long left = random.below(total);
      int length = 0;
      while (left >= lengths[length]) {
        left -= lengths[length++];
      }
      drawn[i] = length + 1;
    }
    return drawn;
  }
}
