package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {
  @TempDir Path folder;

  @Test
  void aFileOfAnyNameIsRead() throws IOException {
    Path plain = Files.write(folder.resolve("mine"), IdxFiles.of(3, 4, 5));
    Path compressed = Files.write(folder.resolve("mine2"), IdxFiles.gzip(IdxFiles.of(3, 4, 5)));
    ImageDataset images = open(plain);
    assertThat(images.size()).isEqualTo(3);
    assertThat(images.hasLabels()).isFalse();
    assertThat(images.name()).isEqualTo(plain.toString());
    assertThat(open(compressed).fingerprint()).isEqualTo(images.fingerprint());
  }

  @Test
  void aFolderGivesTrainingImagesWithTheirLabels() throws IOException {
    write("train-images-idx3-ubyte.gz", IdxFiles.gzip(IdxFiles.of(3, 4, 5)));
    write("t10k-images-idx3-ubyte.gz", IdxFiles.gzip(IdxFiles.of(2, 4, 5)));
    assertThat(open(folder).size()).isEqualTo(3);
    assertThat(open(folder).hasLabels()).isFalse();
    write("train-labels-idx1-ubyte.gz", IdxFiles.gzip(IdxFiles.of(3)));
    assertThat(open(folder).label(1)).isEqualTo(10);
  }

  @Test
  void anUncompressedFileIsTakenBeforeACompressedOne() throws IOException {
    write("train-images-idx3-ubyte.gz", new byte[] {1});
    write("train-images-idx3-ubyte", IdxFiles.of(3, 4, 5));
    assertThat(open(folder).size()).isEqualTo(3);
  }

  @Test
  void theOnlyIdx3FileOfAFolderIsTaken() throws IOException {
    write("notes.txt", new byte[1]);
    write("photos.idx3-ubyte", IdxFiles.of(3, 4, 5));
    assertThat(open(folder).size()).isEqualTo(3);
    write("more.idx3-ubyte", IdxFiles.of(2, 4, 5));
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("(it has 2); name the file itself");
  }

  @Test
  void labelsBesideANamedFileAreTaken() throws IOException {
    write("my-images-idx3-ubyte.gz", IdxFiles.gzip(IdxFiles.of(3, 4, 5)));
    assertThat(open(folder.resolve("my-images-idx3-ubyte.gz")).hasLabels()).isFalse();
    write("my-labels-idx1-ubyte", IdxFiles.of(3));
    ImageDataset images = open(folder.resolve("my-images-idx3-ubyte.gz"));
    assertThat(images.label(2)).isEqualTo(17);
    assertThat(images.classes()).isEqualTo(18);
    assertThat(images.classNames()).isEmpty();
  }

  @Test
  void filesTakeTheSizeAndChannelsAskedFor() throws IOException {
    Path file = Files.write(folder.resolve("mine"), IdxFiles.of(3, 4, 5));
    DataRequest request = new DataRequest(file.toString(), 8, 3, false, new Augmentation(true, 1));
    ImageDataset images = Datasets.open(request, line -> {});
    assertThat(List.of(images.size(), images.height(), images.width(), images.channels()))
        .containsExactly(3, 8, 8, 3);
    assertThat(images.augmentation()).isEqualTo(new Augmentation(true, 1));
    ImageDataset square =
        Datasets.open(
            new DataRequest(file.toString(), null, 3, false, Augmentation.NONE), line -> {});
    assertThat(List.of(square.height(), square.width(), square.channels()))
        .containsExactly(4, 4, 3);
  }

  @Test
  void sizesAndChannelsThatNoImageHasAreRefused() {
    assertThatThrownBy(() -> new DataRequest("x", 0, null, false, Augmentation.NONE))
        .hasMessage("Images of size 0 were asked for; give 1 to 4096.");
    assertThatThrownBy(() -> new DataRequest("x", null, 2, false, Augmentation.NONE))
        .hasMessage("Images of 2 channels were asked for; give 1 (grey) or 3 (colour).");
    assertThatThrownBy(() -> new Augmentation(false, -1)).isInstanceOf(FigmentException.class);
  }

  @Test
  void labelsOfAnotherLengthAreRefused() throws IOException {
    write("train-images-idx3-ubyte", IdxFiles.of(3, 4, 5));
    write("train-labels-idx1-ubyte", IdxFiles.of(4));
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("has 3 images but 4 labels");
  }

  @Test
  void whatIsNotThereIsNamed() {
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(FigmentException.class)
        .hasMessage(
            "--data "
                + folder
                + ": the folder holds no PNG or JPEG file and no idx file of images (idx3 in its"
                + " name); give a folder that does, or name a file.");
    assertThatThrownBy(() -> open(folder.resolve("none")))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("there is no such file or folder")
        .hasMessageContaining("fashion-mnist, mnist, emoji");
    assertThatThrownBy(() -> Datasets.open(DataRequest.of("a\0b"), line -> {}))
        .isInstanceOf(FigmentException.class)
        .hasMessage("--data \"a\\u0000b\" is no path");
  }

  private void write(String name, byte[] bytes) throws IOException {
    Files.write(folder.resolve(name), bytes);
  }

  private static ImageDataset open(Path path) {
    return Datasets.open(DataRequest.of(path.toString()), line -> {});
  }
}
