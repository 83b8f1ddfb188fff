// The checker's state: what each byte of memory has seen in this launch, and who is ordered before
// whom. docs/simgpu-engine.md gives the rules.
#ifndef FIGMENT_SIMGPU_CHECKER_H_
#define FIGMENT_SIMGPU_CHECKER_H_

#include <cstdlib>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "block.h"
#include "knowledge.h"
#include "memory_access.h"

namespace simgpu {

// Last accesses of a word, or of a byte where accesses are narrower than words.
struct Cell {
  enum Readers : uint8_t { kOneWarp, kOneBlock, kManyBlocks };
  uint32_t written = 0;       // segment of the last write, 0 for none
  uint32_t write_source = 0;  // index into Program::sources
  uint32_t read = 0;          // segment of the newest read since, 0 for none
  uint32_t read_source = 0;
  uint32_t read_lanes = 0;    // the lanes of kOneWarp
  uint32_t non_coherent = 0;  // source of a read through .nc, plus one
  uint8_t write_lane = 0;
  uint8_t write_scope = kWeak;
  uint8_t read_scope = kWeak;  // the least of the readers'
  uint8_t readers = kOneWarp;
};

// Cells of a stretch of memory. Word by word, until an access is narrower than a word.
class Cells {
 public:
  void reset(uint64_t bytes) {
    cells_.assign((bytes + 3) / 4, Cell());
    shift_ = 2;
  }
  // The cells of an aligned access and their number.
  Cell* at(uint64_t offset, uint32_t bytes, uint32_t* count) {
    if (bytes < 4 && shift_ != 0) split();
    *count = shift_ == 0 ? bytes : bytes / 4;
    return &cells_[offset >> shift_];
  }
  bool by_words() const { return shift_ == 2; }
  uint32_t cell_bytes() const { return 1u << shift_; }
  const std::vector<Cell>& all() const { return cells_; }

 private:
  void split() {
    std::vector<Cell> bytes(cells_.size() * 4);
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = cells_[i / 4];
    cells_ = std::move(bytes);
    shift_ = 0;
  }
  std::vector<Cell> cells_;
  uint32_t shift_ = 2;
};

// A thread's part in orders that fences and atomics make. Index 0: within the block; 1: the device.
struct Flags {
  KnowledgeRef fenced[2];   // what its last fence made ready to be passed on
  KnowledgeRef pending[2];  // what it took from flags and no fence has let in yet
  KnowledgeRef acquired;    // what it knows beyond barriers
};

struct WarpCheck {
  uint32_t tick = 1;
  uint32_t floor = 0;  // all lanes know of each other what is older than this tick
  uint32_t segment = 0, segment_tick = 0, segment_epoch = 0;
  // known[l * 32 + m]: lane l knows what lane m did before this tick. Empty: floor says all.
  std::vector<uint32_t> known;
  uint8_t* local_written = nullptr;  // a byte for each of local memory, lane after lane
};

struct BlockCheck {
  Checker::Impl* checker = nullptr;
  Block* block = nullptr;
  uint32_t id = 0;
  uint32_t epoch = 1;
  uint32_t epoch_first = 1;  // segments of this block below it are older than its last barrier
  std::vector<WarpCheck> warps;
  std::vector<Flags> flags;                             // one a thread, from the first fence on
  Flags common;                                         // of all threads, since the last barrier
  std::unordered_map<uint64_t, KnowledgeRef> released;  // by address: within the block
  KnowledgeRef arrived[16];                             // at barriers for a part of the block
  std::vector<uint8_t> shared_written;
  Cells shared_cells;

  ~BlockCheck() { drop_local(); }
  void begin(Checker::Impl* owner, Block* checked);
  void drop_local();
  uint32_t segment(uint32_t warp);
  uint8_t* local_written(Warp& w);

  // Events that order.
  void arrived_at(const Warp& w, uint32_t number);  // a barrier for a part of the block
  void barrier(uint32_t number, bool whole_block);
  void warp_sync(uint32_t warp, uint32_t mask);
  void fence(const Warp& w, Scope scope);
  void passed_on(uint32_t warp, uint32_t lane, uint64_t address, bool is_global, Scope scope,
                 bool reads, bool writes);

  bool ordered(const Segment& before, uint32_t their_lane, uint32_t warp, uint32_t lane) const;
  bool readers_ordered(const Cell& cell, uint32_t warp, uint32_t lane) const;

 private:
  Flags& flags_of(uint32_t warp, uint32_t lane);
  KnowledgeRef own(uint32_t warp, uint32_t lane) const;
};

class Checker::Impl {
 public:
  static constexpr uint64_t kChunk = 4096;

  explicit Impl(DeviceMemory& m) : memory(m), chunk_of(m.address_space() / kChunk) {}

  void begin_launch();
  std::vector<Touched> touched() const;  // global memory that the launch used
  std::unique_ptr<BlockCheck> block() {
    auto check = std::make_unique<BlockCheck>();
    check->checker = this;
    return check;
  }
  Cells& cells(uint64_t address) {
    uint64_t chunk = (address - kDeviceBase) / kChunk;
    uint32_t& index = chunk_of[chunk];
    if (index == 0) index = new_chunk(chunk);
    return chunks[index - 1];
  }

  DeviceMemory& memory;
  std::mutex busy;                                      // one launch after another
  std::vector<Segment> segments;                        // of this launch; the first is nobody's
  std::unordered_map<uint64_t, KnowledgeRef> released;  // by address: to the whole device

 private:
  uint32_t new_chunk(uint64_t chunk);
  std::vector<uint32_t> chunk_of;  // of global memory: index into chunks plus one
  std::deque<Cells> chunks;
  std::vector<uint64_t> used;  // entries of chunk_of
};

// Puts the checked handlers into a program's checked_code.
void add_checks(Program& program);

// "the store by thread (1, 0, 0) of block (0, 0, 0) at PTX line 12 (st.shared.f32), k.cu:7"
std::string describe_access(const Block& block, const Segment& segment, uint32_t lane,
                            uint32_t source, const char* what);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_CHECKER_H_
