package dev.figment.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConvGeometryTest {
  /** Keras's 'same': ceil(size / stride) outputs, the odd padding at the end. */
  @ParameterizedTest
  @CsvSource({
    "28, 5, 2, 14, 1, 2",
    "14, 5, 2, 7, 1, 2",
    "7, 5, 1, 7, 2, 2",
    "28, 3, 1, 28, 1, 1",
    "28, 4, 1, 28, 1, 2",
    "28, 4, 2, 14, 1, 1",
    "7, 3, 2, 4, 1, 1",
    "8, 3, 2, 4, 0, 1",
    "28, 1, 2, 14, 0, 0",
    "10, 2, 4, 3, 0, 0",
    "9, 7, 3, 3, 2, 2",
    "1, 7, 1, 1, 3, 3"
  })
  void sameIsKeras(int size, int kernel, int stride, int small, int before, int after) {
    ConvGeometry g = ConvGeometry.same(size, size + stride, 1, 1, kernel, stride);
    assertThat(g.smallHeight()).isEqualTo(small);
    assertThat(g.padTop()).isEqualTo(before);
    assertThat(g.padBottom()).isEqualTo(after);
    assertThat(g.smallWidth()).isEqualTo(small + 1);
  }

  @Test
  void transposedSameIsStrideTimesTheSmallImage() {
    ConvGeometry g = ConvGeometry.transposedSame(7, 14, 128, 64, 5, 2);
    assertThat(g.small(3)).isEqualTo(Shape.of(3, 7, 14, 128));
    assertThat(g.large(3)).isEqualTo(Shape.of(3, 14, 28, 64));
    assertThat(g.weights()).isEqualTo(Shape.of(128, 5, 5, 64));
    assertThat(g.padTop()).isEqualTo(1);
    assertThat(g.padBottom()).isEqualTo(2);
  }

  /** H = (P - 1) stride - 2 pad + kernel + output padding. */
  @ParameterizedTest
  @CsvSource({"4, 4, 2, 1, 0, 8", "1, 4, 1, 0, 0, 4", "7, 5, 2, 2, 1, 14", "3, 3, 4, 0, 3, 14"})
  void transposedHasTheUsualSize(
      int small, int kernel, int stride, int pad, int outputPadding, int large) {
    ConvGeometry g =
        ConvGeometry.transposed(small, small, 2, 3, kernel, stride, pad, outputPadding);
    assertThat(g.height()).isEqualTo(large);
    assertThat(g.smallHeight()).isEqualTo(small);
  }

  @Test
  void explicitPaddingIsKeptApartPerSide() {
    ConvGeometry g = ConvGeometry.of(10, 10, 3, 4, 5, 2, 0, 3, 4, 1);
    assertThat(g.smallHeight()).isEqualTo(5);
    assertThat(g.smallWidth()).isEqualTo(6);
    assertThat(g.toArray()).containsExactly(10, 10, 3, 5, 6, 4, 5, 5, 2, 2, 0, 3, 4, 1);
    assertThat(g.nominalFlops(2)).isEqualTo(2L * 2 * 5 * 6 * 4 * 5 * 5 * 3);
  }

  @Test
  void refusesWhatIsNoConvolution() {
    refused(() -> ConvGeometry.of(3, 3, 1, 1, 5, 1, 0), "kernel 5");
    refused(() -> ConvGeometry.of(28, 28, 0, 1, 5, 1, 2), "0");
    refused(() -> ConvGeometry.of(28, 28, 1, 1, 5, 0, 2), "stride");
    refused(() -> ConvGeometry.of(28, 28, 1, 1, 0, 1, 0), "kernel");
    refused(() -> ConvGeometry.same(28, 28, 1, 1, 5, 0), "stride");
    refused(() -> ConvGeometry.of(28, 28, 1, 1, 5, 1, -1), "padding -1");
    refused(() -> ConvGeometry.of(28, 28, 1, 1, 5, 1, 5), "padding 5");
    refused(() -> ConvGeometry.transposed(7, 7, 1, 1, 5, 2, 2, 2), "Output padding 2");
    refused(() -> ConvGeometry.transposed(7, 7, 1, 1, 5, 2, 2, -1), "Output padding -1");
    refused(() -> ConvGeometry.transposed(1, 1, 1, 1, 2, 1, 1, 0), "");
    refused(() -> new ConvGeometry(28, 28, 1, 14, 15, 1, 5, 5, 2, 2, 1, 2, 1, 2), "width of 28");
  }

  private static void refused(ThrowingCallable geometry, String part) {
    assertThatThrownBy(geometry).isInstanceOf(FigmentException.class).hasMessageContaining(part);
  }
}
