package dev.figment.profile;

import static dev.figment.profile.Operation.reals;

import dev.figment.cuda.GemmPlan;
import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.GradientMode;
import dev.figment.device.Nonlinearity;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * conv.cu, conv_transpose.cu and conv_backward_weights.cu: dense layers and convolutions, at sizes
 * that reach every tile, with channels that are a multiple of 4 and not.
 */
final class GemmOperations {
  private static final Activation LEAKY_RELU = Activation.leakyRelu(0.2);

  private GemmOperations() {}

  /** A layer and a batch. */
  private record Layer(ConvGeometry g, int batch) {
    boolean isDense() {
      return g.height() * g.width() == 1;
    }

    /** The large image, of a dense layer its input. */
    Shape large() {
      return isDense() ? Shape.of(batch, g.channels()) : g.large(batch);
    }

    Shape small() {
      return isDense() ? Shape.of(batch, g.smallChannels()) : g.small(batch);
    }

    Shape weights() {
      return isDense() ? Shape.of(g.smallChannels(), g.channels()) : g.weights();
    }

    String text() {
      return isDense()
          ? "%d x (%d to %d)".formatted(batch, g.channels(), g.smallChannels())
          : Convolutions.text(g, batch);
    }

    long flops() {
      return Convolutions.flops(g, batch);
    }

    boolean isVector() {
      return g.channels() % 4 == 0;
    }
  }

  private static Layer dense(int batch, int in, int out) {
    return new Layer(GemmPlan.dense(in, out), batch);
  }

  private static Layer conv(int batch, int side, int channels, int smallChannels) {
    return new Layer(ConvGeometry.same(side, side, channels, smallChannels, 5, 2), batch);
  }

  static List<Operation> all() {
    List<Operation> all = new ArrayList<>();
    for (Layer layer : LAYERS_FORWARD) {
      all.add(forward(layer));
    }
    for (Layer layer : LAYERS_TRANSPOSED) {
      all.add(transposed(layer));
    }
    for (Layer layer : LAYERS_WEIGHTS) {
      all.add(weights(layer));
    }
    all.add(normalized(conv(16, 14, 64, 64)));
    all.add(dropping(conv(16, 14, 64, 64)));
    all.add(backThroughDropout(conv(16, 14, 64, 64)));
    return all;
  }

  private static final List<Layer> LAYERS_FORWARD =
      List.of(
          conv(16, 32, 64, 128),
          conv(16, 14, 64, 64),
          conv(128, 16, 16, 32),
          dense(32, 4096, 1024),
          conv(32, 32, 33, 128),
          conv(16, 14, 33, 64),
          conv(128, 16, 18, 32),
          dense(32, 4094, 1024));

  private static final List<Layer> LAYERS_TRANSPOSED =
      List.of(
          conv(24, 32, 128, 64),
          conv(16, 14, 64, 64),
          conv(64, 16, 32, 16),
          dense(32, 1024, 4096),
          conv(24, 32, 127, 64),
          conv(16, 14, 63, 64),
          conv(64, 16, 31, 16),
          dense(32, 1022, 4096));

  private static final List<Layer> LAYERS_WEIGHTS =
      List.of(
          conv(16, 16, 128, 256),
          conv(16, 14, 16, 64),
          dense(4096, 32, 1024),
          dense(4096, 1024, 32),
          conv(16, 16, 127, 256),
          conv(16, 14, 13, 64),
          dense(4096, 30, 1024),
          dense(4096, 1022, 32));

  private static Operation forward(Layer layer) {
    ConvGeometry g = layer.g();
    return describe(
            layer.isDense() ? "dense_forward" : "conv_forward",
            "conv",
            layer,
            GemmPlan.conv(g, layer.batch()),
            0,
            g.smallChannels())
        .calls(
            tensors -> {
              Tensor out = tensors.zeros(layer.small());
              Tensor in = tensors.values(layer.large());
              Tensor w = tensors.values(layer.weights());
              Tensor bias = tensors.values(g.smallChannels());
              return layer.isDense()
                  ? kernels -> kernels.denseForward(out, in, w, bias, LEAKY_RELU)
                  : kernels -> kernels.convForward(out, in, w, bias, LEAKY_RELU, g);
            });
  }

  private static Operation transposed(Layer layer) {
    ConvGeometry g = layer.g();
    return describe(
            layer.isDense() ? "dense_backward_data" : "conv_transpose_forward",
            "conv_transpose",
            layer,
            GemmPlan.convTranspose(g, layer.batch()),
            0,
            layer.isDense() ? 0 : g.channels())
        .calls(
            tensors -> {
              Tensor out = tensors.zeros(layer.large());
              Tensor in = tensors.values(layer.small());
              Tensor w = tensors.values(layer.weights());
              if (layer.isDense()) {
                return kernels -> kernels.denseBackwardData(out, in, w);
              }
              Tensor bias = tensors.values(g.channels());
              return kernels -> kernels.convTransposeForward(out, in, w, bias, LEAKY_RELU, g);
            });
  }

  /** A transposed convolution that leaves the statistics of its output. */
  private static Operation normalized(Layer layer) {
    ConvGeometry g = layer.g();
    GemmPlan plan = GemmPlan.convTranspose(g, layer.batch());
    Shape statistics = Shape.of(plan.statisticsTiles(), 3, g.channels());
    return describe(
            "conv_transpose_forward with statistics",
            "conv_transpose",
            layer,
            plan,
            layer.large().count() * 3,
            statistics.count())
        .calls(
            tensors -> {
              Tensor out = tensors.zeros(layer.large());
              Tensor left = tensors.zeros(statistics);
              Tensor in = tensors.values(layer.small());
              Tensor w = tensors.values(layer.weights());
              return kernels ->
                  kernels.convTransposeForwardWithStatistics(out, left, in, w, null, g);
            });
  }

  /** A convolution that ends with LeakyReLU and dropout. */
  private static Operation dropping(Layer layer) {
    ConvGeometry g = layer.g();
    return describe(
            "conv_forward with dropout",
            "conv",
            layer,
            GemmPlan.conv(g, layer.batch()),
            2 * layer.small().count(),
            g.smallChannels())
        .calls(
            tensors -> {
              Tensor out = tensors.zeros(layer.small());
              Tensor in = tensors.values(layer.large());
              Tensor w = tensors.values(layer.weights());
              Tensor bias = tensors.values(g.smallChannels());
              Nonlinearity end =
                  new Nonlinearity(LEAKY_RELU, 0.3, RandomOperations.stream(tensors));
              return kernels -> kernels.convForward(out, in, w, bias, end, g);
            });
  }

  /** The gradient to the data of the layer after such a one. */
  private static Operation backThroughDropout(Layer layer) {
    ConvGeometry g = layer.g();
    GemmPlan plan = GemmPlan.convTranspose(g, layer.batch());
    long made = layer.large().count();
    return describe(
            "conv_backward_data through dropout", "conv_transpose", layer, plan, 3 * made, made)
        .tiled(plan.requestedBytes() + reals(made))
        .calls(
            tensors -> {
              Tensor dx = tensors.zeros(layer.large());
              Tensor dy = tensors.values(layer.small());
              Tensor w = tensors.values(layer.weights());
              Tensor x = tensors.values(layer.large());
              Nonlinearity before =
                  new Nonlinearity(LEAKY_RELU, 0.3, RandomOperations.stream(tensors));
              return kernels -> kernels.convBackwardData(dx, dy, w, x, before, g);
            });
  }

  private static Operation weights(Layer layer) {
    ConvGeometry g = layer.g();
    return describe(
            layer.isDense() ? "dense_backward_weights" : "conv_backward_weights",
            "conv_backward_weights",
            layer,
            GemmPlan.weights(g, layer.batch()),
            0,
            g.smallChannels())
        .calls(
            tensors -> {
              Tensor dw = tensors.zeros(layer.weights());
              Tensor dbias = tensors.zeros(g.smallChannels());
              Tensor small = tensors.values(layer.small());
              Tensor large = tensors.values(layer.large());
              GradientMode mode = GradientMode.OVERWRITE;
              return layer.isDense()
                  ? kernels -> kernels.denseBackwardWeights(dw, dbias, small, large, mode)
                  : kernels -> kernels.convBackwardWeights(dw, dbias, small, large, g, mode);
            });
  }

  /**
   * @param moreFlops beyond those of the product
   * @param rest numbers beyond the three tensors: a bias, statistics
   */
  private static Operation.Description describe(
      String operation, String family, Layer layer, GemmPlan plan, long moreFlops, long rest) {
    String kernel =
        "%s_%s_%s".formatted(family, plan.tile(), layer.isVector() ? "vector" : "scalar");
    return Operation.of(family, operation, layer.text())
        .kernel(
            kernel,
            layer.flops() + moreFlops,
            reals(layer.large().count()),
            reals(layer.small().count()),
            reals(layer.weights().count()),
            reals(rest))
        .tiled(requestedBytes(family, layer, plan));
  }

  /** What the blocks of a kernel ask for when all tiles are whole. */
  private static long requestedBytes(String family, Layer layer, GemmPlan plan) {
    if (layer.isVector()) {
      return plan.requestedBytes();
    }
    int channels = layer.g().channels();
    int smallChannels = layer.g().smallChannels();
    int filterRow = layer.g().kernelWidth() * channels;
    int filter = layer.g().kernelHeight() * filterRow;
    double a;
    double b;
    double c;
    switch (family) {
      case "conv" -> {
        a = surplus(channels) + surplusOfRuns(channels, filterRow);
        b = surplus(filter);
        c = surplus(smallChannels);
      }
      case "conv_transpose" -> {
        a = surplus(smallChannels) + surplusOfRuns(smallChannels, smallChannels);
        b = surplus(channels);
        c = surplus(channels);
      }
      default -> {
        a = surplus(smallChannels);
        b = surplus(channels) + surplusOfRuns(channels, filterRow);
        c = surplus(filter);
      }
    }
    double operands =
        (double) plan.rowTiles()
            * plan.columnTiles()
            * plan.allDepths()
            * (a * plan.tile().rows() + b * plan.tile().columns());
    double product = c * plan.phases() * plan.rows() * plan.columns();
    return plan.requestedBytes() + Math.round(Float.BYTES * (operands + product));
  }

  /**
   * What a scalar kernel's request for 32 numbers of a row brings besides them, for each number.
   * Rows of n numbers begin anywhere at a multiple of gcd(n, 8) numbers of a sector of 8: so
   * requests that are whole sectors long touch one more, unless they happen to begin with one.
   */
  private static double surplus(int row) {
    return (8 - BigInteger.valueOf(row).gcd(BigInteger.valueOf(8)).intValue()) / 32.0;
  }

  /** What further rows in a request add, where it goes on from one run of numbers to the next. */
  private static double surplusOfRuns(int row, int run) {
    return run % 32 == 0 ? 0 : surplus(row) * 32 / run;
  }
}
