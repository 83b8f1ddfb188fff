package dev.figment.reference;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.GradientPenalty;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.Tensor;

/** The contract in plain loops, in double precision: nothing is reordered, fused or skipped. */
final class ReferenceKernels implements Kernels {

  // ---- memory and layout

  @Override
  public void fill(Tensor y, double value) {
    ReferenceElementwise.fill(y, value);
  }

  @Override
  public void copy(Tensor y, Tensor x) {
    ReferenceElementwise.copy(y, x);
  }

  @Override
  public void add(Tensor y, Tensor a, Tensor b) {
    ReferenceElementwise.add(y, a, b);
  }

  @Override
  public void scale(Tensor y, Tensor x, double factor) {
    ReferenceElementwise.scale(y, x, factor);
  }

  @Override
  public void scaleBy(Tensor y, Tensor x, Tensor factor) {
    ReferenceElementwise.scaleBy(y, x, factor);
  }

  @Override
  public void clamp(Tensor y, Tensor x, double low, double high) {
    ReferenceElementwise.clamp(y, x, low, high);
  }

  @Override
  public void bytesToReal(Tensor y, Tensor x, double scale, double shift) {
    ReferenceElementwise.bytesToReal(y, x, scale, shift);
  }

  @Override
  public void nchwToNhwc(Tensor y, Tensor x) {
    ReferenceElementwise.nchwToNhwc(y, x);
  }

  @Override
  public void nhwcToNchw(Tensor y, Tensor x) {
    ReferenceElementwise.nhwcToNchw(y, x);
  }

  @Override
  public void copyColumns(
      Tensor y, int yFrom, Tensor x, int xFrom, int columns, GradientMode mode) {
    ReferenceElementwise.copyColumns(y, yFrom, x, xFrom, columns, mode);
  }

  // ---- rows

  @Override
  public void rowSumOfSquares(Tensor result, Tensor x) {
    ReferenceElementwise.rowSumOfSquares(result, x);
  }

  @Override
  public void scaleRows(Tensor y, Tensor x, Tensor factor) {
    ReferenceElementwise.scaleRows(y, x, factor);
  }

  @Override
  public void lerpRows(Tensor y, Tensor a, Tensor b, Tensor weight) {
    ReferenceElementwise.lerpRows(y, a, b, weight);
  }

  // ---- counters and random numbers

  @Override
  public void increment(Tensor counter) {
    ReferenceElementwise.increment(counter);
  }

  @Override
  public void uniform(Tensor y, double low, double high, RandomStream stream) {
    ReferenceElementwise.uniform(y, low, high, stream);
  }

  @Override
  public void normal(Tensor y, double mean, double deviation, RandomStream stream) {
    ReferenceElementwise.normal(y, mean, deviation, stream);
  }

  @Override
  public void bernoulli(Tensor y, Tensor p, RandomStream stream) {
    Reals out = Reals.of(y);
    Reals in = Reals.of(p);
    int counter = value(stream.counter());
    for (int i = 0; i < out.count(); i++) {
      float u = Philox.uniform(Philox.block(stream, counter, i)[i % 4]);
      float probability = (float) in.get(i);
      out.set(i, Float.isNaN(probability) ? Double.NaN : u <= probability ? 1 : 0);
    }
  }

  static int value(Tensor counter) {
    return ((ReferenceMemory) counter.memory()).ints()[(int) counter.offset()];
  }

  // ---- activations and dropout

  @Override
  public void activationForward(Tensor y, Tensor x, Activation activation) {
    ReferenceElementwise.activationForward(y, x, activation);
  }

  @Override
  public void activationBackward(Tensor dx, Tensor dy, Tensor y, Activation activation) {
    ReferenceElementwise.activationBackward(dx, dy, y, activation);
  }

  @Override
  public void dropoutForward(
      Tensor y, Tensor x, Activation activation, double p, RandomStream stream) {
    ReferenceElementwise.dropoutForward(y, x, activation, p, stream);
  }

  @Override
  public void dropoutBackward(
      Tensor dx, Tensor dy, Tensor y, Activation activation, double p, RandomStream stream) {
    ReferenceElementwise.dropoutBackward(dx, dy, y, activation, p, stream);
  }

  // ---- dense

  @Override
  public void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation) {
    ReferenceProducts.denseForward(y, x, w, bias, activation);
  }

  @Override
  public void denseBackwardData(Tensor dx, Tensor dy, Tensor w) {
    ReferenceProducts.denseBackwardData(dx, dy, w);
  }

  @Override
  public void denseBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, GradientMode mode) {
    ReferenceProducts.denseBackwardWeights(dw, dbias, dy, x, mode);
  }

  // ---- convolution and transposed convolution

  @Override
  public void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    ReferenceProducts.convForward(y, x, w, bias, activation, geometry);
  }

  @Override
  public void convBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    ReferenceProducts.convBackwardData(dx, dy, w, geometry);
  }

  @Override
  public void convBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    ReferenceProducts.convBackwardWeights(dw, dbias, dy, x, geometry, mode);
  }

  @Override
  public void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    ReferenceProducts.convTransposeForward(y, x, w, bias, activation, geometry);
  }

  @Override
  public void convTransposeBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    ReferenceProducts.convTransposeBackwardData(dx, dy, w, geometry);
  }

  @Override
  public void convTransposeBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    ReferenceProducts.convTransposeBackwardWeights(dw, dbias, dy, x, geometry, mode);
  }

  // ---- batch normalization

  @Override
  public void batchNormForward(
      Tensor y,
      Tensor mean,
      Tensor inverseDeviation,
      Tensor runningMean,
      Tensor runningVariance,
      Tensor x,
      Tensor statistics,
      Tensor gamma,
      Tensor beta,
      double momentum,
      double epsilon,
      Activation activation) {
    ReferenceBatchNorm norm = batchNorm(x, activation);
    Reals in = Reals.of(x);
    Reals centre = Reals.of(mean);
    Reals inverse = Reals.of(inverseDeviation);
    ReferenceBatchNorm.Moments moments =
        statistics == null ? norm.moments(in) : norm.given(Reals.of(statistics));
    norm.statistics(
        centre,
        inverse,
        Reals.of(runningMean),
        Reals.of(runningVariance),
        moments,
        momentum,
        epsilon);
    norm.apply(Reals.of(y), in, Reals.of(gamma), Reals.of(beta), centre, inverse);
  }

  @Override
  public void batchNormInfer(
      Tensor y,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Tensor runningMean,
      Tensor runningVariance,
      double epsilon,
      Activation activation) {
    Reals variance = Reals.of(runningVariance);
    double[] inverse = new double[variance.count()];
    for (int c = 0; c < inverse.length; c++) {
      inverse[c] = 1 / Math.sqrt(variance.get(c) + epsilon);
    }
    batchNorm(x, activation)
        .apply(
            Reals.of(y),
            Reals.of(x),
            Reals.of(gamma),
            Reals.of(beta),
            Reals.of(runningMean),
            new Reals(inverse, 0, inverse.length));
  }

  @Override
  public void batchNormBackward(
      Tensor dx,
      Tensor dgamma,
      Tensor dbeta,
      Tensor dy,
      Tensor x,
      Tensor gamma,
      Tensor beta,
      Tensor mean,
      Tensor inverseDeviation,
      Activation activation,
      GradientMode mode) {
    batchNorm(x, activation)
        .backward(
            Reals.of(dx),
            dgamma == null ? null : ReferenceProducts.start(dgamma, mode),
            dbeta == null ? null : ReferenceProducts.start(dbeta, mode),
            Reals.of(dy),
            Reals.of(x),
            Reals.of(gamma),
            Reals.of(beta),
            Reals.of(mean),
            Reals.of(inverseDeviation));
  }

  private static ReferenceBatchNorm batchNorm(Tensor x, Activation activation) {
    return new ReferenceBatchNorm((int) x.count(), x.shape().size(-1), activation);
  }

  // ---- reductions

  @Override
  public void spectralNorm(Tensor inverse, Tensor u, Tensor v, Tensor w) {
    ReferenceSpectralNorm.spectralNorm(inverse, u, v, w);
  }

  @Override
  public void spectralNormBackward(Tensor dw, Tensor w, Tensor u, Tensor v, Tensor inverse) {
    ReferenceSpectralNorm.spectralNormBackward(dw, w, u, v, inverse);
  }

  @Override
  public void sum(Tensor result, Tensor x) {
    ReferenceProducts.sumColumns(result, x, GradientMode.OVERWRITE);
  }

  @Override
  public void sumOfSquares(Tensor result, Tensor x) {
    Reals in = Reals.of(x);
    double sum = 0;
    for (int i = 0; i < in.count(); i++) {
      sum += in.get(i) * in.get(i);
    }
    Reals.of(result).set(0, sum);
  }

  @Override
  public void columnSum(Tensor result, Tensor x, GradientMode mode) {
    ReferenceProducts.sumColumns(result, x, mode);
  }

  // ---- losses

  @Override
  public void ganDiscriminatorLoss(
      Tensor result, Tensor dlogits, Tensor logits, GanLoss loss, double labelSmoothing) {
    ReferenceLosses.ganDiscriminatorLoss(result, dlogits, logits, loss, labelSmoothing);
  }

  @Override
  public void ganGeneratorLoss(Tensor result, Tensor dlogits, Tensor logits, GanLoss loss) {
    ReferenceLosses.ganGeneratorLoss(result, dlogits, logits, loss);
  }

  @Override
  public void gradientPenalty(
      Tensor result, Tensor factors, Tensor squares, GradientPenalty penalty, double weight) {
    ReferenceLosses.gradientPenalty(result, factors, squares, penalty, weight);
  }

  @Override
  public void reconstructionLoss(
      Tensor result,
      Tensor rowLosses,
      Tensor dprediction,
      Tensor prediction,
      Tensor target,
      Tensor weights,
      Likelihood likelihood,
      int batch) {
    ReferenceLosses.reconstructionLoss(
        result, rowLosses, dprediction, prediction, target, weights, likelihood, batch);
  }

  @Override
  public void gaussianKl(
      Tensor result,
      Tensor rowLosses,
      Tensor dq,
      Tensor dp,
      Tensor q,
      Tensor p,
      Tensor weights,
      Tensor scale,
      int batch) {
    ReferenceLosses.gaussianKl(result, rowLosses, dq, dp, q, p, weights, scale, batch);
  }

  @Override
  public void crossEntropy(
      Tensor result,
      Tensor rowLosses,
      Tensor dlogits,
      Tensor logits,
      Tensor labels,
      Tensor weights,
      int batch) {
    ReferenceLosses.crossEntropy(result, rowLosses, dlogits, logits, labels, weights, batch);
  }

  @Override
  public void logMeanExp(Tensor value, Tensor weights, Tensor x) {
    ReferenceLosses.logMeanExp(value, weights, x);
  }

  // ---- latent variables and embedding

  @Override
  public void reparameterizeForward(Tensor z, Tensor kl, Tensor moments, RandomStream stream) {
    ReferenceLosses.reparameterizeForward(z, kl, moments, stream);
  }

  @Override
  public void reparameterizeBackward(
      Tensor dmoments,
      Tensor dz,
      Tensor moments,
      Tensor kl,
      Tensor beta,
      double freeBits,
      RandomStream stream) {
    ReferenceLosses.reparameterizeBackward(dmoments, dz, moments, kl, beta, freeBits, stream);
  }

  @Override
  public void embeddingForward(Tensor y, Tensor table, Tensor indices) {
    ReferenceLosses.embeddingForward(y, table, indices);
  }

  @Override
  public void embeddingBackward(Tensor dtable, Tensor dy, Tensor indices, GradientMode mode) {
    ReferenceLosses.embeddingBackward(dtable, dy, indices, mode);
  }

  // ---- recurrent cells

  @Override
  public void gruForward(
      Tensor states,
      Tensor gates,
      Tensor inputGates,
      Tensor constantGates,
      Tensor w,
      Tensor bias,
      Tensor lengths,
      boolean reverse) {
    ReferenceRecurrent.gruForward(
        states, gates, inputGates, constantGates, w, bias, lengths, reverse);
  }

  @Override
  public void gruBackward(
      Tensor dinputGates,
      Tensor dhiddenGates,
      Tensor dstate,
      Tensor dy,
      Tensor states,
      Tensor gates,
      Tensor w,
      Tensor lengths,
      boolean reverse) {
    ReferenceRecurrent.gruBackward(
        dinputGates, dhiddenGates, dstate, dy, states, gates, w, lengths, reverse);
  }

  @Override
  public void lstmForward(
      Tensor states,
      Tensor cells,
      Tensor gates,
      Tensor inputGates,
      Tensor constantGates,
      Tensor w,
      Tensor lengths,
      boolean reverse) {
    ReferenceRecurrent.lstmForward(
        states, cells, gates, inputGates, constantGates, w, lengths, reverse);
  }

  @Override
  public void lstmBackward(
      Tensor dgates,
      Tensor dstate,
      Tensor dcell,
      Tensor dy,
      Tensor cells,
      Tensor gates,
      Tensor w,
      Tensor lengths,
      boolean reverse) {
    ReferenceRecurrent.lstmBackward(dgates, dstate, dcell, dy, cells, gates, w, lengths, reverse);
  }

  // ---- optimizers

  @Override
  public void adam(
      Tensor values,
      Tensor m,
      Tensor v,
      Tensor gradients,
      Tensor step,
      Tensor learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay) {
    ReferenceOptimizers.adam(
        values, m, v, gradients, step, learningRate, beta1, beta2, epsilon, weightDecay);
  }

  @Override
  public void sgd(
      Tensor values,
      Tensor velocity,
      Tensor gradients,
      Tensor learningRate,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    ReferenceOptimizers.sgd(
        values, velocity, gradients, learningRate, momentum, nesterov, weightDecay);
  }

  @Override
  public void rmsProp(
      Tensor values,
      Tensor meanSquare,
      Tensor gradients,
      Tensor learningRate,
      double decay,
      double epsilon) {
    ReferenceOptimizers.rmsProp(values, meanSquare, gradients, learningRate, decay, epsilon);
  }

  @Override
  public void ema(Tensor average, Tensor values, Tensor step, double decay) {
    ReferenceOptimizers.ema(average, values, step, decay);
  }

  @Override
  public void clipByNorm(Tensor gradients, Tensor norm, double maxNorm) {
    ReferenceOptimizers.clipByNorm(gradients, norm, maxNorm);
  }
}
