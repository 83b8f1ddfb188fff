// Which piece of work is ordered before which, for the checks: by streams, events, graphs and what
// the host waited for, not by the order in which the scheduler happened to take.
#ifndef SIMGPU_DRIVER_ORDER_H_
#define SIMGPU_DRIVER_ORDER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace simgpu {

// Work lies in chains, each of which is ordered in itself. A clock has, of each chain, how many of
// its pieces came before.
using Clock = std::map<uint32_t, uint64_t>;

// A piece of work's place. Pieces of an earlier epoch came before all of a later one.
struct Position {
  uint64_t epoch = 0;
  uint32_t chain = 0;
  uint64_t index = 0;                  // from 1; 0 for a piece that nobody follows
  std::shared_ptr<const Clock> clock;  // with the piece itself
};

class OrderOfWork {
 public:
  // The place of new work behind `before` and behind all that the host has waited for.
  Position add(const std::vector<const Position*>& before);

  // The host goes on after this work, or after all that was there at `all`.
  void host_waited(const Position& work);
  void host_waited(const Clock& all, uint64_t epoch);
  Clock all() const { return newest_; }
  uint64_t epoch() const { return epoch_; }

  bool ordered(const Position& first, const Position& then) const;
  bool host_has_waited(const Position& work) const;

 private:
  uint64_t epoch_ = 0;
  Clock newest_;  // of each chain of this epoch
  Clock host_;    // what the host has waited for
  uint32_t next_chain_ = 0;
};

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_ORDER_H_
