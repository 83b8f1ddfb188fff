package dev.figment.profile;

import static dev.figment.profile.Operation.reals;

import dev.figment.device.GanLoss;
import dev.figment.device.Tensor;
import java.util.List;

/** gan_loss.cu. */
final class LossOperations {
  private static final int BATCH = 128;

  private LossOperations() {}

  static List<Operation> all() {
    return List.of(
        Operation.of("gan_loss", "gan_discriminator_loss", 2 * BATCH)
            .kernel(
                "gan_discriminator_loss", 12 * BATCH, reals(3), reals(2 * BATCH), reals(2 * BATCH))
            .calls(
                tensors -> {
                  Tensor result = tensors.zeros(3);
                  Tensor dlogits = tensors.zeros(2 * BATCH);
                  Tensor logits = tensors.values(2 * BATCH);
                  return kernels -> kernels.ganDiscriminatorLoss(result, dlogits, logits);
                }),
        Operation.of("gan_loss", "gan_generator_loss", BATCH)
            .kernel("gan_generator_loss", 6 * BATCH, reals(1), reals(BATCH), reals(BATCH))
            .calls(
                tensors -> {
                  Tensor result = tensors.zeros(1);
                  Tensor dlogits = tensors.zeros(BATCH);
                  Tensor logits = tensors.values(BATCH);
                  return kernels ->
                      kernels.ganGeneratorLoss(result, dlogits, logits, GanLoss.NON_SATURATING);
                }));
  }
}
