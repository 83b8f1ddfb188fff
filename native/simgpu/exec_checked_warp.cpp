// A warp's access to consecutive words, checked at once. It notes what the lanes, one after
// another, would.
#include "checked_access.h"

namespace simgpu {
namespace {

// Whether `count` 64-bit words are all ones, or all bytes of ones.
inline bool all_equal(const uint8_t* at, uint32_t count, uint64_t wanted) {
  uint64_t other = 0;
  for (uint32_t i = 0; i < count; ++i) {
    uint64_t word;
    std::memcpy(&word, at + 8 * i, 8);
    other |= word ^ wanted;
  }
  return other == 0;
}

// What a weak read leaves in a cell that was read before.
enum class Read { kUnclear, kAlone, kWithItsWarp, kInItsBlock, kInTheGrid };

// `nobody_told`: no flag has told this block of anything, so that barriers alone order its reads.
inline Read after_read(const Access& a, const Cell& c, const Spot& spot, bool nobody_told) {
  if (c.read == 0 || reads_older(a.check, spot, c)) return Read::kAlone;
  if (c.read == a.segment && c.readers == Cell::kOneWarp) return Read::kWithItsWarp;
  if (!nobody_told) return Read::kUnclear;
  if (c.readers == Cell::kManyBlocks) return Read::kInTheGrid;
  const Segment& other = a.check.checker->segments[c.read];
  if (other.block != a.check.id) return Read::kInTheGrid;
  if (c.readers == Cell::kOneBlock || other.warp != a.w.index) return Read::kInItsBlock;
  return Read::kUnclear;
}

inline void note_read(const Access& a, Cell& c, uint32_t lane, Read read) {
  c.read_scope = kWeak;
  if (read == Read::kWithItsWarp) {
    c.read_lanes |= 1u << lane;
  } else if (read == Read::kAlone) {
    c.read = a.segment;
    c.read_lanes = 1u << lane;
    c.read_source = a.op->source;
    c.readers = Cell::kOneWarp;
  } else {
    c.readers = read == Read::kInItsBlock ? Cell::kOneBlock : Cell::kManyBlocks;
  }
}

// Whether the lane's access to a cell is in order at a glance. What it says no to may still be.
template <Kind K>
inline bool plainly_ordered(const Access& a, const Cell& c, const Spot& spot, uint32_t lane,
                            bool nobody_told) {
  bool after_write =
      c.written == 0 || (!a.non_coherent && (older(a.check, spot, c.written) ||
                                             (c.written == a.segment && c.write_lane == lane)));
  if (!after_write) return false;
  if (K == Kind::kLoad) return after_read(a, c, spot, nobody_told) != Read::kUnclear;
  bool mine = c.read == a.segment && c.readers == Cell::kOneWarp && c.read_lanes == 1u << lane;
  return c.non_coherent == 0 && (c.read == 0 || mine || reads_older(a.check, spot, c));
}

// A weak access of the whole warp to consecutive words, checked at once: what check_lanes would do
// lane after lane. False, and nothing changed, where a lane needs a closer look.
template <Kind K>
bool check_consecutive(Access& a, const Spot& spot) {
  BlockCheck& check = a.check;
  const uint32_t bytes = 32 * a.bytes, words = a.bytes / 4;
  uint8_t* written;
  Cells* cells;
  uint64_t offset = spot.address;
  if (spot.space == kGlobalSpace) {
    offset = (spot.address - kDeviceBase) % Checker::Impl::kChunk;
    if (offset % 8 != 0 || offset + bytes > Checker::Impl::kChunk) return false;
    written = a.w.memory->written_bits() + (spot.address - kDeviceBase) / 8;
    if (K == Kind::kLoad && !all_equal(written, bytes / 64, ~uint64_t{0})) return false;
    cells = &check.checker->cells(spot.address);
  } else {
    written = &check.shared_written[offset];
    if (K == Kind::kLoad && !all_equal(written, bytes / 8, 0x0101010101010101u)) return false;
    cells = &check.shared_cells;
  }
  if (!cells->by_words()) return false;
  uint32_t count;
  Cell* first = cells->at(offset, 4, &count);
  const bool nobody_told = check.flags.empty() && check.common.acquired == nullptr;
  for (uint32_t i = 0; i < 32 * words; ++i) {
    if (!plainly_ordered<K>(a, first[i], spot, i / words, nobody_told)) return false;
  }
  const uint32_t source = a.op->source;
  for (uint32_t i = 0; i < 32 * words; ++i) {
    Cell& c = first[i];
    uint32_t lane = i / words;
    if (K == Kind::kStore) {
      c.written = a.segment;
      c.write_source = source;
      c.write_lane = static_cast<uint8_t>(lane);
      c.write_scope = kWeak;
      c.read = 0;
      continue;
    }
    if (a.non_coherent) c.non_coherent = source + 1;
    note_read(a, c, lane, after_read(a, c, spot, nobody_told));
  }
  if (K == Kind::kStore && spot.space == kGlobalSpace) std::memset(written, 0xFF, bytes / 8);
  if (K == Kind::kStore && spot.space == kSharedSpace) std::memset(written, 1, bytes);
  return true;
}

}  // namespace

template <Kind K>
bool check_at_once(Access& a, const uint64_t* address) {
  auto space = static_cast<AccessSpace>(a.op->y);
  if (a.w.active != kFullMask || a.scope != kWeak || a.bytes < 4) return false;
  uint64_t apart = 0;
  for (uint32_t l = 0; l < 32; ++l) apart |= address[l] ^ (address[0] + l * a.bytes);
  if (apart != 0 || (address[0] & (a.bytes - 1)) != 0) return false;
  Spot spot = resolve(space, address[0]);
  if (spot.space != kGlobalSpace && spot.space != kSharedSpace) return false;
  View view = find_view(a.w, a.op, space, address[0]);
  if (address[0] < view.begin || address[0] >= view.end || view.end - address[0] < 32 * a.bytes) {
    return false;
  }
  a.segment = a.check.segment(a.w.index);
  return check_consecutive<K>(a, spot);
}

template bool check_at_once<Kind::kLoad>(Access&, const uint64_t*);
template bool check_at_once<Kind::kStore>(Access&, const uint64_t*);

}  // namespace simgpu
