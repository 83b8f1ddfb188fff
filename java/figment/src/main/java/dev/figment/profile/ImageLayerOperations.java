package dev.figment.profile;

import static dev.figment.profile.Operation.reals;

import dev.figment.cuda.ImageTiles;
import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.GradientMode;
import dev.figment.device.Tensor;
import java.util.List;

/** image_layer.cu: the first layer of a discriminator, the last of a generator. */
final class ImageLayerOperations {
  private static final int BATCH = 16;
  private static final int WIDTH = 64;
  private static final String TAPS =
      "products are left by tap and read by pixel: rows of pixels and of regions are no multiple of 32 banks";
  private static final String HALO =
      "neighbouring pixels read the halo at the stride of the convolution";

  private static final String ROW_ENDS =
      "a warp that adds up pixels for the bias goes on from the end of a row of the halo to the next";

  private ImageLayerOperations() {}

  /** Large pixels along an axis that the tiles of a small one see, added up over tiles. */
  private static long seenOfLarge(int small, int tile, int kernel, int stride, int pad, int large) {
    long seen = 0;
    for (int begin = 0; begin < small; begin += tile) {
      int last = Math.min(begin + tile, small) - 1;
      int from = Math.max(0, begin * stride - pad);
      int to = Math.min(large, last * stride - pad + kernel);
      seen += to - from;
    }
    return seen;
  }

  /** Small pixels along an axis that the regions of a large one see, added up over regions. */
  private static long seenOfSmall(int large, int tile, int kernel, int stride, int pad, int small) {
    long seen = 0;
    for (int begin = 0; begin < large; begin += tile) {
      int end = Math.min(begin + tile, large);
      int first = Math.max(0, Math.floorDiv(begin + pad - kernel + stride, stride));
      int last = Math.min((end - 1 + pad) / stride, small - 1);
      seen += Math.max(0, last - first + 1);
    }
    return seen;
  }

  /** What regions ask for: the small pixels that each sees, all weights, and what it makes. */
  private static long ofRegions(ConvGeometry g, int batch) {
    ImageTiles.Regions it = ImageTiles.regions(g).orElseThrow();
    long seen =
        seenOfSmall(
                g.height(),
                it.rows(),
                g.kernelHeight(),
                g.strideHeight(),
                g.padTop(),
                g.smallHeight())
            * seenOfSmall(
                g.width(),
                it.columns(),
                g.kernelWidth(),
                g.strideWidth(),
                g.padLeft(),
                g.smallWidth());
    return reals(
        batch * seen * g.smallChannels()
            + batch * it.blocks() * g.weights().count()
            + g.large(batch).count());
  }

  /** Numbers of the large image that the tiles of a batch see. */
  private static long halos(ConvGeometry g, ImageTiles.Tiles it, int batch) {
    return batch
        * g.channels()
        * seenOfLarge(
            g.smallHeight(), it.rows(), g.kernelHeight(), g.strideHeight(), g.padTop(), g.height())
        * seenOfLarge(
            g.smallWidth(), it.columns(), g.kernelWidth(), g.strideWidth(), g.padLeft(), g.width());
  }

  static List<Operation> all() {
    ConvGeometry colour = ConvGeometry.same(64, 64, 3, WIDTH, 5, 2);
    return List.of(
        transposed("image_transposed_32", ConvGeometry.same(28, 28, 1, WIDTH, 5, 2), 64),
        transposed("image_transposed_80", colour, BATCH),
        transposed("image_transposed_112", ConvGeometry.same(64, 64, 4, WIDTH, 5, 2), BATCH),
        forward(colour),
        backwardWeights(colour, false),
        backwardWeights(colour, true));
  }

  private static Operation transposed(String kernel, ConvGeometry g, int batch) {
    long y = g.large(batch).count();
    long x = g.small(batch).count();
    return Operation.of(
            "image_layer", "conv_transpose_forward to " + g.channels(), Convolutions.text(g, batch))
        .kernel(
            kernel,
            Convolutions.flops(g, batch) + y,
            reals(y),
            reals(x),
            reals(g.weights().count()),
            reals(g.channels()))
        .tiled(ofRegions(g, batch))
        .conflicting(TAPS)
        .calls(
            tensors -> {
              Tensor out = tensors.zeros(g.large(batch));
              Tensor in = tensors.values(g.small(batch));
              Tensor w = tensors.values(g.weights());
              Tensor bias = tensors.values(g.channels());
              return kernels -> kernels.convTransposeForward(out, in, w, bias, Activation.TANH, g);
            });
  }

  private static Operation forward(ConvGeometry g) {
    long y = g.small(BATCH).count();
    ImageTiles.Tiles tiles = ImageTiles.forwardTiles(g).orElseThrow();
    long weights = BATCH * tiles.count() * g.weights().count();
    long asked = halos(g, tiles, BATCH) * ImageTiles.channelGroups(g) + weights + y;
    return Operation.of("image_layer", "conv_forward of 3", Convolutions.text(g, BATCH))
        .kernel(
            "image_forward",
            Convolutions.flops(g, BATCH) + y,
            reals(y),
            reals(g.large(BATCH).count()),
            reals(g.weights().count()),
            reals(WIDTH))
        .tiled(reals(asked))
        .conflicting(HALO)
        .calls(
            tensors -> {
              Tensor out = tensors.zeros(g.small(BATCH));
              Tensor in = tensors.values(g.large(BATCH));
              Tensor w = tensors.values(g.weights());
              Tensor bias = tensors.values(WIDTH);
              Activation leaky = Activation.leakyRelu(0.2);
              return kernels -> kernels.convForward(out, in, w, bias, leaky, g);
            });
  }

  /**
   * @param transposed whether the gradient is that of the large image, and the bias's its sums
   */
  private static Operation backwardWeights(ConvGeometry g, boolean transposed) {
    long y = g.small(BATCH).count();
    ImageTiles.Tiles tiles = ImageTiles.weightTiles(g).orElseThrow();
    int blocks = ImageTiles.weightBlocks(BATCH * tiles.count());
    long sums = 2 * ImageTiles.weightPartials(g, blocks); // written and read
    long asked =
        halos(g, tiles, BATCH) * ImageTiles.channelGroups(g) + y + sums + g.weights().count();
    int biases = transposed ? g.channels() : WIDTH;
    long biasFlops = transposed ? g.large(BATCH).count() : y;
    String name =
        transposed ? "conv_transpose_backward_weights to 3" : "conv_backward_weights of 3";
    return Operation.of("image_layer", name, Convolutions.text(g, BATCH))
        .kernel(
            "image_backward_weights",
            Convolutions.flops(g, BATCH) + biasFlops,
            reals(y),
            reals(g.large(BATCH).count()),
            reals(g.weights().count()),
            reals(biases))
        .tiled(reals(asked))
        .conflicting(transposed ? ROW_ENDS : "")
        .calls(
            tensors -> {
              Tensor dw = tensors.zeros(g.weights());
              Tensor dbias = tensors.zeros(biases);
              Tensor small = tensors.values(g.small(BATCH));
              Tensor large = tensors.values(g.large(BATCH));
              GradientMode mode = GradientMode.OVERWRITE;
              return transposed
                  ? kernels ->
                      kernels.convTransposeBackwardWeights(dw, dbias, large, small, g, mode)
                  : kernels -> kernels.convBackwardWeights(dw, dbias, small, large, g, mode);
            });
  }
}
