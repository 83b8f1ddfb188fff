package dev.figment.cuda;

import dev.figment.device.ConvGeometry;
import java.util.Optional;

/**
 * How kernels/image_layer.cu cuts a convolution with few channels in its large image into blocks: a
 * function of the geometry alone, so that results do not depend on the GPU.
 */
public final class ImageTiles {
  /** Channels of the large image: more are for the implicit GEMM. */
  static final int MOST_CHANNELS = 4;

  /** Small pixels that a block holds at most: kPixels of image_layer.cuh. */
  static final int PIXELS = 256;

  /** Small channels of a block: kGroup of image_layer.cuh. */
  static final int GROUP = 64;

  private static final int WARP = 32;
  private static final int CHUNK = 64; // kChunk of image_layer.cu
  private static final int DEPTH = 8; // kDepth
  private static final int WARP_SUMS = 2048; // kWarpSums
  private static final int WARPS = 8; // of the kernel for the weights' gradient
  private static final int[] TAPS = {32, 80, 112}; // the kernels image_transposed_<taps>
  private static final int[] THREADS = {256, 512, 512};

  /** Floats of 48 KiB, less what kernels declare themselves. */
  private static final int SHARED = 12 * 1024 - 8;

  /** A region of the large image may see this many times its share of small pixels, no more. */
  private static final int MOST_OVERLAP = 2;

  /** Blocks that add up the gradient of the weights: their sums are read once more at the end. */
  private static final int BLOCKS = 32;

  private static final int BLOCKS_OF_MANY = 64;
  private static final int MANY_TILES = 256;

  private ImageTiles() {}

  /** Blocks of image_backward_weights along the tiles of a batch. */
  public static int weightBlocks(int tiles) {
    int most = tiles >= MANY_TILES ? BLOCKS_OF_MANY : BLOCKS;
    int turns = (tiles + most - 1) / most;
    return (tiles + turns - 1) / turns;
  }

  /** Floats that those blocks leave to be added. */
  public static long weightPartials(ConvGeometry g, int blocks) {
    return (long) blocks * channelGroups(g) * (tapGroups(g) * (long) WARP_SUMS + GROUP);
  }

  /** 64-channel groups of the small image. */
  public static int channelGroups(ConvGeometry g) {
    return ceil(g.smallChannels(), GROUP);
  }

  /**
   * Blocks of image_transposed.
   *
   * @param kernel which of them
   * @param threads of a block
   * @param rows of the large image that a block makes
   * @param columns likewise
   * @param blocks a sample
   * @param shared dynamic shared memory, bytes
   */
  public record Regions(
      String kernel, int threads, int rows, int columns, int blocks, int shared) {}

  /**
   * Blocks of image_forward or image_backward_weights.
   *
   * @param rows of the small image that a block takes at a time
   * @param columns likewise
   * @param count tiles a sample
   * @param pitch floats of a row of the large image in shared memory
   * @param shared dynamic shared memory, bytes
   */
  public record Tiles(int rows, int columns, int count, int pitch, int shared) {}

  /** R S C. */
  public static int taps(ConvGeometry g) {
    return g.kernelHeight() * g.kernelWidth() * g.channels();
  }

  /** 32-tap groups of a filter. */
  public static int tapGroups(ConvGeometry g) {
    return ceil(taps(g), WARP);
  }

  /** Warps that share the pixels of a group of taps: a power of two. */
  static int shares(ConvGeometry g) {
    return Integer.highestOneBit(WARPS / tapGroups(g));
  }

  private static boolean few(ConvGeometry g) {
    return g.channels() <= MOST_CHANNELS && taps(g) <= TAPS[TAPS.length - 1];
  }

  /**
   * The regions that read least, weights and overlap counted; nothing where the filter is too large
   * or regions would see most pixels several times, as under a wide kernel of stride 1.
   */
  public static Optional<Regions> regions(ConvGeometry g) {
    if (!few(g)) {
      return Optional.empty();
    }
    int which = 0;
    while (TAPS[which] < taps(g)) {
      which++;
    }
    int staged = 2 * DEPTH * (PIXELS + 4 + TAPS[which]);
    int pitch = g.kernelHeight() * g.kernelWidth() | 1;
    Seen[] vertical =
        seen(g.height(), g.padTop(), g.kernelHeight(), g.strideHeight(), g.smallHeight());
    Seen[] horizontal =
        seen(g.width(), g.padLeft(), g.kernelWidth(), g.strideWidth(), g.smallWidth());
    Regions best = null;
    long least = Long.MAX_VALUE;
    for (Seen v : vertical) {
      for (Seen h : horizontal) {
        int made = Math.min(v.size, g.height()) * Math.min(h.size, g.width()) * g.channels();
        // The kernel spreads what it makes: a float of padding after every 32.
        int shared = Math.max(staged, v.most * h.most * pitch + made + made / WARP);
        long read = (long) v.all * h.all;
        long cost = read + (long) v.count * h.count * taps(g);
        boolean possible =
            v.most * h.most <= PIXELS
                && shared <= SHARED
                && read <= (long) MOST_OVERLAP * g.smallHeight() * g.smallWidth();
        if (possible && cost < least) {
          least = cost;
          best =
              new Regions(
                  "image_transposed_" + TAPS[which],
                  THREADS[which],
                  v.size,
                  h.size,
                  v.count * h.count,
                  shared * Float.BYTES);
        }
      }
    }
    return Optional.ofNullable(best);
  }

  /**
   * What regions of one size see along an axis.
   *
   * @param size rows (or columns) of the large image, a multiple of the stride
   * @param count regions
   * @param most small rows that a region sees
   * @param all what all regions see together
   */
  private record Seen(int size, int count, int most, int all) {}

  private static Seen[] seen(int large, int pad, int kernel, int stride, int small) {
    Seen[] result = new Seen[ceil(large, stride)];
    for (int i = 0; i < result.length; i++) {
      int size = (i + 1) * stride;
      int most = 0;
      int all = 0;
      for (int from = 0; from < large; from += size) {
        int to = Math.min(from + size, large);
        int first = Math.max(0, ceil(from + pad - kernel + 1, stride));
        int last = Math.min((to - 1 + pad) / stride, small - 1);
        int count = Math.max(0, last - first + 1);
        most = Math.max(most, count);
        all += count;
      }
      result[i] = new Seen(size, ceil(large, size), most, all);
    }
    return result;
  }

  /** Tiles whose halo is least, for image_forward; nothing where the filter is too large. */
  public static Optional<Tiles> forwardTiles(ConvGeometry g) {
    int weights = taps(g) * (GROUP + 1);
    return tiles(
        g,
        taps(g) * GROUP,
        weights,
        0,
        (length, columns) -> {
          // The pixel below a tile's last column's follows it bank by bank, if a pitch can do that.
          int step = columns * g.strideWidth() * g.channels();
          for (int pitch = length; pitch < length + WARP; pitch++) {
            if ((g.strideHeight() * pitch - step) % WARP == 0) {
              return pitch;
            }
          }
          return length;
        });
  }

  /**
   * Tiles whose halo is least, for image_backward_weights; nothing where the filter is too large.
   */
  public static Optional<Tiles> weightTiles(ConvGeometry g) {
    int rowTaps = g.kernelWidth() * g.channels();
    int groups = tapGroups(g);
    return tiles(
        g,
        PIXELS,
        CHUNK * GROUP + PIXELS + WARPS * WARP,
        shares(g) / 2 * groups * (WARP_SUMS + GROUP),
        // Taps follow each other bank by bank, from one row of the filter to the next too.
        (length, columns) -> length + Math.floorMod(rowTaps - length, WARP));
  }

  /**
   * Whether the tiles of image_backward_weights see every pixel of the large image: no stride skips
   * any, and output padding is under the kernel.
   */
  static boolean seesAllOfLarge(ConvGeometry g) {
    return g.kernelHeight() >= g.strideHeight()
        && g.kernelWidth() >= g.strideWidth()
        && (g.smallHeight() - 1) * g.strideHeight() - g.padTop() + g.kernelHeight() >= g.height()
        && (g.smallWidth() - 1) * g.strideWidth() - g.padLeft() + g.kernelWidth() >= g.width();
  }

  @FunctionalInterface
  private interface Pitch {
    int of(int length, int columns);
  }

  /**
   * @param each words read for each tile besides its halo
   * @param beside floats of shared memory beside the halo
   * @param least floats of shared memory in any case
   */
  private static Optional<Tiles> tiles(
      ConvGeometry g, int each, int beside, int least, Pitch pitches) {
    if (!few(g)) {
      return Optional.empty();
    }
    Tiles best = null;
    long leastCost = Long.MAX_VALUE;
    for (int rows = 1; rows <= Math.min(g.smallHeight(), PIXELS); rows++) {
      for (int columns = 1; columns <= Math.min(g.smallWidth(), PIXELS / rows); columns++) {
        int haloRows = (rows - 1) * g.strideHeight() + g.kernelHeight();
        int length = ((columns - 1) * g.strideWidth() + g.kernelWidth()) * g.channels();
        int pitch = pitches.of(length, columns);
        int shared = Math.max(least, haloRows * pitch + beside);
        int count = ceil(g.smallHeight(), rows) * ceil(g.smallWidth(), columns);
        long cost = (long) count * ((long) haloRows * length + each);
        if (shared <= SHARED && cost < leastCost) {
          leastCost = cost;
          best = new Tiles(rows, columns, count, pitch, shared * Float.BYTES);
        }
      }
    }
    return Optional.ofNullable(best);
  }

  /** Rounded towards positive infinity, for b > 0. */
  private static int ceil(int a, int b) {
    return Math.floorDiv(a + b - 1, b);
  }
}
