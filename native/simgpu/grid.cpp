// A launch: blocks taken one after another by the threads of a pool.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <new>
#include <numeric>
#include <thread>

#include "checker.h"
#include "counts.h"

namespace simgpu {
namespace {

// Host threads that help the caller of execute(). They sleep between launches.
class Pool {
 public:
  static Pool& instance() {
    static Pool pool;
    return pool;
  }

  // Runs `work` on the calling thread and on up to `helpers` others; returns when all are done.
  void run(int helpers, const std::function<void()>& work) {
    Job job{&work, 0};
    {
      std::lock_guard<std::mutex> lock(mutex_);
      while (static_cast<int>(threads_.size()) < helpers) {
        threads_.emplace_back([this] { loop(); });
      }
      for (int i = 0; i < helpers; ++i) queue_.push_back(&job);
      job.pending = helpers;
    }
    wake_.notify_all();
    work();
    std::unique_lock<std::mutex> lock(mutex_);
    for (auto it = queue_.begin(); it != queue_.end();) {  // what nobody took needs nobody now
      if (*it == &job) {
        it = queue_.erase(it);
        --job.pending;
      } else {
        ++it;
      }
    }
    done_.wait(lock, [&] { return job.pending == 0; });
  }

  ~Pool() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  struct Job {
    const std::function<void()>* work;
    int pending;
  };

  void loop() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (ending_) return;
      Job* job = queue_.front();
      queue_.pop_front();
      lock.unlock();
      (*job->work)();
      lock.lock();
      if (--job->pending == 0) done_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::deque<Job*> queue_;
  std::vector<std::thread> threads_;
  bool ending_ = false;
};

// One host thread's share of a grid. A block that spins gives way: others that have begun run
// meanwhile, and new ones begin while the described GPU would hold them.
class Worker {
 public:
  Worker(Grid& grid, uint64_t resident) : grid_(grid), files_(grid), resident_(resident) {
    if (grid.counted == nullptr) return;
    counters_.ops.resize(grid.counted->code.size());
    counters_.cache = grid.launch->cache;
    counters_.inner =
        (grid.checker != nullptr ? grid.program->checked_code : grid.program->code).data();
  }

  std::optional<Fault> run() {
    uint64_t count = grid_.launch->grid.count();
    while (!grid_.stop.load(std::memory_order_relaxed)) {
      if (active_.empty() && !begin(count)) break;
      Block* block = active_.front();
      BlockState state = BlockState::kYield;
      for (int slice = 0; slice < 4 && state == BlockState::kYield; ++slice) state = block->run();
      if (state == BlockState::kFault) {
        if (grid_.stop.exchange(true)) return std::nullopt;
        return block->fault;
      }
      active_.pop_front();
      if (state == BlockState::kDone) {
        instructions_ += block->instructions;
        idle_.push_back(block);
        continue;
      }
      if (active_.size() + 1 < resident_) begin(count);
      active_.push_back(block);
    }
    grid_.instructions += instructions_;
    return std::nullopt;
  }
  const Counters& counters() const { return counters_; }

 private:
  bool begin(uint64_t count) {
    uint64_t index = grid_.next.fetch_add(1, std::memory_order_relaxed);
    if (index >= count) return false;
    if (idle_.empty()) {
      blocks_.push_back(std::make_unique<Block>());
      idle_.push_back(blocks_.back().get());
    }
    Block* block = idle_.back();
    idle_.pop_back();
    block->counters = &counters_;
    block->begin(&grid_, &files_, (grid_.first + index % count * grid_.step) % count);
    active_.push_back(block);
    return true;
  }

  Grid& grid_;
  RegisterFiles files_;
  uint64_t resident_;
  uint64_t instructions_ = 0;
  Counters counters_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<Block*> idle_;
  std::deque<Block*> active_;
};

constexpr uint64_t kRecursionRows = 16384;       // register rows of a warp that may recurse
constexpr uint64_t kRecursionLocal = 256 << 10;  // bytes of local memory of such a thread

}  // namespace

std::optional<Fault> execute(const Launch& asked, DeviceMemory& memory) {
  Launch launch = asked;
  if (launch.counts == nullptr) launch.cache = nullptr;
  if (launch.cache != nullptr) {  // the order of accesses decides what it holds
    launch.seed = 0;
    launch.threads = 1;
  }
  launch.params.resize(std::max<size_t>(launch.params.size(), launch.kernel->info.param_bytes));
  const Program& program = *launch.kernel->program;
  Grid grid;
  grid.launch = &launch;
  grid.program = &program;
  grid.entry = &program.functions[static_cast<size_t>(launch.kernel->function)];
  grid.memory = &memory;
  const FunctionCode& entry = *grid.entry;
  grid.rows32 = entry.recursive ? entry.slots32 + kRecursionRows : entry.deep32;
  grid.rows64 = entry.recursive ? entry.slots64 + kRecursionRows : entry.deep64;
  grid.row_predicates = entry.recursive ? entry.predicates + kRecursionRows : entry.deep_predicates;
  grid.local_bytes = entry.recursive ? entry.local_bytes + kRecursionLocal : entry.deep_local;
  grid.local_bytes = (grid.local_bytes + 15) / 16 * 16;
  grid.shared_bytes = uint64_t{launch.kernel->info.static_shared} + launch.dynamic_shared;
  uint64_t count = launch.grid.count();
  if (count == 0 || launch.block.count() == 0) return std::nullopt;
  if (launch.seed != 0 && count > 2) {
    uint64_t mixed = launch.seed * 0x9e3779b97f4a7c15u;
    grid.first = mixed % count;
    grid.step = (mixed >> 20) % count | 1;
    while (std::gcd(grid.step, count) != 1) grid.step += 2;
    grid.step %= count;
    if (grid.step == 0) grid.step = 1;
  }
  uint64_t threads = launch.threads > 0 ? static_cast<uint64_t>(launch.threads)
                                        : std::max(1u, std::thread::hardware_concurrency());
  threads = std::min(threads, count);
  std::unique_lock<std::mutex> checking;
  if (launch.checker != nullptr) {
    grid.checker = &launch.checker->impl();
    checking = std::unique_lock<std::mutex>(grid.checker->busy);
    grid.checker->begin_launch();
    threads = 1;
  }
  if (launch.counts != nullptr) grid.counted = &counted_code(program);
  Counters counters;
  DramTraffic before = launch.cache != nullptr ? launch.cache->traffic() : DramTraffic{};
  auto resident = static_cast<uint64_t>(program.resident_blocks);
  std::mutex mutex;
  std::optional<Fault> fault;
  auto work = [&] {
    std::optional<Fault> found;
    try {
      Worker worker(grid, std::max<uint64_t>(2, resident / threads));
      found = worker.run();
      if (grid.counted != nullptr) {
        std::lock_guard<std::mutex> lock(mutex);
        counters.add(worker.counters());
      }
    } catch (const std::bad_alloc&) {
      grid.stop = true;
      found = Fault{FaultKind::kTrap, "kernel '" + entry.name + "': the host has no memory for " +
                                          "the registers of its blocks"};
    }
    if (!found) return;
    std::lock_guard<std::mutex> lock(mutex);
    fault = std::move(found);
  };
  Pool::instance().run(static_cast<int>(threads) - 1, work);
  if (launch.counts != nullptr) {
    *launch.counts = counters.result(*grid.counted);
    if (launch.lines != nullptr) *launch.lines = counters.lines(*grid.counted);
    if (launch.cache != nullptr) {
      DramTraffic after = launch.cache->traffic();
      launch.counts->dram = {after.read_bytes - before.read_bytes,
                             after.write_bytes - before.write_bytes};
    }
  }
  if (launch.touched != nullptr && grid.checker != nullptr) {
    *launch.touched = grid.checker->touched();
  }
  if (launch.instructions != nullptr) *launch.instructions = grid.instructions;
  return fault;
}

}  // namespace simgpu
