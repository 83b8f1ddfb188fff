package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SequenceBatchesTest {
  private static final int STREAM = 2;

  /** 23 windows of one character each. */
  private static TextDataset data() {
    StringBuilder text = new StringBuilder();
    for (char c = 'A'; c < 'A' + 23; c++) {
      text.append(c);
    }
    return TextDataset.split("letters", text + "abcdef", 1, 1).train();
  }

  @Test
  void anEpochShowsEachWindowAtMostOnce() {
    try (SequenceBatches batches = new SequenceBatches(data(), 5, 7, STREAM)) {
      assertThat(batches.batchesPerEpoch()).isEqualTo(4);
      for (int epoch = 0; epoch < 3; epoch++) {
        List<Integer> seen = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          for (int symbol : batches.next().symbols()) {
            seen.add(symbol);
          }
          assertThat(batches.epoch()).isEqualTo(epoch);
          assertThat(batches.position()).isEqualTo(5 * (i + 1));
        }
        assertThat(seen).hasSize(20).doesNotHaveDuplicates();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 9})
  void goesOnFromASavedPlaceWhateverWasDrawnAhead(int before) {
    try (SequenceBatches straight = new SequenceBatches(data(), 5, 7, STREAM);
        SequenceBatches resumed = new SequenceBatches(data(), 5, 7, STREAM)) {
      for (int i = 0; i < before; i++) {
        straight.next();
      }
      resumed.next();
      resumed.restore(straight.epoch(), straight.position());
      for (int i = 0; i < 12; i++) {
        assertThat(resumed.next().symbols()).isEqualTo(straight.next().symbols());
      }
    }
  }

  @Test
  void numbersComeWithMaskAndLengths() {
    SeriesDataset series = Sines.make(6, 3).split(6, 6, Scaling.Kind.MINMAX).validation();
    try (SequenceBatches batches = new SequenceBatches(series, 4, 7, STREAM)) {
      SequenceBatch batch = batches.next();
      SequenceBatch expected = series.batch(4);
      int[] order = Shuffle.order(series.size(), 0, STREAM, 7);
      series.gather(Arrays.copyOf(order, 4), expected);
      assertThat(batch.values()).isEqualTo(expected.values());
      assertThat(batch.mask()).isEqualTo(expected.mask());
      assertThat(batch.lengths()).containsExactly(6, 6, 6, 6);
    }
  }

  @Test
  void impossibleBatchesAndPlacesAreRefused() {
    assertThatThrownBy(() -> new SequenceBatches(data(), 24, 7, STREAM))
        .isInstanceOf(FigmentException.class)
        .hasMessage(
            "cannot draw batches of 24 from the 23 windows of letters: choose a batch from 1 to 23");
    try (SequenceBatches batches = new SequenceBatches(data(), 5, 7, STREAM)) {
      assertThatThrownBy(() -> batches.restore(0, 7))
          .hasMessageStartingWith("cannot go on from window 7 of epoch 0: with 23 windows");
    }
  }
}
