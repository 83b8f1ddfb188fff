package dev.figment.profile;

import static dev.figment.profile.Operation.reals;

import dev.figment.device.GradientMode;
import dev.figment.device.RandomStream;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.List;

/** reparameterize.cu and embedding.cu. */
final class LatentOperations {
  private static final int BATCH = 1024;
  private static final int LATENT = 100;
  private static final Shape LATENTS = Shape.of(BATCH, LATENT);
  private static final Shape MOMENTS = Shape.of(BATCH, 2 * LATENT);
  private static final Shape TABLE = Shape.of(96, 256); // characters
  private static final Shape EMBEDDED = Shape.of(64 * 64, 256);
  private static final Shape INDICES = Shape.of(64 * 64);

  private LatentOperations() {}

  static List<Operation> all() {
    return List.of(forward(), backward(), embeddingForward(), embeddingBackward());
  }

  private static Operation forward() {
    long n = LATENTS.count();
    return Operation.of("reparameterize", "reparameterize_forward", LATENTS)
        .kernel("reparameterize_forward", 16 * n, reals(n), reals(2 * n), reals(LATENT), reals(1))
        .calls(
            tensors -> {
              Tensor z = tensors.zeros(LATENTS);
              Tensor kl = tensors.zeros(LATENT);
              Tensor moments = tensors.values(MOMENTS);
              RandomStream stream = stream(tensors);
              return kernels -> kernels.reparameterizeForward(z, kl, moments, stream);
            });
  }

  private static Operation backward() {
    long n = LATENTS.count();
    return Operation.of("reparameterize", "reparameterize_backward", LATENTS)
        .kernel(
            "reparameterize_backward",
            18 * n,
            reals(n),
            reals(2 * n),
            reals(2 * n),
            reals(LATENT),
            reals(1),
            reals(1))
        .calls(
            tensors -> {
              Tensor gradient = tensors.zeros(MOMENTS);
              Tensor dz = tensors.values(LATENTS);
              Tensor moments = tensors.values(MOMENTS);
              Tensor kl = tensors.values(Shape.of(LATENT), 0, 1);
              Tensor beta = tensors.values(1);
              RandomStream stream = stream(tensors);
              return kernels ->
                  kernels.reparameterizeBackward(gradient, dz, moments, kl, beta, 0.25, stream);
            });
  }

  /**
   * Memory must give each row of the table once; but every index asks for its row, and only the
   * caches know that another has asked before.
   */
  private static Operation embeddingForward() {
    long n = EMBEDDED.count();
    return Operation.of("embedding", "embedding_forward", EMBEDDED)
        .kernel("embedding_forward", 0, reals(n), reals(TABLE.count()), reals(INDICES.count()))
        .tiled(reals(n) + reals(n) + reals(INDICES.count()))
        .calls(
            tensors -> {
              Tensor y = tensors.zeros(EMBEDDED);
              Tensor table = tensors.values(TABLE);
              Tensor indices = tensors.integers(INDICES, TABLE.size(0));
              return kernels -> kernels.embeddingForward(y, table, indices);
            });
  }

  private static Operation embeddingBackward() {
    long n = EMBEDDED.count();
    return Operation.of("embedding", "embedding_backward", EMBEDDED)
        .kernel("embedding_backward", n, reals(n), reals(TABLE.count()), reals(INDICES.count()))
        .calls(
            tensors -> {
              Tensor gradient = tensors.zeros(TABLE);
              Tensor dy = tensors.values(EMBEDDED);
              Tensor indices = tensors.integers(INDICES, TABLE.size(0));
              return kernels ->
                  kernels.embeddingBackward(gradient, dy, indices, GradientMode.OVERWRITE);
            });
  }

  private static RandomStream stream(Tensors tensors) {
    return new RandomStream(1, tensors.counter(), RandomStream.EPSILON);
  }
}
