package dev.figment.cpu;

import static dev.figment.cpu.CpuCalls.accumulate;
import static dev.figment.cpu.CpuCalls.check;

import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.GradientPenalty;
import dev.figment.device.Likelihood;
import dev.figment.device.LossKernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Tensor;

/** The losses, latent variables and embeddings of {@link CpuKernels}. */
interface CpuLosses extends LossKernels, CpuCalls {
  @Override
  default void ganDiscriminatorLoss(
      Tensor result, Tensor dlogits, Tensor logits, GanLoss loss, double labelSmoothing) {
    long ctx = device().context("ganDiscriminatorLoss");
    check(
        ctx,
        CpuNative.ganDiscriminatorLoss(
            ctx,
            at(result),
            at(dlogits),
            at(logits),
            loss.ordinal(),
            (float) labelSmoothing,
            Math.toIntExact(logits.count() / 2)));
  }

  @Override
  default void ganGeneratorLoss(Tensor result, Tensor dlogits, Tensor logits, GanLoss loss) {
    long ctx = device().context("ganGeneratorLoss");
    int batch = Math.toIntExact(logits.count());
    check(
        ctx,
        CpuNative.ganGeneratorLoss(
            ctx, at(result), at(dlogits), at(logits), loss.ordinal(), batch));
  }

  @Override
  default void gradientPenalty(
      Tensor result, Tensor factors, Tensor squares, GradientPenalty penalty, double weight) {
    long ctx = device().context("gradientPenalty");
    check(
        ctx,
        CpuNative.gradientPenalty(
            ctx,
            at(result),
            at(factors),
            at(squares),
            penalty.ordinal(),
            (float) weight,
            Math.toIntExact(squares.count())));
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
    long ctx = device().context("reconstructionLoss");
    boolean rowWeights = weights != null && !weights.shape().equals(target.shape());
    check(
        ctx,
        CpuNative.reconstructionLoss(
            ctx,
            at(result),
            at(rowLosses),
            at(dprediction),
            at(prediction),
            at(target),
            at(weights),
            likelihood.kind().ordinal(),
            (float) likelihood.precision(),
            (float) likelihood.constant(),
            rowWeights ? 1 : 0,
            batch,
            target.shape().size(0),
            target.shape().size(1)));
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
    long ctx = device().context("gaussianKl");
    check(
        ctx,
        CpuNative.gaussianKl(
            ctx,
            at(result),
            at(rowLosses),
            at(dq),
            at(dp),
            at(q),
            at(p),
            at(weights),
            at(scale),
            batch,
            q.shape().size(0),
            q.shape().size(1) / 2));
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
    long ctx = device().context("crossEntropy");
    check(
        ctx,
        CpuNative.crossEntropy(
            ctx,
            at(result),
            at(rowLosses),
            at(dlogits),
            at(logits),
            at(labels),
            at(weights),
            batch,
            logits.shape().size(0),
            logits.shape().size(1)));
  }

  @Override
  default void logMeanExp(Tensor value, Tensor weights, Tensor x) {
    long ctx = device().context("logMeanExp");
    check(
        ctx,
        CpuNative.logMeanExp(
            ctx, at(value), at(weights), at(x), x.shape().size(0), x.shape().size(1)));
  }

  @Override
  default void reparameterizeForward(Tensor z, Tensor kl, Tensor moments, RandomStream stream) {
    long ctx = device().context("reparameterizeForward");
    check(
        ctx,
        CpuNative.reparameterizeForward(
            ctx,
            at(z),
            at(kl),
            at(moments),
            stream.seed(),
            at(stream.counter()),
            stream.stream(),
            z.shape().size(0),
            z.shape().size(1)));
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
    long ctx = device().context("reparameterizeBackward");
    check(
        ctx,
        CpuNative.reparameterizeBackward(
            ctx,
            at(dmoments),
            at(dz),
            at(moments),
            at(kl),
            at(beta),
            (float) freeBits,
            stream.seed(),
            at(stream.counter()),
            stream.stream(),
            dz.shape().size(0),
            dz.shape().size(1)));
  }

  @Override
  default void embeddingForward(Tensor y, Tensor table, Tensor indices) {
    long ctx = device().context("embeddingForward");
    check(
        ctx,
        CpuNative.embeddingForward(
            ctx,
            at(y),
            at(table),
            at(indices),
            y.shape().size(0),
            table.shape().size(0),
            table.shape().size(1)));
  }

  @Override
  default void embeddingBackward(Tensor dtable, Tensor dy, Tensor indices, GradientMode mode) {
    long ctx = device().context("embeddingBackward");
    check(
        ctx,
        CpuNative.embeddingBackward(
            ctx,
            at(dtable),
            at(dy),
            at(indices),
            accumulate(mode),
            dy.shape().size(0),
            dtable.shape().size(0),
            dtable.shape().size(1)));
  }
}
