package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which images are held out from training. */
class SplitImagesTest {
  @TempDir private Path folder;

  @Test
  void aTenthIsHeldOutAndNoImageIsInBoth() {
    SplitImages split = SplitImages.of(numbered(57));
    assertThat(split.heldOut().size()).isEqualTo(5);
    List<Integer> all = new ArrayList<>(pixels(split.training()));
    all.addAll(pixels(split.heldOut()));
    assertThat(all).containsExactlyInAnyOrderElementsOf(IntStream.range(0, 57).boxed().toList());
    for (ImageDataset part : List.of(split.training(), split.heldOut())) {
      List<Integer> labels = IntStream.range(0, part.size()).mapToObj(part::label).toList();
      assertThat(labels).as("labels stay with their images").isEqualTo(pixels(part));
    }
  }

  @Test
  void itIsTheSameEveryTime() {
    assertThat(SplitImages.of(numbered(57)).heldOut().fingerprint())
        .isEqualTo(SplitImages.of(numbered(57)).heldOut().fingerprint());
    // Not the first or last ones, which may all be of one class.
    assertThat(pixels(SplitImages.of(numbered(200)).heldOut()))
        .anyMatch(number -> number < 60)
        .anyMatch(number -> number > 140);
  }

  @Test
  void oneImageIsTooFew() {
    assertThat(SplitImages.of(numbered(2)).heldOut().size()).isEqualTo(1);
    assertThatThrownBy(() -> SplitImages.of(numbered(1)))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("numbered holds one image");
  }

  @Test
  void theTestImagesOfAFolderAreTakenBesideItsTrainingImages() throws IOException {
    Files.write(folder.resolve("t10k-images-idx3-ubyte"), IdxFiles.of(30, 4, 4));
    SplitImages alone = open();
    assertThat(alone.training().size()).as("its only images").isEqualTo(27);
    Files.write(folder.resolve("train-images-idx3-ubyte"), IdxFiles.of(50, 4, 4));
    SplitImages both = open();
    assertThat(both.training().size()).isEqualTo(50);
    assertThat(both.heldOut().size()).isEqualTo(30);
  }

  @Test
  void bothPartsTakeTheFormAskedForAndTrainingAloneIsAugmented() throws IOException {
    Files.write(folder.resolve("train-images-idx3-ubyte"), IdxFiles.of(50, 4, 4));
    Files.write(folder.resolve("t10k-images-idx3-ubyte"), IdxFiles.of(30, 4, 4));
    Augmentation flips = new Augmentation(true, 1);
    SplitImages split =
        Datasets.split(new DataRequest(folder.toString(), 8, 3, false, flips), line -> {});
    for (ImageDataset part : List.of(split.training(), split.heldOut())) {
      assertThat(List.of(part.height(), part.width(), part.channels())).containsExactly(8, 8, 3);
    }
    assertThat(split.training().augmentation()).isEqualTo(flips);
    assertThat(split.heldOut().augmentation()).isEqualTo(Augmentation.NONE);
  }

  private SplitImages open() {
    return Datasets.split(DataRequest.of(folder.toString()), line -> {});
  }

  /** Images of one pixel, which is their number, and so is their label. */
  private static ImageDataset numbered(int count) {
    byte[] numbers = new byte[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (byte) i;
    }
    return new ImageDataset("numbered", count, 1, 1, 1, numbers.clone(), numbers);
  }

  private static List<Integer> pixels(ImageDataset data) {
    byte[] pixels = new byte[data.size()];
    data.gather(IntStream.range(0, data.size()).toArray(), pixels);
    return IntStream.range(0, pixels.length).map(i -> pixels[i] & 0xff).boxed().toList();
  }
}
