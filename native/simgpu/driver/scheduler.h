// Deferred stream work of one context: a graph of operations that runs only when somebody waits.
//
// Streams, events and graphs say which operation must follow which; any order that keeps to that is
// legal on a GPU. The scheduler takes one of them, chosen by a seed, so that a program which relies
// on more than it asked for goes wrong here and not only on somebody's machine.
#ifndef SIMGPU_DRIVER_SCHEDULER_H_
#define SIMGPU_DRIVER_SCHEDULER_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <unordered_set>
#include <vector>

#include "order.h"

namespace simgpu {

struct Operation;
using OperationRef = std::shared_ptr<Operation>;

// One piece of stream work. `run` is empty for a marker (an event, the ends of a graph).
struct Operation {
  std::function<void()> run;
  std::vector<OperationRef> before;  // unfinished when this was added; emptied once done
  std::vector<OperationRef> after;
  size_t missing = 0;  // how many of `before` are not done
  bool done = false;
  double finished_ms = 0;  // host wall clock, for cuEventElapsedTime
  Position position;       // where the checks are on
};

// All calls are made with the driver's lock held.
class Scheduler {
 public:
  Scheduler(uint64_t seed, std::mutex& lock) : random_(seed), lock_(lock) {}

  // Adds work that follows `before` (null and finished entries are skipped).
  OperationRef add(std::function<void()> run, const std::vector<OperationRef>& before);

  // Runs until `target` is done: only what it needs, everything in any order, or everything else
  // first, as the seed has it.
  void run_until(const OperationRef& target);
  void run_all();

  // For polling: perhaps runs one operation that `target` needs; true when target is done.
  bool poll(const OperationRef& target);
  bool poll_all();

  // Runs down to `limit` operations, so that a program which never waits does not fill memory.
  void shorten(size_t limit);

  // Forgets all work, as after a fault; whoever waits for it goes on.
  void drop_all();

  // From now on, remembers which operation must come before which; null where it does not.
  void keep_order() { order_ = std::make_unique<OrderOfWork>(); }
  const OrderOfWork* order() const { return order_.get(); }
  const Position& running() const { return running_; }  // of the operation that runs

  size_t pending() const { return pending_.size(); }
  uint64_t random() { return random_(); }

  // Runs `body` without the driver's lock (for host functions, which may wait for other threads).
  void unlocked(const std::function<void()>& body);

 private:
  using Set = std::unordered_set<const Operation*>;
  Set needed_by(const OperationRef& target) const;
  OperationRef pick(const Set* among, bool inside);  // a random ready operation, or null
  void execute(const OperationRef& operation);
  void finish(const OperationRef& operation);
  void wait_for_running();
  void host_waited(const OperationRef& target);

  std::mt19937_64 random_;
  std::mutex& lock_;
  std::condition_variable_any progress_;
  std::vector<OperationRef> ready_;           // nothing missing, not started
  std::unordered_set<OperationRef> pending_;  // everything not done
  std::unique_ptr<OrderOfWork> order_;
  Position running_;
};

double wall_clock_ms();

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_SCHEDULER_H_
