package dev.figment.cuda;

import static dev.figment.cuda.CudaCalls.blocks;

import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.GradientPenalty;
import dev.figment.device.Likelihood;
import dev.figment.device.LossKernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Tensor;

/** The losses, latent variables and embeddings of {@link CudaKernels}. */
interface CudaLosses extends LossKernels, CudaCalls {
  /** Elements of a pack where columns are a multiple of it: kLane4 of kernels/block.cuh. */
  int PACK = 4;

  /** Packs of a row that a block takes, and rows a thread: of kernels/reparameterize.cu. */
  int LATENT_PACKS = 32;

  int LATENT_ROWS = 8;

  /** Packs that a block gathers: kBlockVectors of kernels/block.cuh. */
  long GATHERED_PACKS = 4L * CudaLaunch.THREADS;

  /** Table rows and packs of a row of a block: kTableRows and kWarp of kernels/embedding.cu. */
  long TABLE_ROWS = 8;

  long TABLE_PACKS = 32;

  /** Columns of a block: kColumns of kernels/log_mean_exp.cu. */
  long MEAN_COLUMNS = 32;

  @Override
  default void ganDiscriminatorLoss(
      Tensor result, Tensor dlogits, Tensor logits, GanLoss loss, double labelSmoothing) {
    device()
        .launch("gan_loss", "gan_discriminator_loss")
        .address(at(result))
        .address(at(dlogits))
        .address(at(logits))
        .integer(loss.ordinal())
        .real(labelSmoothing)
        .integer(Math.toIntExact(logits.count() / 2))
        .on(device().stream());
  }

  @Override
  default void ganGeneratorLoss(Tensor result, Tensor dlogits, Tensor logits, GanLoss loss) {
    device()
        .launch("gan_loss", "gan_generator_loss")
        .address(at(result))
        .address(at(dlogits))
        .address(at(logits))
        .integer(loss.ordinal())
        .integer(Math.toIntExact(logits.count()))
        .on(device().stream());
  }

  @Override
  default void gradientPenalty(
      Tensor result, Tensor factors, Tensor squares, GradientPenalty penalty, double weight) {
    device()
        .launch("gan_loss", "gradient_penalty")
        .address(at(result))
        .address(at(factors))
        .address(at(squares))
        .integer(penalty.ordinal())
        .real(weight)
        .integer(Math.toIntExact(squares.count()))
        .on(device().stream());
  }

  @Override
  default void reconstructionLoss(
      Tensor result,
      Tensor rowLosses,
      Tensor dprediction,
      Tensor prediction,
      Tensor target,
      Tensor weights,
      Likelihood likelihood,
      int batch) {
    String kernel =
        switch (likelihood.kind()) {
          case GAUSSIAN -> "gaussian_loss";
          case BERNOULLI -> "bernoulli_loss";
          case GAUSSIAN_LEARNED -> "gaussian_learned_loss";
        };
    boolean rowWeights = weights != null && !weights.shape().equals(target.shape());
    CudaLaunch launch =
        device()
            .launch("reconstruction_loss", kernel)
            .address(at(result))
            .address(at(rowLosses))
            .address(at(dprediction))
            .address(at(prediction))
            .address(at(target))
            .address(at(weights));
    if (likelihood.kind() == Likelihood.Kind.GAUSSIAN) {
      launch.real(likelihood.precision()).real(likelihood.constant());
    }
    launch.integer(rowWeights ? 1 : 0);
    overRows(launch, batch, target.shape().size(0), target.shape().size(1));
  }

  @Override
  default void gaussianKl(
      Tensor result,
      Tensor rowLosses,
      Tensor dq,
      Tensor dp,
      Tensor q,
      Tensor p,
      Tensor weights,
      Tensor scale,
      int batch) {
    CudaLaunch launch =
        device()
            .launch("kl_loss", "gaussian_kl")
            .address(at(result))
            .address(at(rowLosses))
            .address(at(dq))
            .address(at(dp))
            .address(at(q))
            .address(at(p))
            .address(at(weights))
            .address(at(scale));
    overRows(launch, batch, q.shape().size(0), q.shape().size(1) / 2);
  }

  @Override
  default void crossEntropy(
      Tensor result,
      Tensor rowLosses,
      Tensor dlogits,
      Tensor logits,
      Tensor labels,
      Tensor weights,
      int batch) {
    CudaLaunch launch =
        device()
            .launch("cross_entropy", "cross_entropy")
            .address(at(result))
            .address(at(rowLosses))
            .address(at(dlogits))
            .address(at(logits))
            .address(at(labels))
            .address(at(weights));
    overRows(launch, batch, logits.shape().size(0), logits.shape().size(1));
  }

  /** The end of a launch over rows: as many threads a row as it has packs, see kernels/rows.cuh. */
  private void overRows(CudaLaunch launch, int batch, int rows, int columns) {
    int threads = 1;
    while (threads < CudaLaunch.THREADS && threads < packs(columns)) {
      threads *= 2;
    }
    long blocks = blocks(rows, CudaLaunch.THREADS / threads);
    launch
        .grid(blocks)
        .address(device().partials(blocks))
        .address(device().tickets(1))
        .integer(threads)
        .integer(batch)
        .wide(rows)
        .integer(columns)
        .on(device().stream());
  }

  @Override
  default void logMeanExp(Tensor value, Tensor weights, Tensor x) {
    int columns = x.shape().size(1);
    device()
        .launch("log_mean_exp", "log_mean_exp")
        .grid(blocks(columns, MEAN_COLUMNS))
        .address(at(value))
        .address(at(weights))
        .address(at(x))
        .wide(x.shape().size(0))
        .integer(columns)
        .on(device().stream());
  }

  @Override
  default void reparameterizeForward(Tensor z, Tensor kl, Tensor moments, RandomStream stream) {
    int batch = z.shape().size(0);
    int latent = z.shape().size(1);
    long rowBlocks = latentRowBlocks(batch, latent);
    long columnBlocks = blocks(packs(latent), LATENT_PACKS);
    device()
        .launch("reparameterize", "reparameterize_forward")
        .grid(rowBlocks, columnBlocks)
        .address(at(z))
        .address(at(kl))
        .address(at(moments))
        .wide(stream.seed())
        .address(at(stream.counter()))
        .integer(stream.stream())
        .address(device().partials(rowBlocks * latent))
        .address(device().tickets(columnBlocks))
        .integer(batch)
        .integer(latent)
        .on(device().stream());
  }

  @Override
  default void reparameterizeBackward(
      Tensor dmoments,
      Tensor dz,
      Tensor moments,
      Tensor kl,
      Tensor beta,
      double freeBits,
      RandomStream stream) {
    int batch = dz.shape().size(0);
    int latent = dz.shape().size(1);
    device()
        .launch("reparameterize", "reparameterize_backward")
        .grid(latentRowBlocks(batch, latent), blocks(packs(latent), LATENT_PACKS))
        .address(at(dmoments))
        .address(at(dz))
        .address(at(moments))
        .address(at(kl))
        .address(at(beta))
        .real(freeBits)
        .wide(stream.seed())
        .address(at(stream.counter()))
        .integer(stream.stream())
        .integer(batch)
        .integer(latent)
        .on(device().stream());
  }

  private static long latentRowBlocks(int batch, int latent) {
    int lines = CudaLaunch.THREADS / Math.min(packs(latent), LATENT_PACKS);
    return blocks(batch, (long) LATENT_ROWS * lines);
  }

  @Override
  default void embeddingForward(Tensor y, Tensor table, Tensor indices) {
    int columns = table.shape().size(1);
    long packs = (long) y.shape().size(0) * packs(columns);
    device()
        .launch("embedding", "embedding_forward")
        .grid(blocks(packs, GATHERED_PACKS))
        .address(at(y))
        .address(at(table))
        .address(at(indices))
        .wide(y.count())
        .integer(table.shape().size(0))
        .integer(columns)
        .on(device().stream());
  }

  @Override
  default void embeddingBackward(Tensor dtable, Tensor dy, Tensor indices, GradientMode mode) {
    int vocabulary = dtable.shape().size(0);
    int columns = dtable.shape().size(1);
    device()
        .launch("embedding", "embedding_backward")
        .grid(blocks(vocabulary, TABLE_ROWS), blocks(packs(columns), TABLE_PACKS))
        .address(at(dtable))
        .address(at(dy))
        .address(at(indices))
        .integer(mode == GradientMode.ACCUMULATE ? 1 : 0)
        .wide(dy.shape().size(0))
        .integer(vocabulary)
        .integer(columns)
        .on(device().stream());
  }

  private static int packs(int columns) {
    return columns % PACK == 0 ? columns / PACK : columns;
  }
}
