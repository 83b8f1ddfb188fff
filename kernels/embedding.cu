// y_n = table row index_n, and backward the rows of dy added up by index. Bound by memory: forward
// 8 bytes an element of y, backward 4 an element of dy and of the table.
#include "rows.cuh"

using namespace figment;

template <int kWidth, class T>
FIGMENT_MEMBER void gather(T* y, const float* table, const int* indices, int64 n, int vocabulary,
                           int columns) {
  const int64 first = static_cast<int64>(blockIdx.x) * kBlockVectors + threadIdx.x;
  const int packs = columns / kWidth;
  FIGMENT_UNROLL
  for (int i = 0; i < kVectors; ++i) {
    const int64 pack = first + i * kThreads;
    if (pack >= n / kWidth) break;
    const int64 row = pack / packs;
    const int column = static_cast<int>(pack - row * packs) * kWidth;
    const int index = indices[row];
    Pack<kWidth> x;
    if (index >= 0 && index < vocabulary) {
      x = load_pack<kWidth>(table + static_cast<int64>(index) * columns + column);
    } else {
      FIGMENT_UNROLL
      for (int k = 0; k < kWidth; ++k) x.v[k] = float_of(0x7fc00000u);
    }
    store_pack<kWidth>(y + pack * kWidth, x);
  }
}

// y [n / columns][columns]. Blocks: ceil(packs of y / kBlockVectors).
FIGMENT_KERNEL embedding_forward(Real* y, const float* table, const int* indices, int64 n,
                                 int vocabulary, int columns) {
  if (columns % kLane4 == 0) {
    gather<kLane4>(y, table, indices, n, vocabulary, columns);
  } else {
    gather<1>(y, table, indices, n, vocabulary, columns);
  }
}

constexpr int kWarp = 32;
constexpr int kTableRows = kThreads / kWarp;  // a block: a row a warp
constexpr int kStaged = 4 * kThreads;         // indices a block looks through at a time
constexpr int kInFlight = 4;  // rows of dy that are loaded before the first is added

// Which lanes of the warp hold `wanted`; all lanes take part.
FIGMENT_MEMBER unsigned lanes_with(bool wanted) {
  unsigned lanes;
  asm volatile("{ .reg .pred p; setp.ne.u32 p, %1, 0; vote.sync.ballot.b32 %0, p, 0xffffffff; }"
               : "=r"(lanes)
               : "r"(static_cast<unsigned>(wanted)));
  return lanes;
}

// The place of the lowest bit of bits != 0.
FIGMENT_MEMBER int lowest_bit(unsigned bits) {
  int place;
  asm("{ .reg .b32 mirrored; brev.b32 mirrored, %1; clz.b32 %0, mirrored; }"
      : "=r"(place)
      : "r"(bits));
  return place;
}

// A warp owns a table row and looks through the indices in their order, so the order of each sum is
// that of the rows of dy. The block shares the reading of the indices.
template <int kWidth, class T>
FIGMENT_MEMBER void scatter(float* dtable, const T* dy, const int* indices, int accumulate,
                            int64 rows, int vocabulary, int columns, int* staged) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int owned =
      static_cast<int>(blockIdx.x) * kTableRows + static_cast<int>(threadIdx.x) / kWarp;
  const int column = (static_cast<int>(blockIdx.y) * kWarp + lane) * kWidth;
  const bool mine = owned < vocabulary && column < columns;
  Pack<kWidth> sum = {};
  for (int64 start = 0; start < rows; start += kStaged) {
    for (int i = static_cast<int>(threadIdx.x); i < kStaged; i += kThreads) {
      staged[i] = start + i < rows ? indices[start + i] : -1;
    }
    sync_block();
    for (int i = 0; i < kStaged; i += kWarp) {
      unsigned lanes = lanes_with(staged[i + lane] == owned);
      while (lanes != 0) {
        Pack<kWidth> terms[kInFlight] = {};
        FIGMENT_UNROLL
        for (int j = 0; j < kInFlight; ++j) {
          if (lanes == 0) break;
          const int64 row = start + i + lowest_bit(lanes);
          lanes &= lanes - 1;
          if (mine) terms[j] = load_pack<kWidth>(dy + row * columns + column);
        }
        FIGMENT_UNROLL
        for (int j = 0; j < kInFlight; ++j) {
          FIGMENT_UNROLL
          for (int k = 0; k < kWidth; ++k) sum.v[k] += terms[j].v[k];
        }
      }
    }
    sync_block();
  }
  if (!mine) return;
  float* out = dtable + static_cast<int64>(owned) * columns + column;
  if (accumulate != 0) {
    const Pack<kWidth> before = load_pack<kWidth>(out);
    FIGMENT_UNROLL
    for (int k = 0; k < kWidth; ++k) sum.v[k] += before.v[k];
  }
  store_pack<kWidth>(out, sum);
}

// Grid: ceil(vocabulary / kTableRows) x ceil(packs of a row / 32).
FIGMENT_KERNEL embedding_backward(float* dtable, const Real* dy, const int* indices, int accumulate,
                                  int64 rows, int vocabulary, int columns) {
  __shared__ int staged[kStaged];
  if (columns % kLane4 == 0) {
    scatter<kLane4>(dtable, dy, indices, accumulate, rows, vocabulary, columns, staged);
  } else {
    scatter<1>(dtable, dy, indices, accumulate, rows, vocabulary, columns, staged);
  }
}
