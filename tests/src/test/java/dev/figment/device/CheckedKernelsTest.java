package dev.figment.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.reference.ReferenceDevice;
import java.lang.reflect.Proxy;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * Wrong arguments end in a sentence that names what was wanted and what was found; nothing runs.
 */
class CheckedKernelsTest {
  private final ReferenceDevice device = new ReferenceDevice();
  private int calls;

  /** Counts the calls that come through; none should. */
  private final Kernels kernels =
      new CheckedKernels(
          (Kernels)
              Proxy.newProxyInstance(
                  Kernels.class.getClassLoader(),
                  new Class<?>[] {Kernels.class},
                  (proxy, method, arguments) -> {
                    if (method.getReturnType() == int.class) {
                      return 2; // tiles of statistics
                    }
                    calls++;
                    return null;
                  }));

  private Tensor real(int... sizes) {
    return device.allocate(DataType.REAL, Shape.of(sizes));
  }

  private Tensor ints(int... sizes) {
    return device.allocate(DataType.INT32, Shape.of(sizes));
  }

  private Tensor bytes(int... sizes) {
    return device.allocate(DataType.UINT8, Shape.of(sizes));
  }

  private RandomStream stream(Tensor counter) {
    return new RandomStream(1, counter, RandomStream.LATENT);
  }

  private void refused(ThrowingCallable call, String... parts) {
    assertThatThrownBy(call).isInstanceOf(FigmentException.class).message().contains(parts);
    assertThat(calls).as("calls that came through").isZero();
  }

  @Test
  void memoryAndLayout() {
    refused(() -> kernels.fill(ints(3), 1), "fill", "REAL", "INT32");
    refused(() -> kernels.copy(real(3), ints(3)), "copy", "REAL", "INT32");
    refused(() -> kernels.copy(real(3), real(4)), "copy", "3", "4");
    Tensor memory = real(10);
    refused(
        () ->
            kernels.copy(
                new Tensor(memory.memory(), 2, Shape.of(5)),
                new Tensor(memory.memory(), 6, Shape.of(4)).reshaped(Shape.of(4))),
        "copy",
        "5 and 4");
    refused(
        () ->
            kernels.copy(
                new Tensor(memory.memory(), 2, Shape.of(5)),
                new Tensor(memory.memory(), 5, Shape.of(5))),
        "overlapping");
    refused(() -> kernels.add(real(3), real(3), real(1, 3)), "add", "3 and 1x3");
    refused(() -> kernels.add(real(3), bytes(3), real(3)), "add", "REAL", "UINT8");
    refused(() -> kernels.scale(real(3), real(2), 1), "scale", "3 and 2");
    refused(() -> kernels.bytesToReal(real(3), real(3), 1, 0), "UINT8", "REAL");
    refused(() -> kernels.nchwToNhwc(real(2, 3, 4, 5), real(2, 3, 4, 5)), "2x5x3x4", "2x3x4x5");
    refused(() -> kernels.nhwcToNchw(real(2, 3, 4, 5), real(2, 3, 4)), "four axes", "2x3x4");
  }

  @Test
  void counters() {
    refused(() -> kernels.increment(ints(2)), "increment", "one element", "2");
    refused(() -> kernels.uniform(real(3), 0, 1, stream(real(1))), "INT32", "REAL");
    refused(() -> kernels.normal(bytes(3), 0, 1, stream(ints(1))), "REAL", "UINT8");
    refused(() -> kernels.bernoulli(real(3), real(4), stream(ints(1))), "bernoulli", "3 and 4");
  }

  @Test
  void activationsAndDropout() {
    refused(
        () -> kernels.activationForward(real(3), real(4), Activation.RELU),
        "activationForward",
        "3 and 4");
    refused(
        () -> kernels.activationBackward(real(3), real(3), real(4), Activation.RELU), "3 and 4");
    refused(
        () -> kernels.dropoutForward(real(3), real(3), Activation.IDENTITY, 1, stream(ints(1))),
        "[0, 1)",
        "1.0");
    refused(
        () ->
            kernels.dropoutBackward(
                real(3), real(3), real(3), Activation.IDENTITY, Double.NaN, stream(ints(1))),
        "NaN");
  }

  @Test
  void dense() {
    Activation none = Activation.IDENTITY;
    refused(
        () -> kernels.denseForward(real(2, 5), real(2, 3), real(4, 3), null, none),
        "denseForward",
        "2x4",
        "2x5");
    refused(
        () -> kernels.denseForward(real(2, 4), real(2, 9), real(4, 3), null, none), "2x3", "2x9");
    refused(
        () -> kernels.denseForward(real(2, 4), real(2, 3), real(4, 3), real(3), none),
        "bias of 4 elements",
        "shape 3");
    refused(
        () -> kernels.denseForward(real(2, 4), real(2, 3, 1), real(4, 3), null, none),
        "matrices",
        "2x3x1");
    refused(() -> kernels.denseBackwardData(real(2, 3), real(2, 5), real(4, 3)), "2x4", "2x5");
    refused(
        () ->
            kernels.denseBackwardWeights(
                real(4, 3), null, real(2, 4), real(2, 3), GradientMode.IGNORE),
        "ignore");
    refused(
        () ->
            kernels.denseBackwardWeights(
                real(4, 3), real(3), real(2, 4), real(2, 3), GradientMode.OVERWRITE),
        "dbias of 4 elements",
        "shape 3");
  }

  @Test
  void convolutions() {
    ConvGeometry g = ConvGeometry.same(6, 4, 3, 5, 3, 2);
    Tensor large = real(2, 6, 4, 3);
    Tensor small = real(2, 3, 2, 5);
    Tensor w = real(5, 3, 3, 3);
    Activation none = Activation.IDENTITY;
    refused(
        () -> kernels.convForward(small, real(2, 4, 6, 3), w, null, none, g),
        "convForward",
        "large image",
        "2x6x4x3",
        "2x4x6x3");
    refused(
        () -> kernels.convForward(real(1, 3, 2, 5), large, w, null, none, g),
        "small image",
        "2x3x2x5",
        "1x3x2x5");
    refused(
        () -> kernels.convForward(small, large, real(3, 3, 3, 5), null, none, g),
        "weights",
        "5x3x3x3",
        "3x3x3x5");
    refused(() -> kernels.convForward(small, large, w, real(3), none, g), "bias of 5", "shape 3");
    refused(() -> kernels.convForward(small, real(), w, null, none, g), "scalar");
    Tensor statistics = real(3, 3, 5);
    refused(
        () -> kernels.convForwardWithStatistics(small, statistics, large, w, null, g),
        "statistics of shape 2x3x5",
        "3x3x5");
    refused(
        () -> kernels.convTransposeForwardWithStatistics(large, statistics, small, w, null, g),
        "statistics of shape 2x3x3",
        "3x3x5");
    refused(() -> kernels.convBackwardData(small, small, w, g), "large image", "2x3x2x5");
    refused(
        () -> kernels.convBackwardWeights(w, null, small, large, g, GradientMode.IGNORE), "ignore");
    refused(
        () -> kernels.convTransposeForward(small, large, w, null, none, g),
        "convTransposeForward",
        "2x6x4x3",
        "2x3x2x5");
    refused(
        () -> kernels.convTransposeForward(large, small, w, real(5), none, g),
        "bias of 3",
        "shape 5");
    refused(() -> kernels.convTransposeBackwardData(large, large, w, g), "small image");
    refused(
        () ->
            kernels.convTransposeBackwardWeights(
                w, real(5), large, small, g, GradientMode.OVERWRITE),
        "dbias of 3",
        "shape 5");
  }

  @Test
  void batchNorm() {
    Tensor x = real(4, 3);
    Tensor c = real(3);
    Activation none = Activation.IDENTITY;
    refused(
        () -> kernels.batchNormForward(x, c, c, c, c, x, null, c, real(4), 0.8, 1e-3, none),
        "3 elements",
        "shape 4");
    for (Tensor statistics : new Tensor[] {real(2, 3, 4), real(2, 2, 3), real(3, 3)}) {
      refused(
          () -> kernels.batchNormForward(x, c, c, c, c, x, statistics, c, c, 0.8, 1e-3, none),
          "[tiles, 3, 3]",
          "got " + statistics.shape());
    }
    refused(() -> kernels.batchNormInfer(real(4, 2), x, c, c, c, c, 1e-3, none), "4x2 and 4x3");
    refused(
        () -> kernels.batchNormBackward(x, c, null, x, x, c, c, c, c, none, GradientMode.OVERWRITE),
        "both of dgamma and dbeta");
    refused(
        () -> kernels.batchNormBackward(x, c, c, x, x, c, c, c, c, none, GradientMode.IGNORE),
        "ignore");
  }

  @Test
  void reductionsLossesAndAdam() {
    refused(() -> kernels.sum(real(2), real(5)), "1 elements", "shape 2");
    refused(() -> kernels.sumOfSquares(real(1), ints(5)), "REAL", "INT32");
    refused(
        () -> kernels.columnSum(real(2), real(5, 3), GradientMode.OVERWRITE),
        "3 elements",
        "shape 2");
    refused(() -> kernels.columnSum(real(1), real(), GradientMode.OVERWRITE), "scalar");
    refused(
        () -> kernels.ganDiscriminatorLoss(real(3), real(3, 1), real(3, 1), GanLoss.MINIMAX, 0),
        "3 logits");
    refused(
        () -> kernels.ganDiscriminatorLoss(real(1), real(4, 1), real(4, 1), GanLoss.MINIMAX, 0),
        "3 elements");
    refused(
        () -> kernels.ganGeneratorLoss(real(1), real(4), real(4, 1), GanLoss.MINIMAX), "4 and 4x1");
    refused(
        () ->
            kernels.adam(real(4), real(4), real(3), real(4), ints(1), real(1), 0.5, 0.999, 1e-8, 0),
        "3 and 4");
    refused(
        () ->
            kernels.adam(real(4), real(4), real(4), real(4), real(1), real(1), 0.5, 0.999, 1e-8, 0),
        "INT32",
        "REAL");
  }

  @Test
  void ganLosses() {
    Tensor two = real(2);
    refused(
        () -> kernels.ganDiscriminatorLoss(real(3), two, two, GanLoss.HINGE, 0.1), "hinge", "0.1");
    refused(
        () -> kernels.ganDiscriminatorLoss(real(3), two, two, GanLoss.WASSERSTEIN, 0.1),
        "wasserstein");
    refused(() -> kernels.ganDiscriminatorLoss(real(3), two, two, GanLoss.MINIMAX, 1), "1.0");
    refused(
        () -> kernels.ganDiscriminatorLoss(real(3), two, two, GanLoss.MINIMAX, Double.NaN), "NaN");
  }

  @Test
  void gradientPenalty() {
    GradientPenalty penalty = GradientPenalty.ONE_CENTRED;
    refused(() -> kernels.gradientPenalty(real(1), real(3), real(4), penalty, 1), "3 and 4");
    refused(() -> kernels.gradientPenalty(real(4), real(4), real(4), penalty, 1), "1 elements");
    refused(() -> kernels.gradientPenalty(real(1), real(4), real(4), penalty, -1), "-1.0");
    refused(() -> kernels.gradientPenalty(real(1), real(4), real(4), penalty, Double.NaN), "NaN");
  }

  @Test
  void spectralNorm() {
    Tensor one = real(1);
    refused(() -> kernels.spectralNorm(one, real(2), real(6), real(12)), "two or more axes", "12");
    refused(() -> kernels.spectralNorm(one, real(3), real(6), real(2, 3, 2)), "u of 2", "shape 3");
    refused(() -> kernels.spectralNorm(one, real(2), real(3), real(2, 3, 2)), "v of 6", "shape 3");
    refused(() -> kernels.spectralNorm(real(2), real(2), real(6), real(2, 6)), "inverse of 1");
    refused(
        () -> kernels.spectralNormBackward(real(2, 5), real(2, 6), real(2), real(6), one),
        "2x5 and 2x6");
  }

  @Test
  void reconstruction() {
    Tensor one = real(1);
    Tensor target = real(4, 3);
    Likelihood learned = Likelihood.GAUSSIAN_LEARNED;
    refused(
        () -> kernels.reconstructionLoss(one, null, null, target, target, null, learned, 4),
        "4x6",
        "4x3");
    Likelihood fixed = Likelihood.gaussian(1);
    refused(
        () -> kernels.reconstructionLoss(one, null, null, real(12), real(12), null, fixed, 4),
        "two axes");
    refused(
        () -> kernels.reconstructionLoss(one, real(3), null, target, target, null, fixed, 4),
        "rowLosses of 4");
    refused(
        () -> kernels.reconstructionLoss(one, null, real(3, 4), target, target, null, fixed, 4),
        "dprediction");
    refused(
        () -> kernels.reconstructionLoss(one, null, null, target, target, real(3), fixed, 4),
        "weights",
        "4 elements");
    refused(
        () -> kernels.reconstructionLoss(one, null, null, target, target, null, fixed, 0),
        "batch",
        "0");
    assertThatThrownBy(() -> Likelihood.gaussian(0)).message().contains("variance 0.0");
  }

  @Test
  void gaussianKl() {
    Tensor one = real(1);
    Tensor q = real(4, 6);
    refused(() -> kernels.gaussianKl(one, null, q, q, q, null, null, one, 4), "dp without p");
    refused(
        () -> kernels.gaussianKl(one, null, real(4, 5), null, real(4, 5), null, null, one, 4),
        "as many means as log variances");
    refused(() -> kernels.gaussianKl(one, null, q, null, q, real(4, 4), null, one, 4), "4x4");
    refused(() -> kernels.gaussianKl(one, null, q, null, q, q, real(5), one, 4), "weights");
    refused(() -> kernels.gaussianKl(one, null, q, null, q, q, null, real(2), 4), "scale");
  }

  @Test
  void crossEntropyAndEmbedding() {
    Tensor one = real(1);
    Tensor logits = real(4, 3);
    refused(
        () -> kernels.crossEntropy(one, null, null, logits, real(4), null, 4), "labels", "INT32");
    refused(() -> kernels.crossEntropy(one, null, null, logits, ints(3), null, 4), "labels of 4");
    refused(() -> kernels.crossEntropy(one, null, logits, logits, ints(4), real(3), 4), "weights");
    refused(() -> kernels.embeddingForward(real(4, 3), real(5, 2), ints(4)), "4x2", "4x3");
    refused(() -> kernels.embeddingForward(real(4, 3), real(5, 3), ints(5)), "indices of 4");
    refused(
        () -> kernels.embeddingBackward(real(5, 3), real(4, 3), ints(4), GradientMode.IGNORE),
        "ignore");
  }

  @Test
  void logMeanExp() {
    refused(() -> kernels.logMeanExp(real(4), real(3, 4), real(12)), "two axes", "12");
    refused(() -> kernels.logMeanExp(real(4), real(4, 3), real(3, 4)), "4x3", "3x4");
    refused(() -> kernels.logMeanExp(real(3), real(3, 4), real(3, 4)), "value of 4");
  }

  @Test
  void recurrentCells() {
    Tensor states = real(4, 2, 5); // three steps
    Tensor input = real(3, 2, 15);
    Tensor w = real(15, 5);
    refused(
        () -> kernels.gruForward(real(1, 2, 5), null, input, null, w, null, null, false),
        "[T + 1, N, H] with T >= 1",
        "1x2x5");
    refused(
        () -> kernels.gruForward(states, null, real(4, 2, 15), null, w, null, null, false),
        "inputGates of shape 3x2x15",
        "4x2x15");
    refused(
        () -> kernels.gruForward(states, null, input, real(2, 5), w, null, null, false),
        "constantGates of shape 2x15");
    refused(
        () -> kernels.gruForward(states, null, input, null, w, real(5), null, false),
        "bias of 15 elements");
    refused(
        () -> kernels.gruForward(states, null, input, null, w, null, ints(3), false),
        "lengths of shape 2",
        "3");
    refused(
        () -> kernels.gruForward(states, null, input, null, w, null, real(2), false),
        "lengths of type INT32");
    refused(
        () -> kernels.lstmForward(states, real(3, 2, 5), null, input, null, w, null, false),
        "cells and states of one shape");
    refused(
        () -> kernels.lstmForward(states, states, null, input, null, w, null, false),
        "inputGates of shape 3x2x20");
    Tensor gates = real(3, 2, 20);
    Tensor one = real(2, 5);
    refused(
        () -> kernels.gruBackward(input, input, one, real(4, 2, 5), states, gates, w, null, false),
        "dy of shape 3x2x5");
    refused(
        () -> kernels.gruBackward(input, gates, one, null, states, gates, w, null, false),
        "dhiddenGates of shape 3x2x15");
    refused(
        () ->
            kernels.lstmBackward(
                gates, one, real(3, 5), null, states, gates, real(20, 5), null, false),
        "dcell of shape 2x5");
  }

  @Test
  void reparameterization() {
    Tensor moments = real(4, 6);
    RandomStream stream = stream(ints(1));
    refused(() -> kernels.reparameterizeForward(real(4, 6), real(3), moments, stream), "4x3");
    refused(() -> kernels.reparameterizeForward(real(4, 3), real(2), moments, stream), "kl of 3");
    refused(
        () -> kernels.reparameterizeForward(real(4, 3), real(3), moments, stream(ints(2))),
        "counter");
    refused(
        () ->
            kernels.reparameterizeBackward(
                moments, real(4, 3), moments, real(3), real(1), -1, stream),
        "free bits",
        "-1.0");
    refused(
        () ->
            kernels.reparameterizeBackward(
                moments, real(4, 3), moments, real(3), real(2), 0, stream),
        "beta");
  }

  @Test
  void optimizersAndRows() {
    Tensor one = real(1);
    refused(() -> kernels.sgd(real(4), null, real(4), one, 0.9, false, 0), "0.9 without one");
    refused(() -> kernels.sgd(real(4), real(4), real(4), one, 0, false, 0), "0.0 with one");
    refused(() -> kernels.sgd(real(4), real(3), real(4), one, 0.9, false, 0), "3 and 4");
    refused(() -> kernels.rmsProp(real(4), real(4), real(5), one, 0.9, 1e-8), "5 and 4");
    refused(() -> kernels.ema(real(4), real(4), null, 1), "[0, 1)", "1.0");
    refused(() -> kernels.ema(real(4), real(4), one, 0.5), "INT32", "REAL");
    refused(() -> kernels.clipByNorm(real(4), one, 0), "> 0", "0.0");
    refused(() -> kernels.clipByNorm(real(4), real(2), 1), "1 elements", "shape 2");
    refused(() -> kernels.clamp(real(4), real(4), 1, -1), "low <= high");
    refused(() -> kernels.scaleBy(real(4), real(4), real(2)), "1 elements", "shape 2");
    refused(() -> kernels.rowSumOfSquares(real(3), real(2, 3)), "2 elements", "shape 3");
    refused(() -> kernels.scaleRows(real(2, 3), real(2, 3), real(3)), "2 elements", "shape 3");
    GradientMode over = GradientMode.OVERWRITE;
    Tensor wide = real(2, 8);
    refused(
        () -> kernels.copyColumns(wide, 6, real(2, 3), 0, 3, over), "3 columns of y from 6", "2x8");
    refused(() -> kernels.copyColumns(wide, 0, real(2, 3), 1, 3, over), "3 columns of x from 1");
    refused(() -> kernels.copyColumns(wide, -1, real(2, 3), 0, 3, over), "of y from -1");
    refused(() -> kernels.copyColumns(wide, 0, real(2, 3), 0, 0, over), "0 columns");
    refused(() -> kernels.copyColumns(wide, 0, real(3, 3), 0, 3, over), "2x8 and 3x3");
    refused(() -> kernels.copyColumns(wide, 0, wide, 4, 4, over), "overlapping");
    refused(() -> kernels.copyColumns(wide, 0, real(2, 3), 0, 3, GradientMode.IGNORE), "to ignore");
    refused(() -> kernels.lerpRows(real(2, 3), real(2, 3), real(2, 4), real(2)), "2x3 and 2x4");
  }
}
