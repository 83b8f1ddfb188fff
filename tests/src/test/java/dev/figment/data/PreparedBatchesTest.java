package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PreparedBatchesTest {
  private static final int STREAM = 2;
  private static final int SIDE = 3;

  private static ImageDataset data(boolean augmented) {
    byte[] pixels = new byte[53 * SIDE * SIDE];
    byte[] labels = new byte[53];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) i;
      labels[i / (SIDE * SIDE)] = (byte) (i / (SIDE * SIDE));
    }
    return new ImageDataset("numbered", 53, SIDE, SIDE, 1, pixels, labels)
        .augmentedBy(augmented ? new Augmentation(true, 1) : Augmentation.NONE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void givesWhatBatchesGivesInTheSameOrder(boolean augmented) {
    Batches plain = new Batches(data(augmented), 10, 7, STREAM);
    byte[] expected = new byte[10 * SIDE * SIDE];
    byte[] found = new byte[expected.length];
    int[] expectedLabels = new int[10];
    int[] labels = new int[10];
    try (PreparedBatches prepared = new PreparedBatches(data(augmented), 10, 7, STREAM)) {
      for (int i = 0; i < 30; i++) {
        plain.next(expected);
        plain.labels(expectedLabels);
        prepared.next(found);
        prepared.labels(labels);
        assertThat(found).as("batch %d", i).isEqualTo(expected);
        assertThat(labels).isEqualTo(expectedLabels);
        assertThat(prepared.epoch()).isEqualTo(plain.epoch());
        assertThat(prepared.position()).isEqualTo(plain.position());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 13})
  void goesOnFromASavedPlaceWhateverWasDrawnAhead(int before) {
    byte[] expected = new byte[10 * SIDE * SIDE];
    byte[] found = new byte[expected.length];
    try (PreparedBatches straight = new PreparedBatches(data(true), 10, 7, STREAM);
        PreparedBatches resumed = new PreparedBatches(data(true), 10, 7, STREAM)) {
      for (int i = 0; i < before; i++) {
        straight.next(expected);
      }
      resumed.next(found); // and some more ahead, to be dropped
      resumed.restore(straight.epoch(), straight.position());
      assertThat(resumed.epoch()).isEqualTo(straight.epoch());
      for (int i = 0; i < 12; i++) {
        straight.next(expected);
        resumed.next(found);
        assertThat(found).as("batch %d after", i).isEqualTo(expected);
      }
    }
  }

  @Test
  void aFailureIsThrownToTheOneWhoAsks() {
    try (PreparedBatches prepared = new PreparedBatches(data(false), 10, 7, STREAM)) {
      prepared.restore(Integer.MAX_VALUE, 50); // the next epoch cannot be counted
      assertThatThrownBy(() -> prepared.next(new byte[10 * SIDE * SIDE]))
          .isInstanceOf(ArithmeticException.class);
    }
  }

  @Test
  void closingEndsTheThreadAndMayBeRepeated() {
    PreparedBatches prepared = new PreparedBatches(data(false), 10, 7, STREAM);
    prepared.next(new byte[10 * SIDE * SIDE]);
    prepared.close();
    prepared.close();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("figment-batches"));
  }

  @Test
  void anInterruptedWaitSaysSo() {
    try (PreparedBatches prepared = new PreparedBatches(data(false), 10, 7, STREAM)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> prepared.next(new byte[10 * SIDE * SIDE]))
          .isInstanceOf(FigmentException.class)
          .hasMessage("waiting for a batch was interrupted");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
