// What SIMGPU_CHECK=1 finds between pieces of stream work, and between them and the host: memory
// that two unordered pieces use, and host buffers that the program touches before it has waited.
// docs/simgpu.md, "What SIMGPU_CHECK finds", has the rules.
#ifndef SIMGPU_DRIVER_STREAM_CHECKS_H_
#define SIMGPU_DRIVER_STREAM_CHECKS_H_

#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <vector>

#include "../engine.h"
#include "order.h"

namespace simgpu {

struct HostRow {
  uint64_t address, bytes;
};

class StreamChecks {
 public:
  explicit StreamChecks(const OrderOfWork& order) : order_(order) {}

  // The work at `now` touches these ranges, in address order: of the device, or of the host. The
  // sentence of a race with other work, or "".
  std::string touch(const Position& now, const std::string& what, std::vector<Touched> ranges);
  void forget(uint64_t begin, uint64_t end);  // device memory that was freed

  // A copy between the host's rows and the device was queued. One to the host fills its buffer with
  // poison, so that who reads it too early gets no likely number. Returns its number.
  uint64_t queued(std::vector<HostRow> rows, bool to_host);
  // The copy is done now. The sentence of a buffer that the host changed too early, or "".
  std::string begins(uint64_t number, const Position& now);
  void wrote_host(const std::vector<HostRow>& rows);

  // Host functions may write any buffer.
  void host_function_queued() { ++host_functions_; }
  std::string host_function_begins() const;
  void host_function_ended();

  // Copies to the host that nobody waited for, as a sentence, or "".
  std::string unwaited() const;

 private:
  struct Access {
    Position at;
    std::string what;
    std::vector<Touched> ranges;
  };
  struct Pending {
    uint64_t number;
    bool to_host;
    std::vector<HostRow> rows;
    std::vector<uint8_t> bytes;  // what must lie there still; empty: unknown
  };
  struct ToHost {
    Position at;
    HostRow first;
  };

  std::string changed(const Pending& copy) const;

  const OrderOfWork& order_;
  uint64_t epoch_ = 0;  // of accesses_
  std::deque<Access> accesses_;
  std::list<Pending> pending_;
  std::deque<ToHost> to_host_;  // done, perhaps by chance
  uint64_t next_ = 1;
  uint64_t host_functions_ = 0;  // queued and not done
};

// Copies between host memory and ours; false when the host range is not mapped (copy.cpp).
bool read_host(uint64_t host, uint8_t* ours, uint64_t bytes);
bool write_host(uint64_t host, const uint8_t* ours, uint64_t bytes);

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_STREAM_CHECKS_H_
