package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        .hasMessageContaining("--data " + folder)
        .hasMessageContaining("(it has 0)");
    assertThatThrownBy(() -> open(folder.resolve("none")))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("there is no such file or folder")
        .hasMessageContaining("fashion-mnist");
    assertThatThrownBy(() -> Datasets.open("a\0b", line -> {}))
        .isInstanceOf(FigmentException.class)
        .hasMessage("--data \"a\\u0000b\" is no path");
  }

  private void write(String name, byte[] bytes) throws IOException {
    Files.write(folder.resolve(name), bytes);
  }

  private static ImageDataset open(Path path) {
    return Datasets.open(path.toString(), line -> {});
  }
}
