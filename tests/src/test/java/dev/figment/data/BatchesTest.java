package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import dev.figment.device.Philox;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BatchesTest {
  private static final int STREAM = 2;

  /** Images of one pixel: image i is the byte i. */
  private static ImageDataset numbered(int size) {
    byte[] pixels = new byte[size];
    for (int i = 0; i < size; i++) {
      pixels[i] = (byte) i;
    }
    return new ImageDataset("numbered", size, 1, 1, 1, pixels, null);
  }

  @Test
  void anEpochShowsEachImageAtMostOnceAndDropsTheRest() {
    Batches batches = new Batches(numbered(103), 10, 7, STREAM);
    assertThat(batches.batchesPerEpoch()).isEqualTo(10);
    boolean[] seen = new boolean[103];
    byte[] out = new byte[10];
    for (int i = 0; i < 10; i++) {
      batches.next(out);
      assertThat(batches.epoch()).isZero();
      assertThat(batches.position()).isEqualTo((i + 1) * 10);
      for (byte image : out) {
        assertThat(seen[image]).as("image %d again", image).isFalse();
        seen[image] = true;
      }
    }
    batches.next(out);
    assertThat(batches.epoch()).isEqualTo(1);
    assertThat(batches.position()).isEqualTo(10);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 100, 60_000})
  void everyOrderIsAPermutation(int count) {
    for (int epoch = 0; epoch < 3; epoch++) {
      int[] order = Shuffle.order(count, epoch, STREAM, 42);
      assertThat(Arrays.stream(order).sorted().toArray())
          .isEqualTo(IntStream.range(0, count).toArray());
    }
  }

  @Test
  void theOrderDependsOnEpochSeedAndStreamAndNothingElse() {
    int[] base = Shuffle.order(1000, 0, STREAM, 1);
    assertThat(Shuffle.order(1000, 0, STREAM, 1)).isEqualTo(base);
    assertThat(Shuffle.order(1000, 1, STREAM, 1)).isNotEqualTo(base);
    assertThat(Shuffle.order(1000, 0, STREAM + 1, 1)).isNotEqualTo(base);
    assertThat(Shuffle.order(1000, 0, STREAM, 2)).isNotEqualTo(base);
    assertThat(Shuffle.order(1000, 0, STREAM, 1L << 32 | 1)).isNotEqualTo(base);
    assertThat(base).isNotEqualTo(IntStream.range(0, 1000).toArray());
  }

  @Test
  void theOrderIsTheOneOfPhiloxsWords() {
    // Three images: the last changes with image w0 x 3 / 2^32, the middle one with w1 x 2 / 2^32.
    for (int epoch = 0; epoch < 20; epoch++) {
      int[] words = Philox.block(0, epoch, STREAM, 5);
      int[] expected = {0, 1, 2};
      swap(expected, 2, (int) (Integer.toUnsignedLong(words[0]) * 3 >>> 32));
      swap(expected, 1, (int) (Integer.toUnsignedLong(words[1]) * 2 >>> 32));
      assertThat(Shuffle.order(3, epoch, STREAM, 5)).isEqualTo(expected);
    }
  }

  @Test
  void everyImageComesFirstAboutEquallyOften() {
    int[] first = new int[5];
    int epochs = 20_000;
    for (int epoch = 0; epoch < epochs; epoch++) {
      first[Shuffle.order(5, epoch, STREAM, 3)[0]]++;
    }
    // 4,000 expected each with a deviation of 57: six of them.
    for (int count : first) {
      assertThat(count).isBetween(4000 - 340, 4000 + 340);
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "7", "9", "10", "11", "25"})
  void goesOnFromASavedPlace(int before) {
    Batches straight = new Batches(numbered(103), 10, 7, STREAM);
    byte[] expected = new byte[10];
    for (int i = 0; i < before; i++) {
      straight.next(expected);
    }
    Batches resumed = new Batches(numbered(103), 10, 7, STREAM);
    resumed.restore(straight.epoch(), straight.position());
    byte[] found = new byte[10];
    for (int i = 0; i < 25; i++) {
      straight.next(expected);
      resumed.next(found);
      assertThat(found).as("batch %d after", i).isEqualTo(expected);
    }
    straight.restore(0, 0);
    straight.next(expected);
    new Batches(numbered(103), 10, 7, STREAM).next(found);
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void aBatchOfAllIsAnEpoch() {
    Batches batches = new Batches(numbered(4), 4, 7, STREAM);
    byte[] out = new byte[4];
    batches.next(out);
    batches.next(out);
    assertThat(batches.epoch()).isEqualTo(1);
    byte[] sorted = out.clone();
    Arrays.sort(sorted);
    assertThat(sorted).containsExactly(0, 1, 2, 3);
  }

  @Test
  void impossibleBatchesAndPlacesAreRefused() {
    assertThatThrownBy(() -> new Batches(numbered(100), 101, 7, STREAM))
        .isInstanceOf(FigmentException.class)
        .hasMessage(
            "cannot draw batches of 101 from the 100 images of numbered: choose a batch from 1 to"
                + " 100");
    assertThatThrownBy(() -> new Batches(numbered(100), 0, 7, STREAM))
        .hasMessageContaining("choose a batch from 1 to 100");
    Batches batches = new Batches(numbered(103), 10, 7, STREAM);
    for (int[] place : new int[][] {{-1, 0}, {0, -10}, {0, 110}, {0, 5}}) {
      assertThatThrownBy(() -> batches.restore(place[0], place[1]))
          .isInstanceOf(FigmentException.class)
          .hasMessageContaining("resume with the run's own data and batch");
    }
  }

  private static void swap(int[] array, int i, int j) {
    int kept = array[i];
    array[i] = array[j];
    array[j] = kept;
  }
}
