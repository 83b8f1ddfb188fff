package dev.figment.device;

import static dev.figment.device.Checks.channels;
import static dev.figment.device.Checks.conv;
import static dev.figment.device.Checks.counter;
import static dev.figment.device.Checks.dense;
import static dev.figment.device.Checks.nonlinearity;
import static dev.figment.device.Checks.probability;
import static dev.figment.device.Checks.reals;
import static dev.figment.device.Checks.rows;
import static dev.figment.device.Checks.same;
import static dev.figment.device.Checks.statistics;
import static dev.figment.device.Checks.swapped;
import static dev.figment.device.Checks.type;
import static dev.figment.device.Checks.vector;
import static dev.figment.device.Checks.wanted;

/** {@link Kernels} with every argument checked once, at the edge; the work is the delegate's. */
public final class CheckedKernels implements Kernels {
  private final Kernels kernels;

  public CheckedKernels(Kernels kernels) {
    this.kernels = kernels;
  }

  @Override
  public void fill(Tensor y, double value) {
    type("fill", "y", y, DataType.REAL);
    kernels.fill(y, value);
  }

  @Override
  public void copy(Tensor y, Tensor x) {
    type("copy", "y", y, x.type());
    same("copy", "y", y, "x", x);
    if (y.overlaps(x)) {
      throw new FigmentException("copy was asked between overlapping tensors of one memory.");
    }
    kernels.copy(y, x);
  }

  @Override
  public void add(Tensor y, Tensor a, Tensor b) {
    reals("add", y, a, b);
    same("add", "y", y, "a", a);
    same("add", "y", y, "b", b);
    kernels.add(y, a, b);
  }

  @Override
  public void scale(Tensor y, Tensor x, double factor) {
    reals("scale", y, x);
    same("scale", "y", y, "x", x);
    kernels.scale(y, x, factor);
  }

  @Override
  public void scaleBy(Tensor y, Tensor x, Tensor factor) {
    reals("scaleBy", y, x, factor);
    same("scaleBy", "y", y, "x", x);
    vector("scaleBy", "factor", factor, 1);
    kernels.scaleBy(y, x, factor);
  }

  @Override
  public void clamp(Tensor y, Tensor x, double low, double high) {
    reals("clamp", y, x);
    same("clamp", "y", y, "x", x);
    if (!(low <= high)) {
      throw new FigmentException("clamp takes low <= high and got %s, %s.".formatted(low, high));
    }
    kernels.clamp(y, x, low, high);
  }

  @Override
  public void rowSumOfSquares(Tensor result, Tensor x) {
    reals("rowSumOfSquares", result, x);
    rows("rowSumOfSquares", "result", result, x);
    kernels.rowSumOfSquares(result, x);
  }

  @Override
  public void scaleRows(Tensor y, Tensor x, Tensor factor) {
    reals("scaleRows", y, x, factor);
    same("scaleRows", "y", y, "x", x);
    rows("scaleRows", "factor", factor, x);
    kernels.scaleRows(y, x, factor);
  }

  @Override
  public void lerpRows(Tensor y, Tensor a, Tensor b, Tensor weight) {
    reals("lerpRows", y, a, b, weight);
    same("lerpRows", "y", y, "a", a);
    same("lerpRows", "y", y, "b", b);
    rows("lerpRows", "weight", weight, a);
    kernels.lerpRows(y, a, b, weight);
  }

  @Override
  public void bytesToReal(Tensor y, Tensor x, double scale, double shift) {
    reals("bytesToReal", y);
    type("bytesToReal", "x", x, DataType.UINT8);
    same("bytesToReal", "y", y, "x", x);
    kernels.bytesToReal(y, x, scale, shift);
  }

  @Override
  public void nchwToNhwc(Tensor y, Tensor x) {
    reals("nchwToNhwc", y, x);
    swapped("nchwToNhwc", "y", y, "x", x);
    kernels.nchwToNhwc(y, x);
  }

  @Override
  public void nhwcToNchw(Tensor y, Tensor x) {
    reals("nhwcToNchw", y, x);
    swapped("nhwcToNchw", "x", x, "y", y);
    kernels.nhwcToNchw(y, x);
  }

  @Override
  public void copyColumns(
      Tensor y, int yFrom, Tensor x, int xFrom, int columns, GradientMode mode) {
    ColumnChecks.copyColumns(y, yFrom, x, xFrom, columns, mode);
    kernels.copyColumns(y, yFrom, x, xFrom, columns, mode);
  }

  @Override
  public void increment(Tensor counter) {
    counter("increment", counter);
    kernels.increment(counter);
  }

  @Override
  public void uniform(Tensor y, double low, double high, RandomStream stream) {
    reals("uniform", y);
    counter("uniform", stream.counter());
    kernels.uniform(y, low, high, stream);
  }

  @Override
  public void normal(Tensor y, double mean, double deviation, RandomStream stream) {
    reals("normal", y);
    counter("normal", stream.counter());
    kernels.normal(y, mean, deviation, stream);
  }

  @Override
  public void bernoulli(Tensor y, Tensor p, RandomStream stream) {
    reals("bernoulli", y, p);
    same("bernoulli", "y", y, "p", p);
    counter("bernoulli", stream.counter());
    kernels.bernoulli(y, p, stream);
  }

  @Override
  public void activationForward(Tensor y, Tensor x, Activation activation) {
    reals("activationForward", y, x);
    same("activationForward", "y", y, "x", x);
    kernels.activationForward(y, x, activation);
  }

  @Override
  public void activationBackward(Tensor dx, Tensor dy, Tensor y, Activation activation) {
    reals("activationBackward", dx, dy, y);
    same("activationBackward", "dx", dx, "dy", dy);
    same("activationBackward", "dx", dx, "y", y);
    kernels.activationBackward(dx, dy, y, activation);
  }

  @Override
  public void dropoutForward(
      Tensor y, Tensor x, Activation activation, double p, RandomStream stream) {
    reals("dropoutForward", y, x);
    same("dropoutForward", "y", y, "x", x);
    probability("dropoutForward", p);
    counter("dropoutForward", stream.counter());
    kernels.dropoutForward(y, x, activation, p, stream);
  }

  @Override
  public void dropoutBackward(
      Tensor dx, Tensor dy, Tensor y, Activation activation, double p, RandomStream stream) {
    reals("dropoutBackward", dx, dy, y);
    same("dropoutBackward", "dx", dx, "dy", dy);
    same("dropoutBackward", "dx", dx, "y", y);
    probability("dropoutBackward", p);
    counter("dropoutBackward", stream.counter());
    kernels.dropoutBackward(dx, dy, y, activation, p, stream);
  }

  @Override
  public void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation) {
    reals("denseForward", y, x, w);
    dense("denseForward", y, x, w);
    vector("denseForward", "bias", bias, w.shape().size(0));
    kernels.denseForward(y, x, w, bias, activation);
  }

  @Override
  public void denseBackwardData(Tensor dx, Tensor dy, Tensor w) {
    reals("denseBackwardData", dx, dy, w);
    dense("denseBackwardData", dy, dx, w);
    kernels.denseBackwardData(dx, dy, w);
  }

  @Override
  public void denseForward(Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end) {
    reals("denseForward", y, x, w);
    dense("denseForward", y, x, w);
    vector("denseForward", "bias", bias, w.shape().size(0));
    nonlinearity("denseForward", end);
    kernels.denseForward(y, x, w, bias, end);
  }

  @Override
  public void denseBackwardData(Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before) {
    reals("denseBackwardData", dx, dy, w, x);
    dense("denseBackwardData", dy, dx, w);
    same("denseBackwardData", "dx", dx, "x", x);
    nonlinearity("denseBackwardData", before);
    kernels.denseBackwardData(dx, dy, w, x, before);
  }

  @Override
  public void denseBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, GradientMode mode) {
    reals("denseBackwardWeights", dw, dy, x);
    dense("denseBackwardWeights", dy, x, dw);
    vector("denseBackwardWeights", "dbias", dbias, dw.shape().size(0));
    wanted("denseBackwardWeights", mode);
    kernels.denseBackwardWeights(dw, dbias, dy, x, mode);
  }

  @Override
  public void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    conv("convForward", x, y, w, geometry);
    vector("convForward", "bias", bias, geometry.smallChannels());
    kernels.convForward(y, x, w, bias, activation, geometry);
  }

  @Override
  public void convForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end, ConvGeometry geometry) {
    conv("convForward", x, y, w, geometry);
    vector("convForward", "bias", bias, geometry.smallChannels());
    nonlinearity("convForward", end);
    kernels.convForward(y, x, w, bias, end, geometry);
  }

  @Override
  public void convBackwardData(
      Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before, ConvGeometry geometry) {
    reals("convBackwardData", x);
    conv("convBackwardData", dx, dy, w, geometry);
    same("convBackwardData", "dx", dx, "x", x);
    nonlinearity("convBackwardData", before);
    kernels.convBackwardData(dx, dy, w, x, before, geometry);
  }

  @Override
  public int convStatisticsTiles(ConvGeometry geometry, int batch) {
    return kernels.convStatisticsTiles(geometry, batch);
  }

  @Override
  public void convForwardWithStatistics(
      Tensor y, Tensor statistics, Tensor x, Tensor w, Tensor bias, ConvGeometry geometry) {
    String operation = "convForwardWithStatistics";
    conv(operation, x, y, w, geometry);
    vector(operation, "bias", bias, geometry.smallChannels());
    int tiles = convStatisticsTiles(geometry, x.shape().size(0));
    statistics(operation, statistics, tiles, geometry.smallChannels());
    kernels.convForwardWithStatistics(y, statistics, x, w, bias, geometry);
  }

  @Override
  public void convBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    conv("convBackwardData", dx, dy, w, geometry);
    kernels.convBackwardData(dx, dy, w, geometry);
  }

  @Override
  public void convBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    conv("convBackwardWeights", x, dy, dw, geometry);
    vector("convBackwardWeights", "dbias", dbias, geometry.smallChannels());
    wanted("convBackwardWeights", mode);
    kernels.convBackwardWeights(dw, dbias, dy, x, geometry, mode);
  }

  @Override
  public void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Activation activation, ConvGeometry geometry) {
    conv("convTransposeForward", y, x, w, geometry);
    vector("convTransposeForward", "bias", bias, geometry.channels());
    kernels.convTransposeForward(y, x, w, bias, activation, geometry);
  }

  @Override
  public void convTransposeForward(
      Tensor y, Tensor x, Tensor w, Tensor bias, Nonlinearity end, ConvGeometry geometry) {
    conv("convTransposeForward", y, x, w, geometry);
    vector("convTransposeForward", "bias", bias, geometry.channels());
    nonlinearity("convTransposeForward", end);
    kernels.convTransposeForward(y, x, w, bias, end, geometry);
  }

  @Override
  public void convTransposeBackwardData(
      Tensor dx, Tensor dy, Tensor w, Tensor x, Nonlinearity before, ConvGeometry geometry) {
    reals("convTransposeBackwardData", x);
    conv("convTransposeBackwardData", dy, dx, w, geometry);
    same("convTransposeBackwardData", "dx", dx, "x", x);
    nonlinearity("convTransposeBackwardData", before);
    kernels.convTransposeBackwardData(dx, dy, w, x, before, geometry);
  }

  @Override
  public int convTransposeStatisticsTiles(ConvGeometry geometry, int batch) {
    return kernels.convTransposeStatisticsTiles(geometry, batch);
  }

  @Override
  public void convTransposeForwardWithStatistics(
      Tensor y, Tensor statistics, Tensor x, Tensor w, Tensor bias, ConvGeometry geometry) {
    String operation = "convTransposeForwardWithStatistics";
    conv(operation, y, x, w, geometry);
    vector(operation, "bias", bias, geometry.channels());
    int tiles = convTransposeStatisticsTiles(geometry, x.shape().size(0));
    statistics(operation, statistics, tiles, geometry.channels());
    kernels.convTransposeForwardWithStatistics(y, statistics, x, w, bias, geometry);
  }

  @Override
  public void convTransposeBackwardData(Tensor dx, Tensor dy, Tensor w, ConvGeometry geometry) {
    conv("convTransposeBackwardData", dy, dx, w, geometry);
    kernels.convTransposeBackwardData(dx, dy, w, geometry);
  }

  @Override
  public void convTransposeBackwardWeights(
      Tensor dw, Tensor dbias, Tensor dy, Tensor x, ConvGeometry geometry, GradientMode mode) {
    conv("convTransposeBackwardWeights", dy, x, dw, geometry);
    vector("convTransposeBackwardWeights", "dbias", dbias, geometry.channels());
    wanted("convTransposeBackwardWeights", mode);
    kernels.convTransposeBackwardWeights(dw, dbias, dy, x, geometry, mode);
  }

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
    BatchNormChecks.forward(
        y, x, statistics, mean, inverseDeviation, runningMean, runningVariance, gamma, beta);
    kernels.batchNormForward(
        y,
        mean,
        inverseDeviation,
        runningMean,
        runningVariance,
        x,
        statistics,
        gamma,
        beta,
        momentum,
        epsilon,
        activation);
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
    reals("batchNormInfer", y, x);
    same("batchNormInfer", "y", y, "x", x);
    channels("batchNormInfer", x, gamma, beta, runningMean, runningVariance);
    kernels.batchNormInfer(y, x, gamma, beta, runningMean, runningVariance, epsilon, activation);
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
    BatchNormChecks.backward(dx, dgamma, dbeta, dy, x, gamma, beta, mean, inverseDeviation, mode);
    kernels.batchNormBackward(
        dx, dgamma, dbeta, dy, x, gamma, beta, mean, inverseDeviation, activation, mode);
  }

  @Override
  public void spectralNorm(Tensor inverse, Tensor u, Tensor v, Tensor w) {
    SpectralNormChecks.check("spectralNorm", w, u, v, inverse);
    kernels.spectralNorm(inverse, u, v, w);
  }

  @Override
  public void spectralNormBackward(Tensor dw, Tensor w, Tensor u, Tensor v, Tensor inverse) {
    SpectralNormChecks.check("spectralNormBackward", w, u, v, inverse);
    reals("spectralNormBackward", dw);
    same("spectralNormBackward", "dw", dw, "w", w);
    kernels.spectralNormBackward(dw, w, u, v, inverse);
  }

  @Override
  public void sum(Tensor result, Tensor x) {
    reals("sum", result, x);
    vector("sum", "result", result, 1);
    kernels.sum(result, x);
  }

  @Override
  public void sumOfSquares(Tensor result, Tensor x) {
    reals("sumOfSquares", result, x);
    vector("sumOfSquares", "result", result, 1);
    kernels.sumOfSquares(result, x);
  }

  @Override
  public void columnSum(Tensor result, Tensor x, GradientMode mode) {
    reals("columnSum", result, x);
    channels("columnSum", x, result);
    wanted("columnSum", mode);
    kernels.columnSum(result, x, mode);
  }

  @Override
  public void ganDiscriminatorLoss(
      Tensor result, Tensor dlogits, Tensor logits, GanLoss loss, double labelSmoothing) {
    LossChecks.ganDiscriminator(result, dlogits, logits, loss, labelSmoothing);
    kernels.ganDiscriminatorLoss(result, dlogits, logits, loss, labelSmoothing);
  }

  @Override
  public void ganGeneratorLoss(Tensor result, Tensor dlogits, Tensor logits, GanLoss loss) {
    LossChecks.ganGenerator(result, dlogits, logits);
    kernels.ganGeneratorLoss(result, dlogits, logits, loss);
  }

  @Override
  public void gradientPenalty(
      Tensor result, Tensor factors, Tensor squares, GradientPenalty penalty, double weight) {
    LossChecks.gradientPenalty(result, factors, squares, weight);
    kernels.gradientPenalty(result, factors, squares, penalty, weight);
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
    LossChecks.reconstruction(
        result, rowLosses, dprediction, prediction, target, weights, likelihood, batch);
    kernels.reconstructionLoss(
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
    LossChecks.gaussianKl(result, rowLosses, dq, dp, q, p, weights, scale, batch);
    kernels.gaussianKl(result, rowLosses, dq, dp, q, p, weights, scale, batch);
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
    LossChecks.crossEntropy(result, rowLosses, dlogits, logits, labels, weights, batch);
    kernels.crossEntropy(result, rowLosses, dlogits, logits, labels, weights, batch);
  }

  @Override
  public void logMeanExp(Tensor value, Tensor weights, Tensor x) {
    LossChecks.logMeanExp(value, weights, x);
    kernels.logMeanExp(value, weights, x);
  }

  @Override
  public void reparameterizeForward(Tensor z, Tensor kl, Tensor moments, RandomStream stream) {
    LossChecks.reparameterize("reparameterizeForward", moments, z, kl);
    counter("reparameterizeForward", stream.counter());
    kernels.reparameterizeForward(z, kl, moments, stream);
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
    LossChecks.reparameterizeBackward(dmoments, dz, moments, kl, beta, freeBits);
    counter("reparameterizeBackward", stream.counter());
    kernels.reparameterizeBackward(dmoments, dz, moments, kl, beta, freeBits, stream);
  }

  @Override
  public void embeddingForward(Tensor y, Tensor table, Tensor indices) {
    LossChecks.embedding("embeddingForward", "y", y, "table", table, indices);
    kernels.embeddingForward(y, table, indices);
  }

  @Override
  public void embeddingBackward(Tensor dtable, Tensor dy, Tensor indices, GradientMode mode) {
    LossChecks.embedding("embeddingBackward", "dy", dy, "dtable", dtable, indices);
    wanted("embeddingBackward", mode);
    kernels.embeddingBackward(dtable, dy, indices, mode);
  }

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
    RecurrentChecks.gruForward(states, gates, inputGates, constantGates, w, bias, lengths, reverse);
    kernels.gruForward(states, gates, inputGates, constantGates, w, bias, lengths, reverse);
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
    RecurrentChecks.gruBackward(
        dinputGates, dhiddenGates, dstate, dy, states, gates, w, lengths, reverse);
    kernels.gruBackward(dinputGates, dhiddenGates, dstate, dy, states, gates, w, lengths, reverse);
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
    RecurrentChecks.lstmForward(
        states, cells, gates, inputGates, constantGates, w, lengths, reverse);
    kernels.lstmForward(states, cells, gates, inputGates, constantGates, w, lengths, reverse);
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
    RecurrentChecks.lstmBackward(dgates, dstate, dcell, dy, cells, gates, w, lengths, reverse);
    kernels.lstmBackward(dgates, dstate, dcell, dy, cells, gates, w, lengths, reverse);
  }

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
    OptimizerChecks.adam(values, m, v, gradients, step, learningRate);
    kernels.adam(values, m, v, gradients, step, learningRate, beta1, beta2, epsilon, weightDecay);
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
    OptimizerChecks.sgd(values, velocity, gradients, learningRate, momentum);
    kernels.sgd(values, velocity, gradients, learningRate, momentum, nesterov, weightDecay);
  }

  @Override
  public void rmsProp(
      Tensor values,
      Tensor meanSquare,
      Tensor gradients,
      Tensor learningRate,
      double decay,
      double epsilon) {
    OptimizerChecks.rmsProp(values, meanSquare, gradients, learningRate);
    kernels.rmsProp(values, meanSquare, gradients, learningRate, decay, epsilon);
  }

  @Override
  public void ema(Tensor average, Tensor values, Tensor step, double decay) {
    OptimizerChecks.ema(average, values, step, decay);
    kernels.ema(average, values, step, decay);
  }

  @Override
  public void clipByNorm(Tensor gradients, Tensor norm, double maxNorm) {
    OptimizerChecks.clipByNorm(gradients, norm, maxNorm);
    kernels.clipByNorm(gradients, norm, maxNorm);
  }
}
