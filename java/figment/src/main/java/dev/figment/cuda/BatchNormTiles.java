package dev.figment.cuda;

import dev.figment.device.Tensor;
import java.util.Arrays;

/**
 * How batch_norm.cu shares out x [rows][C]: a block takes 32 channels of 16 rows a thread, and a
 * thread four neighbouring channels where all rows begin at 16-byte boundaries, else one. Its
 * scratch memory holds two sums for each block's channels, then two columns of floats.
 */
final class BatchNormTiles {
  /**
   * Channels of a block and rows of a thread: kTileChannels and kTileTerms of batch_norm_tiles.cuh.
   */
  private static final int TILE_CHANNELS = 32;

  private static final int TILE_TERMS = 16;

  private static final int VECTOR_BYTES = 16;

  private final CudaDevice device;
  private final int channels;
  private final long rows;
  private final int width;
  private final long rowBlocks;
  private final long channelBlocks;
  private final long partials;

  /**
   * @param addresses of all that is read and written by rows
   */
  BatchNormTiles(CudaDevice device, Tensor x, long... addresses) {
    this.device = device;
    channels = x.shape().size(-1);
    rows = x.count() / channels;
    boolean aligned = Arrays.stream(addresses).allMatch(address -> address % VECTOR_BYTES == 0);
    width = aligned && channels % 4 == 0 ? 4 : 1;
    int lanes = 1;
    while (lanes * width < TILE_CHANNELS && lanes * width < channels) {
      lanes *= 2;
    }
    long rowsOfBlock = (long) TILE_TERMS * (CudaLaunch.THREADS / lanes);
    rowBlocks = (rows + rowsOfBlock - 1) / rowsOfBlock;
    channelBlocks = (channels + TILE_CHANNELS - 1) / TILE_CHANNELS;
    partials = device.partials((2 * rowBlocks + 1) * channels);
  }

  long rows() {
    return rows;
  }

  /** Neighbouring channels of a thread, 4 or 1. */
  int width() {
    return width;
  }

  int channels() {
    return channels;
  }

  /** A kernel over all of x. */
  CudaLaunch overElements(String kernel) {
    return device.launch("batch_norm", kernel).grid(rowBlocks * channelBlocks);
  }

  /** A kernel over the channels alone. */
  CudaLaunch overChannels(String kernel) {
    return device.launch("batch_norm", kernel).grid(channelBlocks);
  }

  /** The address of two doubles for each channel of each block of rows. */
  long partials() {
    return partials;
  }

  /** The address of a zero for each block of channels. */
  long tickets() {
    return device.tickets(channelBlocks);
  }

  /** The address of the first column of floats. */
  long first() {
    return partials + 2 * rowBlocks * channels * Double.BYTES;
  }

  /** The address of the second. */
  long second() {
    return first() + (long) channels * Float.BYTES;
  }
}
