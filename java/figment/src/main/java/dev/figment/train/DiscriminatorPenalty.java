package dev.figment.train;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.GradientMode;
import dev.figment.device.GradientPenalty;
import dev.figment.device.Kernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.nn.Network;
import dev.figment.nn.Pass;
import dev.figment.nn.Randomness;

/**
 * The penalty on a discriminator's gradient, planned for batches of real and generated images. Its
 * own gradient, with the second-order term, is added to that of the discriminator's parameters.
 */
final class DiscriminatorPenalty implements AutoCloseable {
  private final GanConfig.Penalty penalty;
  private final Kernels kernels;
  private final Randomness randomness;
  private final Tensor real; // batch x image
  private final Tensor fake; // batch x image
  private final Resources resources = new Resources();
  private final Tensor mixed; // batch x image, between real and generated ones; null where not
  private final Tensor shares; // batch, of the generated ones; null where not
  private final Pass pass;
  private final Tensor ones; // batch x 1, the gradient of the logits' sum
  private final Tensor squares; // batch, of the norms of the images' gradients
  private final Tensor factors; // batch, of the images' gradients
  private final Tensor values; // of each batch of an update

  /**
   * @param real batch x image
   * @param fake batch x image
   * @param labels of both, INT32 [batch]; null without labels
   * @param batches of an update
   */
  DiscriminatorPenalty(
      Device device,
      Randomness randomness,
      Network discriminator,
      GanConfig.Penalty penalty,
      Tensor real,
      Tensor fake,
      Tensor labels,
      int batches) {
    this.penalty = penalty;
    this.randomness = randomness;
    this.real = real;
    this.fake = fake;
    kernels = device.kernels();
    int batch = real.shape().size(0);
    boolean mixes = penalty.kind() == GradientPenalty.ONE_CENTRED;
    try {
      mixed = mixes ? own(device, real.shape()) : null;
      shares = mixes ? own(device, Shape.of(batch)) : null;
      pass =
          resources.own(
              discriminator
                  .pass(batch)
                  .training()
                  .withSecondOrder()
                  .labelled(labels)
                  .from(mixes ? mixed : real)
                  .build());
      ones = own(device, Shape.of(batch, 1));
      squares = own(device, Shape.of(batch));
      factors = own(device, Shape.of(batch));
      values = own(device, Shape.of(batches, 1));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private Tensor own(Device device, Shape shape) {
    return resources.own(device.allocate(DataType.REAL, shape));
  }

  /**
   * Adds the penalty's gradient at the images that are there: as many times as there are steps to
   * the next penalty (Karras et al., 2020).
   *
   * @param number of the batch in its update, from 0
   */
  void add(int number) {
    if (mixed != null) {
      randomness.advance();
      kernels.uniform(shares, 0, 1, randomness.stream(RandomStream.INTERPOLATION));
      kernels.lerpRows(mixed, real, fake, shares);
    }
    pass.forward();
    kernels.fill(ones, 1);
    pass.backward(ones, GradientMode.IGNORE);
    Tensor gradient = pass.inputGradient();
    kernels.rowSumOfSquares(squares, gradient);
    kernels.gradientPenalty(
        values.rows(number, 1).reshaped(Shape.of(1)),
        factors,
        squares,
        penalty.kind(),
        penalty.weight() * penalty.every());
    kernels.scaleRows(gradient, gradient, factors);
    pass.secondOrder(gradient, GradientMode.ACCUMULATE);
  }

  /** The values of the last update's batches, as many times as large as {@link #add} says. */
  Tensor values() {
    return values;
  }

  @Override
  public void close() {
    resources.close();
  }
}
