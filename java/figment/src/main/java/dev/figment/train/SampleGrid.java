package dev.figment.train;

import dev.figment.io.ImageGrid;
import java.util.Arrays;

/**
 * Which images a picture of a generator shows, row by row. Of a conditional generator, unless one
 * label is asked for, each column is a class and each row a latent vector, so that what changes
 * along a row is the label's doing.
 *
 * @param count images
 * @param columns images a row
 * @param labels of the images; null of a generator without labels
 * @param wholeRows whether the images of a row share their latent vector
 */
public record SampleGrid(int count, int columns, int[] labels, boolean wholeRows) {
  private static final int ROWS = 8;
  private static final int MOST_COLUMNS = 16;

  /** The images of a run's own grids: 64, or 8 of each of the first 16 classes. */
  public static SampleGrid ofRun(int classes) {
    return of(classes, classes == 0 ? GanRun.SAMPLES : ROWS * columns(classes));
  }

  /** Classes that a run's own grids show. */
  static int columns(int classes) {
    return Math.min(MOST_COLUMNS, classes);
  }

  /** So many images of a generator that takes so many labels, 0 where it takes none. */
  public static SampleGrid of(int classes, int count) {
    if (classes == 0) {
      return new SampleGrid(count, ImageGrid.squareColumns(count), null, false);
    }
    int[] labels = new int[count];
    Arrays.setAll(labels, i -> i % columns(classes));
    return new SampleGrid(count, columns(classes), labels, true);
  }

  /** So many images of one label. */
  public static SampleGrid ofLabel(int label, int count) {
    int[] labels = new int[count];
    Arrays.fill(labels, label);
    return new SampleGrid(count, ImageGrid.squareColumns(count), labels, false);
  }

  /**
   * The images, from the first latents of a seed.
   *
   * @return count x height x width x channels in [-1, 1]
   */
  public float[] images(Sampler sampler, long seed, double truncation) {
    int rows = wholeRows ? (count + columns - 1) / columns : count;
    float[] drawn = sampler.latents(seed, rows, truncation);
    if (!wholeRows) {
      return sampler.generate(drawn, labels);
    }
    int size = drawn.length / rows;
    float[] latents = new float[Math.multiplyExact(count, size)];
    for (int i = 0; i < count; i++) {
      System.arraycopy(drawn, i / columns * size, latents, i * size, size);
    }
    return sampler.generate(latents, labels);
  }
}
