#include "scheduler.h"

#include <algorithm>
#include <chrono>

namespace simgpu {

double wall_clock_ms() {
  using namespace std::chrono;
  return duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
}

OperationRef Scheduler::add(std::function<void()> run, const std::vector<OperationRef>& before) {
  auto operation = std::make_shared<Operation>();
  operation->run = std::move(run);
  for (const OperationRef& earlier : before) {
    if (earlier == nullptr || earlier->done) continue;
    operation->before.push_back(earlier);
    earlier->after.push_back(operation);
  }
  operation->missing = operation->before.size();
  if (order_ != nullptr) {
    std::vector<const Position*> positions;
    for (const OperationRef& earlier : before) {
      if (earlier != nullptr) positions.push_back(&earlier->position);
    }
    operation->position = order_->add(positions);
  }
  pending_.insert(operation);
  if (operation->missing == 0) ready_.push_back(operation);
  return operation;
}

Scheduler::Set Scheduler::needed_by(const OperationRef& target) const {
  Set needed{target.get()};
  std::vector<const Operation*> open{target.get()};
  while (!open.empty()) {
    const Operation* operation = open.back();
    open.pop_back();
    for (const OperationRef& earlier : operation->before) {
      if (!earlier->done && needed.insert(earlier.get()).second) open.push_back(earlier.get());
    }
  }
  return needed;
}

OperationRef Scheduler::pick(const Set* among, bool inside) {
  std::vector<size_t> candidates;
  for (size_t i = 0; i < ready_.size(); ++i) {
    if (among == nullptr || (among->count(ready_[i].get()) != 0) == inside) candidates.push_back(i);
  }
  if (candidates.empty()) return nullptr;
  size_t at = candidates[random_() % candidates.size()];
  OperationRef operation = ready_[at];
  ready_[at] = ready_.back();
  ready_.pop_back();
  return operation;
}

void Scheduler::execute(const OperationRef& operation) {
  running_ = operation->position;
  if (operation->run) operation->run();
  if (!operation->done) finish(operation);  // done already when the work was dropped meanwhile
}

void Scheduler::finish(const OperationRef& operation) {
  operation->done = true;
  operation->finished_ms = wall_clock_ms();
  for (const OperationRef& later : operation->after) {
    if (--later->missing == 0 && !later->done) ready_.push_back(later);
  }
  operation->after.clear();
  operation->before.clear();
  operation->run = nullptr;
  pending_.erase(operation);
  progress_.notify_all();
}

// Nothing is ready though something is pending: another thread is inside a host function.
void Scheduler::wait_for_running() { progress_.wait(lock_); }

void Scheduler::host_waited(const OperationRef& target) {
  if (order_ != nullptr && target != nullptr) order_->host_waited(target->position);
}

void Scheduler::run_until(const OperationRef& target) {
  if (target == nullptr) return;
  if (target->done) return host_waited(target);
  Set needed = needed_by(target);
  enum { kOnlyNeeded, kAnyOrder, kOthersFirst } way;
  way = static_cast<decltype(way)>(random_() % 3);
  while (!target->done) {
    OperationRef next;
    if (way == kAnyOrder) next = pick(nullptr, true);
    if (way == kOthersFirst) next = pick(&needed, false);
    if (next == nullptr) next = pick(&needed, true);
    if (next != nullptr) {
      execute(next);
    } else {
      wait_for_running();
    }
  }
  host_waited(target);
}

void Scheduler::run_all() {
  Clock clock;
  uint64_t epoch = 0;
  if (order_ != nullptr) {
    clock = order_->all();
    epoch = order_->epoch();
  }
  // Work that other threads add meanwhile is theirs to wait for.
  std::vector<OperationRef> all(pending_.begin(), pending_.end());
  for (const OperationRef& operation : all) {
    while (!operation->done) {
      if (OperationRef next = pick(nullptr, true)) {
        execute(next);
      } else {
        wait_for_running();
      }
    }
  }
  if (order_ != nullptr) order_->host_waited(clock, epoch);
}

bool Scheduler::poll(const OperationRef& target) {
  if (target == nullptr) return true;
  if (!target->done && random_() % 2 == 0) {
    Set needed = needed_by(target);
    if (OperationRef next = pick(&needed, true)) execute(next);
  }
  if (target->done) host_waited(target);
  return target->done;
}

bool Scheduler::poll_all() {
  if (!pending_.empty() && random_() % 2 == 0) {
    if (OperationRef next = pick(nullptr, true)) execute(next);
  }
  if (pending_.empty() && order_ != nullptr) order_->host_waited(order_->all(), order_->epoch());
  return pending_.empty();
}

void Scheduler::shorten(size_t limit) {
  while (pending_.size() > limit) {
    OperationRef next = pick(nullptr, true);
    if (next == nullptr) return;
    execute(next);
  }
}

void Scheduler::drop_all() {
  std::unordered_set<OperationRef> dropped = std::move(pending_);
  pending_.clear();
  ready_.clear();
  for (const OperationRef& operation : dropped) {
    operation->done = true;
    operation->before.clear();
    operation->after.clear();
  }
  progress_.notify_all();
}

void Scheduler::unlocked(const std::function<void()>& body) {
  lock_.unlock();
  body();
  lock_.lock();
}

}  // namespace simgpu
