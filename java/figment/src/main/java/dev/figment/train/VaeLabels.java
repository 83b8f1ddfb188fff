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
 * The labels that a conditional VAE's networks see: the decoder's are the encoder's, once for each
 * latent of an image. Of a VAE without labels it holds nothing and does nothing.
 */
final class VaeLabels implements AutoCloseable {
  private final Kernels kernels;
  private final int batch;
  private final int samples;
  private final int[] drawn;
  private final Tensor step; // accumulate x samples x batch; null without labels
  private final Tensor decoded; // samples x batch
  private final Resources resources = new Resources();

  /** Checks that the data have the labels that the networks take. */
  VaeLabels(Device device, VaeConfig config, ImageDataset data) {
    int classes = config.architecture().classes();
    kernels = device.kernels();
    batch = config.batch();
    samples = config.samples();
    drawn = new int[batch];
    if (classes == 0) {
      step = null;
      decoded = null;
      return;
    }
    if (data.classes() != classes) {
      throw new FigmentException(
          "The networks take %d labels and %s has %d; give data with that many."
              .formatted(classes, data.name(), data.classes()));
    }
    int rows = Math.multiplyExact(samples, batch);
    try {
      Shape all = Shape.of(Math.multiplyExact(config.accumulate(), rows));
      step = resources.own(device.allocate(DataType.INT32, all));
      decoded = resources.own(device.allocate(DataType.INT32, Shape.of(rows)));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  /** Tells the device the labels of a step's batch {@code number}, which was drawn last. */
  void write(int number, PreparedBatches batches) {
    if (step != null) {
      batches.labels(drawn);
      for (int sample = 0; sample < samples; sample++) {
        step.rows((number * samples + sample) * batch, batch).write(drawn);
      }
    }
  }

  /** Takes the labels of a step's batch for both networks; a kernel call alone. */
  void take(int number) {
    if (step != null) {
      kernels.copy(decoded, step.rows(number * samples * batch, samples * batch));
    }
  }

  /** Of the images: INT32 [batch]; null without labels. */
  Tensor encoded() {
    return decoded == null ? null : decoded.rows(0, batch);
  }

  /** Of the latents: INT32 [samples * batch]; null without labels. */
  Tensor decoded() {
    return decoded;
  }

  @Override
  public void close() {
    resources.close();
  }
}
