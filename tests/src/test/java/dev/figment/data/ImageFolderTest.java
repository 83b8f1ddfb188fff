package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
  private static final Color RED = new Color(200, 0, 0);
  private static final Color GREY = new Color(100, 100, 100);

  @TempDir Path folder;
  private final List<String> notices = new CopyOnWriteArrayList<>();

  @Test
  void imagesOfAnySizeAreTakenInTheOrderOfTheirNames() throws IOException {
    write("b.jpeg", 90, 40, GREY);
    write("a.PNG", 30, 70, RED);
    write("sub/deep/c.jpg", 64, 64, new Color(0, 0, 255));
    Files.writeString(folder.resolve("notes.txt"), "not an image");
    write(".hidden/d.png", 10, 10, RED);
    ImageDataset images = open();
    assertThat(List.of(images.size(), images.height(), images.width(), images.channels()))
        .containsExactly(3, 64, 64, 3);
    assertThat(colour(images, 0)).containsExactly(200, 0, 0);
    assertThat(colour(images, 1)[0]).isBetween(98, 102);
    assertThat(colour(images, 2)[2]).isGreaterThan(250);
    assertThat(images.hasLabels()).as("a.PNG lies in no subfolder").isFalse();
    assertThat(open().fingerprint()).isEqualTo(images.fingerprint());
  }

  @Test
  void aSizeThatAllShareIsKeptAndAnotherOneTakenWhenAskedFor() throws IOException {
    write("a.png", 28, 28, GREY);
    write("b.png", 28, 28, GREY);
    assertThat(open().height()).isEqualTo(28);
    assertThat(open(32, null, false).height()).isEqualTo(32);
    write("c.png", 28, 29, GREY);
    assertThat(open().height()).isEqualTo(64);
    Files.delete(folder.resolve("c.png"));
    write("a.png", 200, 200, GREY);
    write("b.png", 200, 200, GREY);
    assertThat(open().height()).isEqualTo(64);
  }

  @Test
  void greyImagesMakeOneChannelAndAnyColourThree() throws IOException {
    write("a.png", 8, 8, GREY);
    write("b.png", 8, 8, GREY);
    assertThat(open().channels()).isEqualTo(1);
    assertThat(notices).isEmpty();
    assertThat(open(null, 3, false).channels()).isEqualTo(3);
    write("c.png", 8, 8, RED);
    ImageDataset mixed = open();
    assertThat(mixed.channels()).isEqualTo(3);
    assertThat(colour(mixed, 0)).containsExactly(100, 100, 100);
    assertThat(notices)
        .containsExactly(
            "2 of the 3 images are grey and are taken as colour; --channels 1 takes all as grey.");
    ImageDataset grey = open(null, 1, false);
    assertThat(grey.channels()).isEqualTo(1);
    assertThat(colour(grey, 2)).containsExactly(60); // 0.299 of 200
  }

  @Test
  void subfoldersAreClasses() throws IOException {
    write("dog/1.png", 8, 8, RED);
    write("cat/2.png", 8, 8, RED);
    write("cat/small/3.png", 8, 8, GREY);
    write("cat/broken.png", 8, 8, GREY);
    Files.writeString(folder.resolve("cat/broken.png"), "?");
    ImageDataset images = open();
    assertThat(images.classNames()).containsExactly("cat", "dog");
    assertThat(images.classes()).isEqualTo(2);
    assertThat(List.of(images.label(0), images.label(1), images.label(2))).containsExactly(0, 0, 1);
  }

  @Test
  void moreSubfoldersThanLabelsMeanNoLabels() throws IOException {
    for (int i = 0; i <= ImageDataset.MOST_CLASSES; i++) {
      write(i + "/a.png", 8, 8, RED);
    }
    assertThat(open().hasLabels()).isFalse();
    assertThat(notices)
        .containsExactly(
            "The 257 subfolders are more than the 256 classes that labels can tell apart: the images"
                + " are taken without labels.");
    Files.delete(folder.resolve("7/a.png"));
    assertThat(open().classes()).isEqualTo(ImageDataset.MOST_CLASSES);
  }

  @Test
  void whatCannotBeReadIsLeftOutAndCounted() throws IOException {
    for (int i = 0; i < 9; i++) {
      write("image" + i + ".png", 8, 8, new Color(20 * i, 0, 0));
    }
    byte[] whole = Files.readAllBytes(folder.resolve("image0.png"));
    for (int i : new int[] {0, 3, 4, 8}) {
      Files.writeString(folder.resolve("image" + i + ".png"), "?");
    }
    Files.write(folder.resolve("image8.png"), Arrays.copyOf(whole, whole.length - 30));
    ImageDataset images = open();
    assertThat(images.size()).isEqualTo(5);
    int[] kept = {1, 2, 5, 6, 7};
    for (int i = 0; i < kept.length; i++) {
      assertThat(colour(images, i)[0]).isEqualTo(20 * kept[i]);
    }
    assertThat(notices).hasSize(1);
    assertThat(notices.get(0))
        .startsWith("Left out 4 of the 9 files, which cannot be read: \"image0.png\": it is no")
        .endsWith("; ...");

    assertThatThrownBy(() -> open(null, null, true))
        .isInstanceOf(FigmentException.class)
        .hasMessage(
            "--data "
                + folder
                + ": \"image0.png\": it is no image; mend or remove it, or leave out --strict, which"
                + " stops at such a file.");
  }

  @Test
  void aFolderOfNothingReadableIsRefused() throws IOException {
    write("a.png", 8, 8, RED);
    Files.writeString(folder.resolve("a.png"), "?");
    assertThatThrownBy(this::open)
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("none of its 1 PNG and JPEG files can be read (\"a.png\": it is no");
  }

  @Test
  void aRingOfLinksIsNamed() throws IOException {
    write("a.png", 8, 8, RED);
    Files.createSymbolicLink(folder.resolve("ring"), folder);
    assertThatThrownBy(this::open)
        .isInstanceOf(FigmentException.class)
        .hasMessageStartingWith("cannot read " + folder);
  }

  private ImageDataset open() {
    return open(null, null, false);
  }

  private ImageDataset open(Integer size, Integer channels, boolean strict) {
    notices.clear();
    return Datasets.open(
        new DataRequest(folder.toString(), size, channels, strict, Augmentation.NONE),
        notices::add);
  }

  /** The middle pixel of an image. */
  private static int[] colour(ImageDataset images, int index) {
    byte[] image = new byte[images.imageBytes()];
    images.gather(new int[] {index}, image);
    int channels = images.channels();
    int middle = (images.height() / 2 * images.width() + images.width() / 2) * channels;
    int[] colour = new int[channels];
    for (int i = 0; i < channels; i++) {
      colour[i] = Byte.toUnsignedInt(image[middle + i]);
    }
    return colour;
  }

  /** One colour all over; a grey one makes a grey file. */
  private void write(String name, int height, int width, Color colour) throws IOException {
    boolean grey = colour.equals(GREY);
    BufferedImage image =
        new BufferedImage(
            width, height, grey ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
    if (grey) {
      int[] samples = new int[height * width];
      Arrays.fill(samples, GREY.getRed());
      image.getRaster().setPixels(0, 0, width, height, samples);
    } else {
      Graphics2D graphics = image.createGraphics();
      graphics.setColor(colour);
      graphics.fillRect(0, 0, width, height);
      graphics.dispose();
    }
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    String format = name.toLowerCase(Locale.ROOT).endsWith("png") ? "png" : "jpg";
    assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
  }
}
