package dev.figment.cuda;

import dev.figment.device.ConvGeometry;
import dev.figment.device.GradientMode;
import dev.figment.device.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Convolutions and transposed ones whose large image has at most 4 channels, over
 * kernels/image_layer.cu. Each method says whether it took the call; what it leaves is for the
 * implicit GEMM.
 */
final class CudaImageLayer {
  private static final String FAMILY = "image_layer";

  private final CudaDevice device;
  private final Map<ConvGeometry, Optional<ImageTiles.Regions>> regions = new HashMap<>();
  private final Map<ConvGeometry, Optional<ImageTiles.Tiles>> forwardTiles = new HashMap<>();
  private final Map<ConvGeometry, Optional<ImageTiles.Tiles>> weightTiles = new HashMap<>();

  CudaImageLayer(CudaDevice device) {
    this.device = device;
  }

  /** Whether {@link #transposed} takes calls of this geometry. */
  boolean takesTransposed(ConvGeometry g) {
    return regions.computeIfAbsent(g, ImageTiles::regions).isPresent();
  }

  /** Whether {@link #forward} takes calls of this geometry. */
  boolean takesForward(ConvGeometry g) {
    return forwardTiles.computeIfAbsent(g, ImageTiles::forwardTiles).isPresent();
  }

  /**
   * The large image y = ending(small image x transposed-conv w + bias): a transposed convolution,
   * or a convolution's backward to its data.
   *
   * @param bias of each channel, or null
   */
  boolean transposed(Tensor y, Tensor x, Tensor w, Tensor bias, CudaEnding ending, ConvGeometry g) {
    Optional<ImageTiles.Regions> found = regions.computeIfAbsent(g, ImageTiles::regions);
    found.ifPresent(
        it ->
            device
                .launch(FAMILY, it.kernel())
                .grid((long) x.shape().size(0) * it.blocks())
                .block(it.threads(), 1)
                .shared(it.shared())
                .address(device.address(y))
                .address(device.address(x))
                .address(device.address(w))
                .address(addressOrNull(bias))
                .integers(ending.fields())
                .integers(g.toArray())
                .integer(it.rows())
                .integer(it.columns())
                .on(device.stream()));
    return found.isPresent();
  }

  /**
   * The small image y = ending(large image x conv w + bias): a convolution, or a transposed one's
   * backward to its data.
   *
   * @param bias of each channel, or null
   */
  boolean forward(Tensor y, Tensor x, Tensor w, Tensor bias, CudaEnding ending, ConvGeometry g) {
    Optional<ImageTiles.Tiles> found = forwardTiles.computeIfAbsent(g, ImageTiles::forwardTiles);
    found.ifPresent(
        it ->
            device
                .launch(FAMILY, "image_forward")
                .grid((long) x.shape().size(0) * it.count(), ImageTiles.channelGroups(g))
                .shared(it.shared())
                .address(device.address(y))
                .address(device.address(x))
                .address(device.address(w))
                .address(addressOrNull(bias))
                .integers(ending.fields())
                .integers(g.toArray())
                .integer(it.rows())
                .integer(it.columns())
                .integer(it.pitch())
                .on(device.stream()));
    return found.isPresent();
  }

  /**
   * dw (+)= from both images, one of which is a gradient.
   *
   * @param smallBias (+)= the small image's sums over pixels, or null
   * @param largeBias likewise the large one's, where {@link ImageTiles#seesAllOfLarge}; one of the
   *     two at most
   */
  boolean backwardWeights(
      Tensor dw,
      Tensor smallBias,
      Tensor largeBias,
      Tensor small,
      Tensor large,
      ConvGeometry g,
      GradientMode mode) {
    Optional<ImageTiles.Tiles> found = weightTiles.computeIfAbsent(g, ImageTiles::weightTiles);
    found.ifPresent(
        it -> {
          int tiles = Math.multiplyExact(small.shape().size(0), it.count());
          int blocks = ImageTiles.weightBlocks(tiles);
          int groups = ImageTiles.tapGroups(g);
          int warps = groups * ImageTiles.shares(g);
          long sums = ImageTiles.weightPartials(g, blocks);
          device
              .launch(FAMILY, "image_backward_weights")
              .grid(blocks, ImageTiles.channelGroups(g))
              .block(32 * warps, 1)
              .shared(it.shared())
              .address(device.address(dw))
              .address(addressOrNull(smallBias))
              .address(addressOrNull(largeBias))
              .address(device.address(small))
              .address(device.address(large))
              .address(device.partials((sums + 1) / 2))
              .address(device.tickets(ImageTiles.channelGroups(g)))
              .integer(mode == GradientMode.ACCUMULATE ? 1 : 0)
              .integers(g.toArray())
              .integer(it.rows())
              .integer(it.columns())
              .integer(it.pitch())
              .integer(tiles)
              .on(device.stream());
        });
    return found.isPresent();
  }

  private long addressOrNull(Tensor tensor) {
    return tensor == null ? 0 : device.address(tensor);
  }
}
