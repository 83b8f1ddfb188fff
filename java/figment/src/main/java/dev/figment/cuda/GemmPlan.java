package dev.figment.cuda;

import dev.figment.device.ConvGeometry;
import java.util.Arrays;
import java.util.Comparator;

/**
 * How one product C [rows][columns] = A [rows][depth] B [depth][columns], or one for each stride
 * phase, is spread over thread blocks. It is a function of the sizes alone and of no GPU, since it
 * decides the order of sums: all GPUs give the same bits.
 *
 * <p>A tile is chosen by the least estimated time: multiplications of whole tiles, edges included,
 * by the tile's efficiency, and what parts of a depth leave for each other, by the share of a GPU
 * that the blocks fill. Where tiles are fewer than {@link #BLOCKS}, several blocks share the depth
 * of one, each at least {@link #PART_DEPTH} of it.
 *
 * <p>The last of rows of tiles, columns of tiles and parts that the blocks go along is where a
 * cache is asked again for what came long ago: sums of parts that wait for the last one, or A,
 * which each column needs. Columns come last where A is the less of the two.
 *
 * @param tile rows and columns of a block
 * @param rows of C, of one phase
 * @param columns of C
 * @param depth of the longest phase
 * @param phases products of one launch
 * @param allDepths the sum of the phases' depths
 * @param split blocks that share the depth of a tile
 * @param columnsAbreast columns of tiles that blocks go along before the next part: all, or 1
 */
public record GemmPlan(
    GemmTile tile,
    int rows,
    int columns,
    int depth,
    int phases,
    long allDepths,
    int split,
    int columnsAbreast) {
  /** Blocks that fill a GPU: 1.5 for each of 128 multiprocessors, as many as current ones have. */
  public static final int BLOCKS = 192;

  /** The least of the depth that is worth a block, which has to write its sums out. */
  public static final int PART_DEPTH = 128;

  /**
   * Parts of a depth begin at multiples of it, whatever the kernel's steps: so vector and scalar
   * kernels add alike.
   */
  public static final int PART_UNIT = 32;

  /** Most parts of a depth: the last block of a tile reads them all. */
  public static final int MOST_PARTS = 32;

  /**
   * Multiplications that a number of a part's sums costs, left and read again: an estimate. Its 8
   * bytes take an L2 cache of 5 TB/s as long as a GPU of 33e12 multiplications a second takes for
   * some 50 (about what an H100 is), and a share of them goes on to memory.
   */
  private static final double PART_COST = 60;

  private static GemmPlan of(int rows, int columns, int depth, int phases, long allDepths) {
    return Arrays.stream(GemmTile.values())
        .map(tile -> with(tile, rows, columns, depth, phases, allDepths))
        .min(Comparator.comparingDouble(GemmPlan::cost))
        .orElseThrow();
  }

  private static GemmPlan with(
      GemmTile tile, int rows, int columns, int depth, int phases, long allDepths) {
    int columnTiles = Math.toIntExact(ceil(columns, tile.columns()));
    GemmPlan whole = new GemmPlan(tile, rows, columns, depth, phases, allDepths, 1, columnTiles);
    long wanted = ceil(BLOCKS, whole.blocks());
    long parts = Math.max(1, Math.min(Math.min(wanted, depth / PART_DEPTH), MOST_PARTS));
    // No part may be left without work.
    long units = ceil(depth, PART_UNIT);
    int split = (int) ceil(units, ceil(units, parts));
    return new GemmPlan(tile, rows, columns, depth, phases, allDepths, split, columnTiles);
  }

  /** The same with columns after parts, where A, an image of {@code left} floats, is less. */
  private GemmPlan columnsLast(long left) {
    return left < partials()
        ? new GemmPlan(tile, rows, columns, depth, phases, allDepths, split, 1)
        : this;
  }

  /** Convolution forward, and the gradient of a transposed convolution to its input. */
  public static GemmPlan conv(ConvGeometry g, int batch) {
    int depth = g.kernelHeight() * g.kernelWidth() * g.channels();
    int pixels = batch * g.smallHeight() * g.smallWidth();
    return of(pixels, g.smallChannels(), depth, 1, Math.max(1, depth))
        .columnsLast(g.large(batch).count());
  }

  /** Transposed convolution forward, and the gradient of a convolution to its input. */
  public static GemmPlan convTranspose(ConvGeometry g, int batch) {
    long pixels = batch * ceil(g.height(), g.strideHeight()) * ceil(g.width(), g.strideWidth());
    long taps = ceil(g.kernelHeight(), g.strideHeight()) * ceil(g.kernelWidth(), g.strideWidth());
    return of(
            Math.toIntExact(pixels),
            g.channels(),
            Math.toIntExact(taps * g.smallChannels()),
            g.strideHeight() * g.strideWidth(),
            (long) g.kernelHeight() * g.kernelWidth() * g.smallChannels())
        .columnsLast(g.small(batch).count());
  }

  /**
   * The gradient of either to its weights. Parts always come last: the filter's taps, columns of B,
   * ask for the same pixels again, of which a part has its share.
   */
  public static GemmPlan weights(ConvGeometry g, int batch) {
    int depth = batch * g.smallHeight() * g.smallWidth();
    return of(
        g.smallChannels(), g.kernelHeight() * g.kernelWidth() * g.channels(), depth, 1, depth);
  }

  /** A dense layer as the convolution of an image of one pixel. */
  public static ConvGeometry dense(int in, int out) {
    return ConvGeometry.of(1, 1, in, out, 1, 1, 0);
  }

  /** Tiles down one phase. */
  public long rowTiles() {
    return ceil(rows, tile.rows());
  }

  /** Tiles across. */
  public long columnTiles() {
    return ceil(columns, tile.columns());
  }

  /** Tiles of all phases. */
  public long tiles() {
    return phases * rowTiles() * columnTiles();
  }

  /** Tiles of rows of which batch norm's statistics are left: those of all phases. */
  public int statisticsTiles() {
    return Math.toIntExact(phases * rowTiles());
  }

  /** Thread blocks of the launch. */
  public long blocks() {
    return tiles() * split;
  }

  /** Blocks along the grid's x, which a GPU goes along first: rows and columns abreast. */
  long gridX() {
    return phases * rowTiles() * columnsAbreast;
  }

  /** Blocks along the grid's y: parts of the depth, then the other columns. */
  long gridY() {
    return columnTiles() / columnsAbreast * split;
  }

  /** Floats that the parts of split depths leave to be added; 0 when nothing is split. */
  public long partials() {
    return split == 1 ? 0 : blocks() * tile.elements();
  }

  /**
   * Bytes that the blocks read and write when all pieces are whole: A and B of each tile, C once,
   * and sums of parts there and back. Edges ask for less, the bias for a little more.
   */
  public long requestedBytes() {
    long operands = rowTiles() * columnTiles() * allDepths * (tile.rows() + tile.columns());
    return Float.BYTES * (operands + (long) phases * rows * columns + 2 * partials());
  }

  /** Estimated time in units of one multiplication of the large tile on a filled GPU. */
  private double cost() {
    double work = (double) rowTiles() * columnTiles() * tile.elements() * allDepths;
    double filled = Math.min(1, (double) blocks() / BLOCKS);
    return (work / tile.efficiency() + PART_COST * partials()) / filled;
  }

  private static long ceil(long count, long each) {
    return (count + each - 1) / each;
  }
}
