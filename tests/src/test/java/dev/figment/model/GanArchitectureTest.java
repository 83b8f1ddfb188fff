package dev.figment.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import dev.figment.device.Shape;
import dev.figment.nn.Layer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GanArchitectureTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "8 | 4x4x128 4x4x64 8x8x3 | 4x4x64",
        "28 | 7x7x256 7x7x128 14x14x64 28x28x3 | 14x14x64 7x7x128",
        "32 | 4x4x512 4x4x256 8x8x128 16x16x64 32x32x3 | 16x16x64 8x8x128 4x4x256",
        "64 | 4x4x1024 4x4x512 8x8x256 16x16x128 32x32x64 64x64x3"
            + " | 32x32x64 16x16x128 8x8x256 4x4x512",
        "128 | 4x4x1024 8x8x512 16x16x256 32x32x128 64x64x64 128x128x3"
            + " | 64x64x64 32x32x128 16x16x256 8x8x512 4x4x1024",
      })
  void widthsDoubleFromTheImageSideTo1024(int size, String generated, String judged) {
    GanArchitecture architecture = new GanArchitecture(size, size, 3, 100, 64);

    assertThat(images(Shape.of(100), architecture.generator()))
        .isEqualTo(List.of(generated.split(" ")));
    assertThat(images(architecture.image(), architecture.discriminator()))
        .isEqualTo(List.of(judged.split(" ")));
  }

  @Test
  void sidesMayDiffer() {
    GanArchitecture wide = new GanArchitecture(16, 28, 1, 100, 64);

    assertThat(images(Shape.of(100), wide.generator()))
        .containsExactly("4x7x256", "4x7x128", "8x14x64", "16x28x1");
  }

  @Test
  void dcgan64IsThePublishedGenerator() {
    GanArchitecture dcgan = new GanArchitecture(64, 64, 3, 100, 64, GanNet.DCGAN64);

    assertThat(images(Shape.of(100), dcgan.generator()))
        .containsExactly("4x4x1024", "8x8x512", "16x16x256", "32x32x128", "64x64x3");
    // 100 x 16384 + 25 (1024 x 512 + 512 x 256 + 256 x 128 + 128 x 3) + 3, and 2 a normalised
    // channel
    assertThat(trained(Shape.of(100), dcgan.generator()))
        .isEqualTo(1_638_400 + 17_212_800 + 3 + 2 * (1024 + 512 + 256 + 128));
    assertThat(images(dcgan.image(), dcgan.discriminator()))
        .containsExactly("32x32x64", "16x16x128", "8x8x256", "4x4x512");
  }

  @ParameterizedTest
  @CsvSource({
    "6, 6, 8",
    "10, 10, 8 or 14",
    "27, 27, 16 or 28",
    "100, 100, 64 or 112",
    "20, 28, 16 or 28",
    "28, 64, 28 or 32",
    "1100, 1100, 1024",
  })
  void otherSizesNameTheNearest(int height, int width, String nearest) {
    assertThatThrownBy(() -> new GanArchitecture(height, width, 1, 100, 64))
        .isInstanceOf(FigmentException.class)
        .hasMessage(
            "Images of %d x %d were given; this GAN takes sizes of 4 or 7 times a power of two: give --image-size %s."
                .formatted(height, width, nearest));
  }

  @ParameterizedTest
  @ValueSource(ints = {28, 128})
  void dcgan64TakesNoOtherSize(int size) {
    assertThatThrownBy(() -> new GanArchitecture(size, size, 1, 100, 64, GanNet.DCGAN64))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("the network dcgan64 makes 64 x 64; give --image-size 64");
  }

  /** The shapes of the images between layers; where a layer keeps the shape, once. */
  private static List<String> images(Shape input, List<Layer> layers) {
    List<String> images = new ArrayList<>();
    Shape shape = input;
    for (Layer layer : layers) {
      Shape next = layer.outputShape(shape);
      if (next.rank() == 3 && !next.equals(shape)) {
        images.add(next.toString());
      }
      shape = next;
    }
    return images;
  }

  private static long trained(Shape input, List<Layer> layers) {
    long count = 0;
    Shape shape = input;
    for (Layer layer : layers) {
      count +=
          layer.parameters(shape).stream()
              .filter(spec -> spec.trained())
              .mapToLong(spec -> spec.shape().count())
              .sum();
      shape = layer.outputShape(shape);
    }
    return count;
  }
}
