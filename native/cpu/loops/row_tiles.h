// Cuts x [rows][channels] into tiles for reductions over rows. Rows of few channels are taken
// several to a line, so that the inner loop is long whatever the channels are; rows of many are cut
// into blocks of columns. All of it depends on the shape alone.
#ifndef FIGMENT_CPU_LOOPS_ROW_TILES_H_
#define FIGMENT_CPU_LOOPS_ROW_TILES_H_

#include "parallel.h"

namespace figment::FIGMENT_ISA {

constexpr int kMaxWidth = 1024;  // columns of a tile: a line of partial sums stays in cache

struct Tile {
  int64_t chunk, rows;  // which chunk of rows, and how many they are
  int64_t column;       // the first column, of the line
  int64_t width;        // columns
  int64_t channel;      // the first channel
  int64_t channels;     // and how many: width / fold
  int64_t begin, end;   // lines
  int64_t last_width;   // columns of one more, incomplete line after `end`, or 0
};

struct RowTiles {
  int64_t rows, channels;
  int64_t fold;    // rows of a line
  int64_t line;    // floats of a line: fold * channels
  int64_t width;   // columns of a tile
  int64_t blocks;  // tiles side by side
  int64_t lines;   // complete lines
  int64_t height;  // lines of a tile
  int64_t chunks;  // tiles one below the other

  RowTiles(int64_t rows, int64_t channels) : rows(rows), channels(channels) {
    fold = channels < 256 ? fold_of(channels) : 1;
    if (fold > rows) fold = 1;
    line = fold * channels;
    width = line > kMaxWidth ? kMaxWidth / 2 : line;
    blocks = divide_up(line, width);
    lines = rows / fold;
    height = kChunk / width;
    chunks = divide_up(lines, height);
  }

  int64_t count() const { return chunks * blocks; }

  Tile tile(int64_t i) const {
    Tile t;
    t.chunk = i / blocks;
    t.column = i % blocks * width;
    t.width = smaller(width, line - t.column);
    t.channel = fold > 1 ? 0 : t.column;
    t.channels = t.width / fold;
    t.begin = t.chunk * height;
    t.end = smaller(lines, t.begin + height);
    const int64_t last_rows = t.end == lines ? rows - lines * fold : 0;
    t.last_width = last_rows * channels;
    t.rows = (t.end - t.begin) * fold + last_rows;
    return t;
  }

  // body(offset, width) over the lines of a tile.
  template <class Body>
  void for_lines(const Tile& t, Body body) const {
    for (int64_t i = t.begin; i < t.end; ++i) body(i * line + t.column, t.width);
    if (t.last_width > 0) body(t.end * line, t.last_width);
  }

  // channel_sums[c] = the sums of a tile's columns that hold channel c.
  void fold_columns(const Tile& t, const float* column_sums, double* channel_sums) const {
    for (int64_t c = 0; c < t.channels; ++c) channel_sums[c] = column_sums[c];
    for (int64_t i = t.channels; i < t.width; i += t.channels) {
      for (int64_t c = 0; c < t.channels; ++c) channel_sums[c] += column_sums[i + c];
    }
  }

  // columns [line] = the channels' values [channels], again for each row of a line.
  void spread(float* columns, const float* values) const {
    for (int64_t i = 0; i < line; i += channels) {
      for (int64_t c = 0; c < channels; ++c) columns[i + c] = values[c];
    }
  }

 private:
  // Whole vectors of 16 where they stay short enough, and at least 256 columns.
  static int64_t fold_of(int64_t channels) {
    int64_t unit = 16;
    while (unit > 1 && channels % (32 / unit) == 0) unit /= 2;
    if (unit * channels > kMaxWidth) unit = 1;
    return unit * divide_up(256, unit * channels);
  }
};

}  // namespace figment::FIGMENT_ISA

#endif  // FIGMENT_CPU_LOOPS_ROW_TILES_H_
