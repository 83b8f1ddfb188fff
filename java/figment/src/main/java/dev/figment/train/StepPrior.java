package dev.figment.train;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.Rvae;
import dev.figment.nn.RecurrentPass;

/**
 * The prior of a latent vector at every step: a diagonal Gaussian whose moments a dense layer reads
 * from the decoder's state before the step. What the decoder did at all steps gives it at all steps
 * at once. Source: Chung et al., "A recurrent latent variable model for sequential data" (2015),
 * equations 5 and 11.
 */
final class StepPrior implements AutoCloseable {
  /** Turns any excess into more than 1. */
  private static final double STEEP = 1e30;

  private final Kernels kernels;
  private final RecurrentPass decode;
  private final DenseHead head;
  private final int steps;
  private final int batch;
  private final int units;
  private final int latent;
  private final Resources resources = new Resources();

  private final Tensor moments; // T N x 2 latent
  private final Tensor valid; // T N: 1 at the steps of a sequence, 0 past its end
  private final Tensor dposterior; // T N x 2 latent; null without training, as all that follow
  private final Tensor dmoments; // T N x 2 latent
  private final Tensor dstates; // T N x units: of the states before the steps
  private final Tensor excess; // [1]: of the KL over the free bits
  private final Tensor free; // [1]: -free bits

  /** Plans beside a pass of the decoder. */
  StepPrior(Device device, Rvae rvae, RecurrentPass decode, int batch, boolean training) {
    this.decode = decode;
    this.batch = batch;
    kernels = device.kernels();
    head = new DenseHead(kernels, rvae.prior());
    steps = rvae.architecture().steps();
    units = rvae.architecture().units();
    latent = rvae.architecture().latent();
    int rows = Math.multiplyExact(steps, batch);
    try {
      moments = real(device, true, rows, 2 * latent);
      valid = real(device, true, rows);
      dposterior = real(device, training, rows, 2 * latent);
      dmoments = real(device, training, rows, 2 * latent);
      dstates = real(device, training, rows, units);
      excess = real(device, training, 1);
      free = real(device, training, 1);
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private Tensor real(Device device, boolean wanted, int... sizes) {
    return wanted ? resources.own(device.allocate(DataType.REAL, Shape.of(sizes))) : null;
  }

  /** Takes over the lengths of the sequences. */
  void load(int[] lengths) {
    float[] ones = new float[steps * batch];
    for (int n = 0; n < batch; n++) {
      for (int step = 0; step < lengths[n]; step++) {
        ones[step * batch + n] = 1;
      }
    }
    valid.write(ones);
  }

  /** T N x 2 latent: means, then log variances, after {@link #forward}. */
  Tensor moments() {
    return moments;
  }

  /** The moments of steps {@code first .. first + count - 1}, which it returns. */
  Tensor forward(int first, int count) {
    Tensor result = moments.rows(first * batch, count * batch);
    head.forward(result, rows(decode.stateBefore(0), first, count));
    return result;
  }

  /**
   * KL(q(z_t | x) || p(z_t | h_(t-1))), summed over the steps of a sequence, the mean over the
   * batch; and in training its gradients times beta, which are 0 where all of it is free.
   *
   * @param result [1], in nats, neither weighed nor free
   * @param posterior T N x 2 latent: the moments of q
   * @param beta [1]
   * @param freeBits nats of a sequence and dimension that cost nothing, all dimensions together
   */
  void kl(Tensor result, Tensor posterior, Tensor beta, double freeBits) {
    forward(0, steps);
    kernels.gaussianKl(result, null, dposterior, dmoments, posterior, moments, valid, beta, batch);
    if (freeBits > 0) {
      kernels.fill(free, -freeBits * latent);
      kernels.add(excess, result, free);
      kernels.scale(excess, excess, STEEP);
      kernels.clamp(excess, excess, 0, 1);
      kernels.scaleBy(dposterior, dposterior, excess);
      kernels.scaleBy(dmoments, dmoments, excess);
    }
  }

  /** T N x 2 latent: the gradient of the weighted KL to the posterior's moments. */
  Tensor posteriorGradient() {
    return dposterior;
  }

  /** After {@link #kl}, before the decoder's backward: through the dense layer. */
  void backward(GradientMode mode) {
    head.backward(dstates, dmoments);
    head.backwardWeights(dmoments, rows(decode.stateBefore(0), 0, steps), mode);
  }

  /** Adds to the decoder's output gradients, of the steps named, what the steps after them read. */
  void addToOutputGradient(int first, int count) {
    int read = Math.min(count, steps - 1 - first);
    if (read > 0) {
      Tensor gradient = rows(decode.outputGradient(0), first, read);
      kernels.add(gradient, gradient, dstates.rows((first + 1) * batch, read * batch));
    }
  }

  private Tensor rows(Tensor states, int first, int count) {
    return states.rows(first, count).reshaped(Shape.of(count * batch, units));
  }

  @Override
  public void close() {
    resources.close();
  }
}
