package dev.figment.train;

import dev.figment.data.ImageDataset;
import dev.figment.data.PreparedBatches;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Kernels;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/**
 * The labels that a conditional GAN's networks see; of a GAN without labels it holds nothing and
 * does nothing. Generated images have the labels of the real batch that they are judged beside, so
 * that how often a label comes never tells the two apart.
 */
final class LabelFeed implements AutoCloseable {
  private final Kernels kernels;
  private final int batch;
  private final int[] drawn;
  private final Tensor step; // batches of a step x batch; null without labels
  private final Tensor both; // 2 batch: of the real images, then of the generated ones
  private final Resources resources = new Resources();

  /**
   * Checks that the data have the labels that the networks take.
   *
   * @param batches real batches of a step
   */
  LabelFeed(Device device, GanConfig config, int batches, ImageDataset data) {
    int classes = config.architecture().classes();
    kernels = device.kernels();
    batch = config.batch();
    drawn = new int[batch];
    if (classes == 0) {
      step = null;
      both = null;
      return;
    }
    if (data.classes() != classes) {
      throw new FigmentException(
          "The networks take %d labels and %s has %d; give data with that many."
              .formatted(classes, data.name(), data.classes()));
    }
    try {
      Shape all = Shape.of(Math.multiplyExact(batches, batch));
      step = resources.own(device.allocate(DataType.INT32, all));
      both = resources.own(device.allocate(DataType.INT32, Shape.of(2 * batch)));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  /** Tells the device the labels of a step's batch {@code number}, which was drawn last. */
  void write(int number, PreparedBatches batches) {
    if (step != null) {
      batches.labels(drawn);
      step.rows(number * batch, batch).write(drawn);
    }
  }

  /** Takes the labels of a step's batch for real and generated images; kernel calls alone. */
  void take(int number) {
    if (step != null) {
      Tensor labels = step.rows(number * batch, batch);
      kernels.copy(real(), labels);
      kernels.copy(fake(), labels);
    }
  }

  /** Of the real images, then of the generated ones: INT32 [2 batch]; null without labels. */
  Tensor both() {
    return both;
  }

  /** Of the real images: INT32 [batch]; null without labels. */
  Tensor real() {
    return both == null ? null : both.rows(0, batch);
  }

  /** Of the generated images: INT32 [batch]; null without labels. */
  Tensor fake() {
    return both == null ? null : both.rows(batch, batch);
  }

  @Override
  public void close() {
    resources.close();
  }
}
