package dev.figment.cuda;

/** The tiles that kernels/implicit_gemm.cuh is compiled for: rows x columns of C a block. */
public enum GemmTile {
  /** For large products: a thread has 8 x 8 elements. */
  LARGE(128, 128, 8, 256, 1.0),
  /** For too few large tiles: a thread has 4 x 8. */
  MEDIUM(64, 64, 16, 128, 0.8),
  /** For few columns. */
  NARROW(128, 32, 16, 128, 0.7),
  /** For few rows: dense layers at small batches. */
  FLAT(32, 128, 16, 128, 0.7);

  /**
   * How much of K a block holds at a time where operands along K come by number, whatever its tile:
   * what a warp loads at once. Their channels are no multiple of 4.
   */
  static final int DEPTH_OF_NUMBERS = 32;

  private final int rows;
  private final int columns;
  private final int depth;
  private final int threads;
  private final double efficiency;

  GemmTile(int rows, int columns, int depth, int threads, double efficiency) {
    this.rows = rows;
    this.columns = columns;
    this.depth = depth;
    this.threads = threads;
    this.efficiency = efficiency;
  }

  /** Rows of C. */
  public int rows() {
    return rows;
  }

  /** Columns of C. */
  public int columns() {
    return columns;
  }

  /** How much of K a block holds in shared memory at a time. */
  public int depth() {
    return depth;
  }

  /** Threads of a block. */
  public int threads() {
    return threads;
  }

  /** Elements of C. */
  public int elements() {
    return rows * columns;
  }

  /**
   * Of a full tile's multiplications, against the large tile's: an estimate from products a word
   * that is read from shared and global memory, and not a measurement.
   */
  double efficiency() {
    return efficiency;
  }

  /** For example {@code 128x32}, as in the kernels' names. */
  @Override
  public String toString() {
    return rows + "x" + columns;
  }
}
