package dev.figment.train;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.nn.Network;
import dev.figment.nn.Pass;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * Makes images with a generator from latents that a seed and a number fix, on running statistics.
 */
public final class Sampler implements AutoCloseable {
  /** Truncation below this draws for ever: some 0.8 % of all numbers are within it. */
  public static final double LEAST_TRUNCATION = 0.01;

  private static final int REDRAW_STRIDE = 1 << 20; // sets of one seed before a redraw meets one

  private final Device device;
  private final Pass pass;
  private final Tensor counter;
  private final int count;
  private final int classes; // that the generator takes labels of
  private final UnaryOperator<float[]> view;
  private final Resources resources = new Resources();

  /**
   * @param count images at a time: the memory that it takes
   */
  public Sampler(Device device, Network generator, int count) {
    this(device, generator, count, UnaryOperator.identity());
  }

  /**
   * @param count images at a time: the memory that it takes
   * @param view what the network says of some images to the images in [-1, 1]
   */
  public Sampler(Device device, Network generator, int count, UnaryOperator<float[]> view) {
    this.device = device;
    this.count = count;
    classes = generator.classes();
    this.view = view;
    try {
      pass = resources.own(generator.pass(count).build());
      counter = resources.own(device.allocate(DataType.INT32, Shape.of(1)));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  /**
   * The first images of a seed, of a model that takes no labels.
   *
   * @return number x height x width x channels in [-1, 1]
   */
  public float[] sample(long seed, int number) {
    return generate(latents(seed, number, Double.POSITIVE_INFINITY));
  }

  /**
   * The first latents of a seed, drawn in sets of {@link #count()}: the same whatever their number.
   *
   * @param truncation numbers further from 0 are drawn again, which gives up variety for likeliness
   *     (the truncation trick of Brock et al., 2019); infinity keeps them all
   * @return number x latent size, row-major
   */
  public float[] latents(long seed, int number, double truncation) {
    if (!(truncation >= LEAST_TRUNCATION)) {
      throw new FigmentException(
          "Latents truncated at %s were asked for; give %s or more, or leave them whole."
              .formatted(truncation, LEAST_TRUNCATION));
    }
    int size = perSample(pass.input());
    float[] latents = new float[Math.multiplyExact(number, size)];
    for (int first = 0, set = 0; first < number; first += count, set++) {
      int part = Math.min(count, number - first);
      System.arraycopy(draw(seed, set, truncation), 0, latents, first * size, part * size);
    }
    return latents;
  }

  private float[] draw(long seed, int set, double truncation) {
    float[] drawn = draw(seed, set);
    for (int again = 1, outside = 1; outside > 0; again++) {
      outside = 0;
      float[] next = null;
      for (int i = 0; i < drawn.length; i++) {
        if (Math.abs(drawn[i]) > truncation) {
          next = next == null ? draw(seed, set + again * REDRAW_STRIDE) : next;
          drawn[i] = next[i];
          outside++;
        }
      }
    }
    return drawn;
  }

  private float[] draw(long seed, int number) {
    counter.write(number);
    device
        .kernels()
        .normal(pass.input(), 0, 1, new RandomStream(seed, counter, RandomStream.SAMPLES));
    return pass.input().toFloats();
  }

  /**
   * The images of latents, of a model that takes no labels.
   *
   * @param latents any number x latent size, row-major
   * @return as many x height x width x channels in [-1, 1]
   */
  public float[] generate(float[] latents) {
    return generate(latents, null);
  }

  /**
   * The images of latents, {@link #count()} at a time.
   *
   * @param latents any number x latent size, row-major
   * @param labels as many; null exactly where the model takes none
   * @return as many x height x width x channels in [-1, 1]
   */
  public float[] generate(float[] latents, int[] labels) {
    int size = perSample(pass.input());
    int number = latents.length / size;
    checkLabels(labels, number);
    int outputSize = perSample(pass.output());
    float[] images = {};
    for (int first = 0; first < number; first += count) {
      // What the last set lacks is zeros, and its images are left out.
      pass.input().write(Arrays.copyOfRange(latents, first * size, (first + count) * size));
      if (labels != null) {
        pass.labels().write(Arrays.copyOfRange(labels, first, first + count));
      }
      pass.forward();
      device.synchronize();
      int part = Math.min(count, number - first);
      float[] made = view.apply(Arrays.copyOf(pass.output().toFloats(), part * outputSize));
      int imageSize = made.length / part;
      if (first == 0) {
        images = new float[Math.multiplyExact(number, imageSize)];
      }
      System.arraycopy(made, 0, images, first * imageSize, made.length);
    }
    return images;
  }

  private void checkLabels(int[] labels, int number) {
    if (classes == 0 ? labels != null : labels == null || labels.length != number) {
      throw new FigmentException(
          "%d images with %s labels were asked for; this generator takes %s."
              .formatted(
                  number,
                  labels == null ? "no" : "" + labels.length,
                  classes == 0 ? "none" : "one an image"));
    }
    for (int label : labels == null ? new int[0] : labels) {
      if (label < 0 || label >= classes) {
        throw new FigmentException(
            "An image of label %d was asked for; this generator knows labels from 0 to %d."
                .formatted(label, classes - 1));
      }
    }
  }

  private static int perSample(Tensor batch) {
    return Math.toIntExact(batch.shape().sample().count());
  }

  /** Images at a time. */
  public int count() {
    return count;
  }

  @Override
  public void close() {
    resources.close();
  }
}
