// The operands of implicit_gemm.cuh as address generators. A loader spreads a tile's kDepth x rows
// over the threads of a block: a thread has kPieces pieces (a 16-byte vector, or one number), piece
// i lies at (depth(i), row(i)) of the tile, is read from base + offset(i), and is zeros unless
// valid(i). advance() moves all of it by kDepth along k, without a division.
//
// Vectors need channel counts that are multiples of 4 and 16-byte aligned tensors.
#ifndef FIGMENT_LOADERS_CUH_
#define FIGMENT_LOADERS_CUH_

#include "implicit_gemm.cuh"

namespace figment {

// ---- threads over a tile

template <bool Vector>
struct PieceOf {
  using Type = float;
};
template <>
struct PieceOf<true> {
  using Type = Float4;
};

// For operands with neighbours in memory along k. A warp reads 8 of k, which is a 32-byte sector,
// of 16 rows (vectors), or 32 of k of one row (numbers): 5 sectors at most, wherever a row begins.
template <class T, int Rows, bool Vector>
struct AlongDepth {
  using Value = typename PieceOf<Vector>::Type;
  static constexpr bool kTransposes = Vector;
  static constexpr int kWidth = Vector ? kLane4 : 1;
  static constexpr int kDepthLanes = Vector ? 8 / kWidth : 32;
  static constexpr int kRowLanes = 32 / kDepthLanes;
  static constexpr int kDepthWarps = T::kDepth / (kDepthLanes * kWidth);
  static constexpr int kRowWarps = T::kWarps / kDepthWarps;
  static constexpr int kPieces = Rows / (kRowLanes * kRowWarps);
  static_assert(kPieces * kRowLanes * kRowWarps == Rows, "pieces cover the tile");

  __device__ static int depth(int) {
    return (T::warp() % kDepthWarps * kDepthLanes + T::lane() % kDepthLanes) * kWidth;
  }
  __device__ static int row(int piece) {
    return (T::warp() / kDepthWarps + piece * kRowWarps) * kRowLanes + T::lane() / kDepthLanes;
  }
};

// For operands with neighbours in memory along rows. A thread has the same kRowPieces rows at each
// of its kDepthPieces depths.
template <class T, int Rows, bool Vector>
struct AlongRows {
  using Value = typename PieceOf<Vector>::Type;
  static constexpr bool kTransposes = false;
  static constexpr int kWidth = Vector ? kLane4 : 1;
  static constexpr int kRowLanes = Rows / kWidth < 32 ? Rows / kWidth : 32;
  static constexpr int kDepthLanes = 32 / kRowLanes;
  static constexpr int kRowPieces = Rows / (kRowLanes * kWidth);
  static constexpr int kDepthLines = T::kWarps * kDepthLanes;  // depths that a block reads at once
  static constexpr int kDepthPieces = T::kDepth / kDepthLines;
  static constexpr int kPieces = kDepthPieces * kRowPieces;
  static_assert(kDepthPieces * kDepthLines == T::kDepth, "pieces cover the tile");

  __device__ static int depth_line() { return T::warp() * kDepthLanes + T::lane() / kRowLanes; }
  __device__ static int depth_of(int depth_piece) {
    return depth_piece * kDepthLines + depth_line();
  }
  __device__ static int row_of(int row_piece) {
    return (row_piece * kRowLanes + T::lane() % kRowLanes) * kWidth;
  }
  __device__ static int depth(int piece) { return depth_of(piece / kRowPieces); }
  __device__ static int row(int piece) { return row_of(piece % kRowPieces); }
};

// ---- counting along k

// k = (high * mid_count + mid) * low_count + low.
struct Place {
  int high, mid, low;
};

// Moves places by one step.
struct Odometer {
  int mid_count, low_count;
  Place step;

  __device__ Odometer(int mid_count, int low_count, int step, int step_low)
      : mid_count(mid_count), low_count(low_count), step(at(step)) {
    this->step.low = step_low;  // the same, but constant
  }
  // With the launch's own step.
  __device__ Odometer(int mid_count, int low_count, const GemmProblem& p)
      : mid_count(mid_count), low_count(low_count), step{p.step_high, p.step_mid, p.step_low} {}

  __device__ Place at(int k) const {
    const int upper = k / low_count;
    return {upper / mid_count, upper % mid_count, k % low_count};
  }

  __device__ void advance(Place& place) const {
    place.low += step.low;
    place.mid += step.mid;
    place.high += step.high;
    if (place.low >= low_count) {
      place.low -= low_count;
      ++place.mid;
    }
    if (place.mid >= mid_count) {
      place.mid -= mid_count;
      ++place.high;
    }
  }
};

__device__ inline bool inside(int i, int size) {
  return static_cast<unsigned>(i) < static_cast<unsigned>(size);
}

constexpr int kNowhere = -(1 << 29);  // a row or column of an image that no tap brings inside

// ---- loaders

// Where the first tap of an output pixel falls: image and its row and column, perhaps outside.
struct Origin {
  int image, row, column;
};

// The places of a thread's origins in an image. A thread of vectors has few of them, in registers;
// numbers have many, which are a warp's, in shared memory.
struct PixelPlace {
  int row, column, offset, unused;
};
template <class Map, int Rows, bool Vector>
struct PixelPlaces {
  struct Table {};
  PixelPlace places[Map::kPieces];

  template <class PlaceOf>
  __device__ PixelPlaces(Table&, PlaceOf place_of) {
    FIGMENT_UNROLL
    for (int i = 0; i < Map::kPieces; ++i) places[i] = place_of(Map::row(i));
  }
  __device__ PixelPlace of(int i) const { return places[i]; }
};
template <class Map, int Rows>
struct PixelPlaces<Map, Rows, false> {
  struct __attribute__((aligned(16))) Table {
    PixelPlace places[Rows];
  };
  const Table& table;

  template <class PlaceOf>
  __device__ PixelPlaces(Table& table, PlaceOf place_of) : table(table) {
    const int row = static_cast<int>(threadIdx.x);
    if (row < Rows) table.places[row] = place_of(row);
    sync_block();
  }
  __device__ PixelPlace of(int i) const { return table.places[Map::row(i)]; }
};

// A of a convolution [pixels][taps x channels]: the image under the kernel where it stands for each
// output pixel. Direction is how a step from tap to tap moves over the image: 1, or -1 for the
// transposed convolution.
template <class T, bool Vector, int Direction>
struct Patches : AlongDepth<T, T::kRows, Vector> {
  using Map = AlongDepth<T, T::kRows, Vector>;
  using Places = PixelPlaces<Map, T::kRows, Vector>;
  using Table = typename Places::Table;
  static_assert(T::kRows <= T::kBlockThreads, "a thread makes a row's place");
  const float* base;
  int height, width, channels, taps_high;
  Places places;
  Odometer odometer;
  Place tap;

  // origin_of(row of C) gives the Origin; image < 0 where there is no such row.
  template <class OriginOf>
  __device__ Patches(Table& table, const float* image, int height, int width, int channels,
                     int taps_high, const Odometer& odometer, int first_row, int first_k,
                     OriginOf origin_of)
      : base(image),
        height(height),
        width(width),
        channels(channels),
        taps_high(taps_high),
        places(table,
               [&](int row) -> PixelPlace {
                 const Origin origin = origin_of(first_row + row);
                 return {origin.image < 0 ? kNowhere : origin.row, origin.column,
                         ((origin.image * height + origin.row) * width + origin.column) * channels,
                         0};
               }),
        odometer(odometer),
        tap(odometer.at(first_k + Map::depth(0))) {}

  __device__ bool valid(int i) const {
    const PixelPlace at = places.of(i);
    return tap.high < taps_high && inside(at.row + Direction * tap.high, height) &&
           inside(at.column + Direction * tap.mid, width);
  }
  // Computed where it is used: a tap's offset kept from step to step would cost a register.
  __device__ int offset(int i) const {
    return places.of(i).offset + Direction * (tap.high * width + tap.mid) * channels + tap.low;
  }
  __device__ void advance() { odometer.advance(tap); }
};

// B of a convolution: its weights [rows][depth] as they lie.
template <class T, bool Vector>
struct WeightRows : AlongDepth<T, T::kColumns, Vector> {
  using Map = AlongDepth<T, T::kColumns, Vector>;
  const float* base;
  int rows, depth_count, first_row, k;

  __device__ WeightRows(const float* weights, int rows, int depth_count, int first_row, int first_k)
      : base(weights),
        rows(rows),
        depth_count(depth_count),
        first_row(first_row),
        k(first_k + Map::depth(0)) {}

  __device__ bool valid(int i) const { return k < depth_count && first_row + Map::row(i) < rows; }
  __device__ int offset(int i) const { return (first_row + Map::row(i)) * depth_count + k; }
  __device__ void advance() { k += T::kDepth; }
};

// B of a transposed convolution [taps of a phase x small channels][channels]: rows of the weights
// [small channels][R][S][channels]. A line of B begins at its place's weights; none where there is
// no such tap.
template <class T, bool Vector>
struct WeightTaps : AlongRows<T, T::kColumns, Vector> {
  using Map = AlongRows<T, T::kColumns, Vector>;
  static constexpr int kPlaces = Vector ? Map::kDepthPieces : 1;
  static constexpr int kKept = Vector ? 1 : Map::kDepthPieces;
  const float* base;
  int columns_left, taps_high, filter, tap_down, tap_across;
  Odometer odometer;
  Place place[kPlaces];  // of the thread's lines; of numbers, of line `lane`, which others ask for
  int kept[kKept];       // of numbers, where the thread's lines begin

  // first_tap: the weights from the phase's first tap on. base goes on to this thread's first row.
  __device__ WeightTaps(const float* first_tap, const GemmProblem& p, int taps_high,
                        const Odometer& odometer, int first_column, int first_k)
      : base(first_tap + first_column + Map::row_of(0)),
        columns_left(p.channels - first_column),
        taps_high(taps_high),
        filter(p.filter),
        tap_down(p.tap_down),
        tap_across(p.tap_across),
        odometer(odometer) {
    FIGMENT_UNROLL
    for (int i = 0; i < kPlaces; ++i) {
      place[i] = odometer.at(first_k + (Vector ? Map::depth_of(i) : T::lane()));
    }
    keep_lines();
  }

  __device__ bool valid(int i) const {
    const int k = i / Map::kRowPieces;
    if constexpr (Vector) {
      return place[k].high < taps_high && Map::row(i) < columns_left;
    } else {
      return kept[k] >= 0 && Map::row(i) < columns_left;
    }
  }
  __device__ int offset(int i) const {
    const int k = i / Map::kRowPieces;
    const int row = Map::row(i) - Map::row_of(0);
    if constexpr (Vector) {
      return line(place[k]) + row;
    } else {
      return kept[k] + row;
    }
  }
  __device__ void advance() {
    FIGMENT_UNROLL
    for (int i = 0; i < kPlaces; ++i) odometer.advance(place[i]);
    keep_lines();
  }
  __device__ int line(const Place& at) const {
    return at.low * filter + at.high * tap_down + at.mid * tap_across;
  }
  __device__ void keep_lines() {
    if constexpr (!Vector) {
      const int mine = place[0].high < taps_high ? line(place[0]) : -1;
      FIGMENT_UNROLL
      for (int i = 0; i < Map::kDepthPieces; ++i) kept[i] = lane_value(mine, Map::depth_of(i));
    }
  }
};

// A of the gradient to the weights: the small image [pixels][small channels], rows along channels.
template <class T, bool Vector>
struct PixelChannels : AlongRows<T, T::kRows, Vector> {
  using Map = AlongRows<T, T::kRows, Vector>;
  const float* base;
  int rows, rows_left, depth_left;

  __device__ PixelChannels(const float* image, int rows, int depth_count, int first_row,
                           int first_k)
      : base(image + static_cast<int64>(first_k + Map::depth_line()) * rows + first_row +
             Map::row_of(0)),
        rows(rows),
        rows_left(rows - first_row),
        depth_left(depth_count - first_k) {}

  __device__ bool valid(int i) const {
    return Map::depth(i) < depth_left && Map::row(i) < rows_left;
  }
  __device__ int offset(int i) const {
    return (Map::depth(i) - Map::depth_line()) * rows + (Map::row(i) - Map::row_of(0));
  }
  __device__ void advance() {
    depth_left -= T::kDepth;
    base += static_cast<int64>(T::kDepth) * rows;
  }
};

// B of the gradient to the weights [pixels of the small image][taps x channels]: the large image
// under each tap.
template <class T, bool Vector>
struct PatchColumns : AlongRows<T, T::kColumns, Vector> {
  using Map = AlongRows<T, T::kColumns, Vector>;
  const float* base;
  int batch, height, width, channels, stride_height, stride_width;
  int row_of_tap[Map::kRowPieces], column_of_tap[Map::kRowPieces], tap_offset[Map::kRowPieces];
  Odometer odometer;
  Place pixel[Map::kDepthPieces];

  __device__ PatchColumns(const float* image, const GemmProblem& p, int first_column, int first_k)
      : base(image),
        batch(p.batch),
        height(p.height),
        width(p.width),
        channels(p.channels),
        stride_height(p.stride_height),
        stride_width(p.stride_width),
        odometer(p.small_height, p.small_width, p) {
    FIGMENT_UNROLL
    for (int j = 0; j < Map::kRowPieces; ++j) {
      const int column = first_column + Map::row_of(j);
      const int tap = column / channels;
      const int tap_row = tap / p.kernel_width;
      row_of_tap[j] = tap_row < p.kernel_height ? tap_row - p.pad_top : kNowhere;
      column_of_tap[j] = tap % p.kernel_width - p.pad_left;
      tap_offset[j] =
          ((tap_row - p.pad_top) * width + column_of_tap[j]) * channels + column % channels;
    }
    FIGMENT_UNROLL
    for (int i = 0; i < Map::kDepthPieces; ++i) pixel[i] = odometer.at(first_k + Map::depth_of(i));
  }

  __device__ bool valid(int i) const {
    const Place& at = pixel[i / Map::kRowPieces];
    const int j = i % Map::kRowPieces;
    return at.high < batch && inside(at.mid * stride_height + row_of_tap[j], height) &&
           inside(at.low * stride_width + column_of_tap[j], width);
  }
  __device__ int offset(int i) const {
    const Place& at = pixel[i / Map::kRowPieces];
    return ((at.high * height + at.mid * stride_height) * width + at.low * stride_width) *
               channels +
           tap_offset[i % Map::kRowPieces];
  }
  __device__ void advance() {
    FIGMENT_UNROLL
    for (int i = 0; i < Map::kDepthPieces; ++i) odometer.advance(pixel[i]);
  }
};

}  // namespace figment

#endif  // FIGMENT_LOADERS_CUH_
