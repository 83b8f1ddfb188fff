package dev.figment.device;

import dev.figment.device.SelfCheck.Bench;
import dev.figment.device.SelfCheck.Case;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What {@link SelfCheck} calls: every method of the contract, on shapes that reach its kernels' odd
 * ends. A test holds that none is missing.
 */
final class SelfCheckCases {
  private static final int ODD = 5003; // elements: more than one block, no multiple of a vector
  private static final int[] ROW_LENGTHS = {36, 37}; // of whole vectors, and not
  private static final Activation LEAKY = Activation.leakyRelu(0.2);
  private final List<Case> cases = new ArrayList<>();

  private SelfCheckCases() {}

  static List<Case> all() {
    SelfCheckCases list = new SelfCheckCases();
    list.elements();
    list.draws();
    list.dense();
    list.convolutions();
    list.normalization();
    list.spectralNorms();
    list.reductions();
    list.losses();
    for (int columns : ROW_LENGTHS) {
      list.rowLosses(columns);
      list.latents(columns);
      list.embeddings(columns);
      list.recurrentCells(columns);
    }
    list.optimizers();
    return list.cases;
  }

  private void add(String operation, Consumer<Bench> calls) {
    cases.add(new Case(operation, calls));
  }

  private void elements() {
    add("fill", b -> b.kernels().fill(b.made(ODD), 0.25));
    add("copy", b -> b.kernels().copy(b.made(ODD), b.given(ODD)));
    add("add", b -> b.kernels().add(b.made(ODD), b.given(ODD), b.given(ODD)));
    add("scale", b -> b.kernels().scale(b.made(ODD), b.given(ODD), -1.5));
    add("scaleBy", b -> b.kernels().scaleBy(b.made(ODD), b.given(ODD), b.given(1)));
    add("clamp", b -> b.kernels().clamp(b.made(ODD), b.given(ODD), -0.5, 0.25));
    add("rowSumOfSquares", b -> b.kernels().rowSumOfSquares(b.made(7), b.given(7, 333)));
    add("scaleRows", b -> b.kernels().scaleRows(b.made(7, 333), b.given(7, 333), b.given(7)));
    add(
        "lerpRows",
        b -> b.kernels().lerpRows(b.made(7, 333), b.given(7, 333), b.given(7, 333), b.positive(7)));
    add("bytesToReal", b -> b.kernels().bytesToReal(b.made(ODD), b.bytes(ODD), 2.0 / 255, -1));
    add("nchwToNhwc", b -> b.kernels().nchwToNhwc(b.made(2, 7, 37, 3), b.given(2, 3, 7, 37)));
    add("nhwcToNchw", b -> b.kernels().nhwcToNchw(b.made(2, 3, 7, 37), b.given(2, 7, 37, 3)));
    for (int columns : ROW_LENGTHS) {
      for (GradientMode mode : List.of(GradientMode.OVERWRITE, GradientMode.ACCUMULATE)) {
        add(
            "copyColumns",
            b ->
                b.kernels()
                    .copyColumns(b.result(b.given(67, 52)), 8, b.given(67, 44), 4, columns, mode));
      }
    }
    for (Activation activation :
        List.of(Activation.RELU, LEAKY, Activation.TANH, Activation.SIGMOID)) {
      add(
          "activationForward",
          b -> b.kernels().activationForward(b.made(ODD), b.given(ODD), activation));
      add(
          "activationBackward",
          b -> b.kernels().activationBackward(b.made(ODD), b.given(ODD), b.given(ODD), activation));
    }
  }

  private void draws() {
    add("increment", b -> b.kernels().increment(b.result(b.integer(41))));
    add("uniform", b -> b.kernels().uniform(b.made(ODD), -1, 3, b.stream()));
    add("normal", b -> b.kernels().normal(b.made(ODD), 0.5, 2, b.stream()));
    add("bernoulli", b -> b.kernels().bernoulli(b.made(ODD), b.given(ODD), b.stream()));
    add(
        "dropoutForward",
        b -> b.kernels().dropoutForward(b.made(ODD), b.given(ODD), LEAKY, 0.25, b.stream()));
    add(
        "dropoutBackward",
        b ->
            b.kernels()
                .dropoutBackward(b.made(ODD), b.given(ODD), b.given(ODD), LEAKY, 0.25, b.stream()));
  }

  private void dense() {
    // Aligned to vectors and not.
    for (int[] size : new int[][] {{9, 36, 20}, {67, 33, 41}}) {
      int batch = size[0];
      int in = size[1];
      int out = size[2];
      add(
          "denseForward",
          b ->
              b.kernels()
                  .denseForward(
                      b.made(batch, out),
                      b.given(batch, in),
                      b.given(out, in),
                      b.given(out),
                      LEAKY));
      add(
          "denseBackwardData",
          b ->
              b.kernels()
                  .denseBackwardData(b.made(batch, in), b.given(batch, out), b.given(out, in)));
      add(
          "denseBackwardWeights",
          b ->
              b.kernels()
                  .denseBackwardWeights(
                      b.made(out, in),
                      b.made(out),
                      b.given(batch, out),
                      b.given(batch, in),
                      GradientMode.OVERWRITE));
    }
  }

  private void convolutions() {
    for (ConvGeometry g :
        List.of(
            ConvGeometry.same(9, 11, 8, 36, 5, 2),
            ConvGeometry.same(7, 6, 5, 33, 4, 3),
            ConvGeometry.same(12, 10, 3, 20, 5, 2), // the kernels of image layers
            ConvGeometry.same(10, 9, 1, 7, 4, 2),
            ConvGeometry.same(6, 8, 4, 9, 5, 1))) {
      convolution(g);
      transposedConvolution(g);
      normalizedConvolutions(g);
      endings(g);
    }
  }

  /** Products that end with dropout, and that go back through it. */
  private void endings(ConvGeometry g) {
    add(
        "convForward",
        b ->
            b.kernels()
                .convForward(
                    b.made(g.small(3)),
                    b.given(g.large(3)),
                    b.given(g.weights()),
                    b.given(g.smallChannels()),
                    dropping(b),
                    g));
    add(
        "convBackwardData",
        b ->
            b.kernels()
                .convBackwardData(
                    b.made(g.large(3)),
                    b.given(g.small(3)),
                    b.given(g.weights()),
                    b.given(g.large(3)),
                    dropping(b),
                    g));
    add(
        "convTransposeForward",
        b ->
            b.kernels()
                .convTransposeForward(
                    b.made(g.large(3)),
                    b.given(g.small(3)),
                    b.given(g.weights()),
                    b.given(g.channels()),
                    dropping(b),
                    g));
    add(
        "convTransposeBackwardData",
        b ->
            b.kernels()
                .convTransposeBackwardData(
                    b.made(g.small(3)),
                    b.given(g.large(3)),
                    b.given(g.weights()),
                    b.given(g.small(3)),
                    dropping(b),
                    g));
  }

  private static Nonlinearity dropping(Bench b) {
    return new Nonlinearity(LEAKY, 0.25, b.stream());
  }

  private void convolution(ConvGeometry g) {
    add(
        "convForward",
        b ->
            b.kernels()
                .convForward(
                    b.made(g.small(3)),
                    b.given(g.large(3)),
                    b.given(g.weights()),
                    b.given(g.smallChannels()),
                    LEAKY,
                    g));
    add(
        "convBackwardData",
        b ->
            b.kernels()
                .convBackwardData(
                    b.made(g.large(3)), b.given(g.small(3)), b.given(g.weights()), g));
    add(
        "convBackwardWeights",
        b ->
            b.kernels()
                .convBackwardWeights(
                    b.result(b.given(g.weights())),
                    b.result(b.given(g.smallChannels())),
                    b.given(g.small(3)),
                    b.given(g.large(3)),
                    g,
                    GradientMode.ACCUMULATE));
  }

  private void transposedConvolution(ConvGeometry g) {
    add(
        "convTransposeForward",
        b ->
            b.kernels()
                .convTransposeForward(
                    b.made(g.large(3)),
                    b.given(g.small(3)),
                    b.given(g.weights()),
                    b.given(g.channels()),
                    Activation.TANH,
                    g));
    add(
        "convTransposeBackwardData",
        b ->
            b.kernels()
                .convTransposeBackwardData(
                    b.made(g.small(3)), b.given(g.large(3)), b.given(g.weights()), g));
    add(
        "convTransposeBackwardWeights",
        b ->
            b.kernels()
                .convTransposeBackwardWeights(
                    b.made(g.weights()),
                    b.made(g.channels()),
                    b.given(g.large(3)),
                    b.given(g.small(3)),
                    g,
                    GradientMode.OVERWRITE));
  }

  /** With statistics for a batch norm where the device gives them, and that batch norm. */
  private void normalizedConvolutions(ConvGeometry g) {
    add(
        "convForwardWithStatistics",
        b -> {
          Tensor y = b.made(g.small(3));
          Tensor statistics =
              b.scratch(b.kernels().convStatisticsTiles(g, 3), 3, g.smallChannels());
          Tensor x = b.given(g.large(3));
          Tensor w = b.given(g.weights());
          if (statistics == null) {
            b.kernels().convForward(y, x, w, null, Activation.IDENTITY, g);
          } else {
            b.kernels().convForwardWithStatistics(y, statistics, x, w, null, g);
          }
          normalize(b, y, statistics);
        });
    add(
        "convTransposeForwardWithStatistics",
        b -> {
          Tensor y = b.made(g.large(3));
          Tensor statistics =
              b.scratch(b.kernels().convTransposeStatisticsTiles(g, 3), 3, g.channels());
          Tensor x = b.given(g.small(3));
          Tensor w = b.given(g.weights());
          if (statistics == null) {
            b.kernels().convTransposeForward(y, x, w, null, Activation.IDENTITY, g);
          } else {
            b.kernels().convTransposeForwardWithStatistics(y, statistics, x, w, null, g);
          }
          normalize(b, y, statistics);
        });
  }

  private static void normalize(Bench b, Tensor x, Tensor statistics) {
    int channels = x.shape().size(-1);
    b.kernels()
        .batchNormForward(
            b.made(x.shape()),
            b.made(channels),
            b.made(channels),
            b.result(b.given(channels)),
            b.result(b.positive(channels)),
            x,
            statistics,
            b.given(channels),
            b.given(channels),
            0.8,
            1e-3,
            LEAKY);
  }

  private void spectralNorms() {
    for (int columns : new int[] {1036, 1037}) { // of whole vectors, and not
      add(
          "spectralNorm",
          b ->
              b.kernels()
                  .spectralNorm(
                      b.made(1), b.result(b.given(19)), b.made(columns), b.given(19, columns)));
      add(
          "spectralNormBackward",
          b ->
              b.kernels()
                  .spectralNormBackward(
                      b.result(b.given(19, columns)),
                      b.given(19, columns),
                      b.given(19),
                      b.given(columns),
                      b.positive(1)));
    }
  }

  private void normalization() {
    for (int channels : new int[] {36, 33}) { // aligned to vectors and not
      int[] image = {3, 11, 7, channels};
      batchNormForward(image, b -> null);
      batchNormForward(image, b -> b.statistics(3 * 11 * 7, channels));
      add(
          "batchNormInfer",
          b ->
              b.kernels()
                  .batchNormInfer(
                      b.made(image),
                      b.given(image),
                      b.given(channels),
                      b.given(channels),
                      b.given(channels),
                      b.positive(channels),
                      1e-3,
                      Activation.RELU));
      add(
          "batchNormBackward",
          b ->
              b.kernels()
                  .batchNormBackward(
                      b.made(image),
                      b.made(channels),
                      b.made(channels),
                      b.given(image),
                      b.given(image),
                      b.given(channels),
                      b.given(channels),
                      b.given(channels),
                      b.positive(channels),
                      LEAKY,
                      GradientMode.OVERWRITE));
    }
  }

  private void batchNormForward(int[] image, Function<Bench, Tensor> statistics) {
    int channels = image[3];
    add(
        "batchNormForward",
        b ->
            b.kernels()
                .batchNormForward(
                    b.made(image),
                    b.made(channels),
                    b.made(channels),
                    b.result(b.given(channels)),
                    b.result(b.positive(channels)),
                    b.given(image),
                    statistics.apply(b),
                    b.given(channels),
                    b.given(channels),
                    0.8,
                    1e-3,
                    LEAKY));
  }

  private void reductions() {
    add("sum", b -> b.kernels().sum(b.made(1), b.positive(4 * ODD)));
    add("sumOfSquares", b -> b.kernels().sumOfSquares(b.made(1), b.given(4 * ODD)));
    add(
        "columnSum",
        b -> b.kernels().columnSum(b.made(37), b.positive(301, 37), GradientMode.OVERWRITE));
  }

  private void losses() {
    for (GanLoss loss : GanLoss.values()) {
      add(
          "ganDiscriminatorLoss",
          b ->
              b.kernels()
                  .ganDiscriminatorLoss(
                      b.made(3), b.made(66, 1), b.given(66, 1), loss, loss.hasTargets() ? 0.1 : 0));
      add(
          "ganGeneratorLoss",
          b -> b.kernels().ganGeneratorLoss(b.made(1), b.made(33, 1), b.given(33, 1), loss));
    }
    for (GradientPenalty penalty : GradientPenalty.values()) {
      add(
          "gradientPenalty",
          b -> b.kernels().gradientPenalty(b.made(1), b.made(333), b.positive(333), penalty, 0.75));
    }
  }

  private void rowLosses(int columns) {
    for (Likelihood likelihood :
        List.of(Likelihood.gaussian(0.5), Likelihood.BERNOULLI, Likelihood.GAUSSIAN_LEARNED)) {
      int outputs = columns * likelihood.outputs();
      add(
          "reconstructionLoss",
          b ->
              b.kernels()
                  .reconstructionLoss(
                      b.made(1),
                      b.made(33),
                      b.made(33, outputs),
                      b.given(33, outputs),
                      b.positive(33, columns),
                      b.positive(33, columns),
                      likelihood,
                      33));
    }
    add(
        "gaussianKl",
        b ->
            b.kernels()
                .gaussianKl(
                    b.made(1),
                    b.made(33),
                    b.made(33, 2 * columns),
                    b.made(33, 2 * columns),
                    b.given(33, 2 * columns),
                    b.given(33, 2 * columns),
                    b.positive(33),
                    b.positive(1),
                    33));
    add(
        "crossEntropy",
        b ->
            b.kernels()
                .crossEntropy(
                    b.made(1),
                    b.made(33),
                    b.made(33, columns),
                    b.given(33, columns),
                    b.integers(33, columns),
                    null,
                    33));
    add(
        "logMeanExp",
        b -> b.kernels().logMeanExp(b.made(columns), b.made(67, columns), b.given(67, columns)));
  }

  private void latents(int latent) {
    add(
        "reparameterizeForward",
        b ->
            b.kernels()
                .reparameterizeForward(
                    b.made(133, latent), b.made(latent), b.given(133, 2 * latent), b.stream()));
    add(
        "reparameterizeBackward",
        b ->
            b.kernels()
                .reparameterizeBackward(
                    b.made(133, 2 * latent),
                    b.given(133, latent),
                    b.given(133, 2 * latent),
                    b.positive(latent),
                    b.positive(1),
                    0.5,
                    b.stream()));
  }

  private void embeddings(int columns) {
    add(
        "embeddingForward",
        b ->
            b.kernels()
                .embeddingForward(b.made(133, columns), b.given(19, columns), b.integers(133, 19)));
    add(
        "embeddingBackward",
        b ->
            b.kernels()
                .embeddingBackward(
                    b.made(19, columns),
                    b.given(133, columns),
                    b.integers(133, 19),
                    GradientMode.OVERWRITE));
  }

  /** Three steps, of samples with all of them and with fewer. */
  private void recurrentCells(int units) {
    add(
        "gruForward",
        b ->
            b.kernels()
                .gruForward(
                    b.result(b.given(4, 19, units)),
                    b.made(3, 19, 4 * units),
                    b.given(3, 19, 3 * units),
                    b.given(19, 3 * units),
                    b.given(3 * units, units),
                    b.given(3 * units),
                    b.integers(19, 4),
                    false));
    add(
        "gruBackward",
        b ->
            b.kernels()
                .gruBackward(
                    b.made(3, 19, 3 * units),
                    b.made(3, 19, 3 * units),
                    b.result(b.given(19, units)),
                    b.given(3, 19, units),
                    b.given(4, 19, units),
                    b.positive(3, 19, 4 * units),
                    b.given(3 * units, units),
                    b.integers(19, 4),
                    true));
    add(
        "lstmForward",
        b ->
            b.kernels()
                .lstmForward(
                    b.result(b.given(4, 19, units)),
                    b.result(b.given(4, 19, units)),
                    b.made(3, 19, 4 * units),
                    b.given(3, 19, 4 * units),
                    b.given(19, 4 * units),
                    b.given(4 * units, units),
                    b.integers(19, 4),
                    true));
    add(
        "lstmBackward",
        b ->
            b.kernels()
                .lstmBackward(
                    b.made(3, 19, 4 * units),
                    b.result(b.given(19, units)),
                    b.result(b.given(19, units)),
                    b.given(3, 19, units),
                    b.given(4, 19, units),
                    b.positive(3, 19, 4 * units),
                    b.given(4 * units, units),
                    b.integers(19, 4),
                    false));
  }

  private void optimizers() {
    add(
        "adam",
        b ->
            b.kernels()
                .adam(
                    b.result(b.given(ODD)),
                    b.result(b.given(ODD)),
                    b.result(b.positive(ODD)),
                    b.given(ODD),
                    b.integer(5),
                    b.positive(1),
                    0.5,
                    0.999,
                    1e-8,
                    0.01));
    for (boolean nesterov : new boolean[] {false, true}) {
      add(
          "sgd",
          b ->
              b.kernels()
                  .sgd(
                      b.result(b.given(ODD)),
                      b.result(b.given(ODD)),
                      b.given(ODD),
                      b.positive(1),
                      0.9,
                      nesterov,
                      0.01));
    }
    add(
        "rmsProp",
        b ->
            b.kernels()
                .rmsProp(
                    b.result(b.given(ODD)),
                    b.result(b.positive(ODD)),
                    b.given(ODD),
                    b.positive(1),
                    0.99,
                    1e-8));
    add("ema", b -> b.kernels().ema(b.result(b.given(ODD)), b.given(ODD), b.integer(3), 0.999));
    add("clipByNorm", b -> b.kernels().clipByNorm(b.result(b.given(ODD)), b.made(1), 0.5));
  }
}
