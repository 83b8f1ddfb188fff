package dev.figment.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.FigmentException;
import org.junit.jupiter.api.Test;

class ImageDatasetTest {
  private static ImageDataset sample(byte[] labels) {
    byte[] pixels = new byte[3 * 2 * 2 * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i + 200);
    }
    return new ImageDataset("sample", 3, 2, 2, 3, pixels, labels);
  }

  @Test
  void gathersInTheOrderAsked() {
    byte[] out = new byte[3 * 12];
    sample(null).gather(new int[] {2, 0, 2}, out);
    for (int i = 0; i < 12; i++) {
      assertThat(out[i]).isEqualTo((byte) (24 + i + 200));
      assertThat(out[12 + i]).isEqualTo((byte) (i + 200));
      assertThat(out[24 + i]).isEqualTo(out[i]);
    }
  }

  @Test
  void gatheringOutsideIsRefused() {
    ImageDataset images = sample(null);
    assertThatThrownBy(() -> images.gather(new int[] {3}, new byte[12]))
        .isInstanceOf(FigmentException.class)
        .hasMessage("there is no image 3: sample holds 3");
    assertThatThrownBy(() -> images.gather(new int[] {-1}, new byte[12]))
        .hasMessageContaining("there is no image -1");
    assertThatThrownBy(() -> images.gather(new int[] {0}, new byte[13]))
        .hasMessage("1 images of 12 bytes do not fit an array of 13");
  }

  @Test
  void labelsAreUnsignedAndOptional() {
    ImageDataset labelled = sample(new byte[] {0, 9, (byte) 255});
    assertThat(labelled.hasLabels()).isTrue();
    assertThat(labelled.label(2)).isEqualTo(255);
    assertThat(sample(null).hasLabels()).isFalse();
    assertThatThrownBy(() -> sample(null).label(0)).hasMessage("sample has no labels");
    assertThatThrownBy(() -> sample(new byte[2])).hasMessageContaining("3 images but 2 labels");
  }

  @Test
  void sizesMustFit() {
    assertThatThrownBy(() -> new ImageDataset("x", 2, 2, 2, 1, new byte[7], null))
        .isInstanceOf(FigmentException.class)
        .hasMessage("x: 2 images of 2 x 2 x 1 do not fit 7 bytes");
    assertThatThrownBy(() -> new ImageDataset("x", 0, 2, 2, 1, new byte[0], null))
        .hasMessageContaining("at least one is needed");
    assertThatThrownBy(() -> new ImageDataset("x", 1, 2, 2, 2, new byte[8], null))
        .hasMessageContaining("1 or 3 channels");
  }

  @Test
  void fingerprintTellsDataApart() {
    byte[] pixels = new byte[16];
    long base = new ImageDataset("a", 4, 2, 2, 1, pixels.clone(), null).fingerprint();
    assertThat(new ImageDataset("b", 4, 2, 2, 1, pixels.clone(), null).fingerprint())
        .isEqualTo(base);
    assertThat(new ImageDataset("a", 2, 4, 2, 1, pixels.clone(), null).fingerprint())
        .isNotEqualTo(base);
    assertThat(new ImageDataset("a", 4, 2, 2, 1, pixels.clone(), new byte[4]).fingerprint())
        .isNotEqualTo(base);
    pixels[15] = 1;
    assertThat(new ImageDataset("a", 4, 2, 2, 1, pixels, null).fingerprint()).isNotEqualTo(base);
  }
}
