#include "stream_checks.h"

#include <algorithm>

#include "../device_memory.h"
#include "call.h"

namespace simgpu {
namespace {

constexpr size_t kAccessesKept = 4096;
constexpr size_t kToHostKept = 1024;

unsigned long long number_of(uint64_t value) { return value; }

bool conflict(const Touched& a, const Touched& b) {
  return (a.writes || b.writes) && !(a.strong && b.strong) && a.begin < b.end && b.begin < a.end;
}

bool same(const std::vector<Touched>& a, const std::vector<Touched>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Touched& x, const Touched& y) {
    return x.begin == y.begin && x.end == y.end && x.writes == y.writes && x.strong == y.strong;
  });
}

// The first ranges of a and b that conflict. Both are in address order.
bool find_conflict(const std::vector<Touched>& a, const std::vector<Touched>& b, Touched* mine,
                   Touched* theirs) {
  auto i = a.begin(), j = b.begin();
  while (i != a.end() && j != b.end()) {
    if (conflict(*i, *j)) {
      *mine = *i;
      *theirs = *j;
      return true;
    }
    if (i->end < j->end) {
      ++i;
    } else {
      ++j;
    }
  }
  return false;
}

bool overlap(const std::vector<HostRow>& a, const std::vector<HostRow>& b) {
  for (const HostRow& x : a) {
    for (const HostRow& y : b) {
      if (x.address < y.address + y.bytes && y.address < x.address + x.bytes) return true;
    }
  }
  return false;
}

uint64_t size_of(const std::vector<HostRow>& rows) {
  uint64_t bytes = 0;
  for (const HostRow& row : rows) bytes += row.bytes;
  return bytes;
}

// The rows' bytes, or nothing where some are not mapped: the copy itself will say so.
std::vector<uint8_t> content(const std::vector<HostRow>& rows) {
  std::vector<uint8_t> bytes(size_of(rows));
  uint8_t* to = bytes.data();
  for (const HostRow& row : rows) {
    if (!read_host(row.address, to, row.bytes)) return {};
    to += row.bytes;
  }
  return bytes;
}

bool write_content(const std::vector<HostRow>& rows, const std::vector<uint8_t>& bytes) {
  const uint8_t* from = bytes.data();
  for (const HostRow& row : rows) {
    if (!write_host(row.address, from, row.bytes)) return false;
    from += row.bytes;
  }
  return true;
}

std::string place(uint64_t address) {
  return text("0x%llx", number_of(address)) +
         (address < kDeviceBase ? " (host)" : ", " + driver().memory->describe(address));
}

}  // namespace

std::string StreamChecks::touch(const Position& now, const std::string& what,
                                std::vector<Touched> ranges) {
  if (ranges.empty()) return "";
  if (epoch_ != order_.epoch()) {
    accesses_.clear();
    epoch_ = order_.epoch();
  }
  uint64_t begin = ranges.front().begin, end = ranges.back().end;
  auto superseded = accesses_.end();
  for (auto other = accesses_.begin(); other != accesses_.end(); ++other) {
    if (other->ranges.back().end <= begin || end <= other->ranges.front().begin) continue;
    if (order_.ordered(other->at, now)) {
      if (other->at.chain == now.chain && same(other->ranges, ranges)) superseded = other;
      continue;
    }
    Touched mine, theirs;
    if (!find_conflict(ranges, other->ranges, &mine, &theirs)) continue;
    uint64_t at = std::max(mine.begin, theirs.begin);
    return text(
        "race: %s %s what %s %s, from address %s on, and nothing orders the two: use one "
        "stream, an event, or wait for the first",
        what.c_str(), mine.writes ? "writes" : "reads", other->what.c_str(),
        theirs.writes ? "writes" : "reads", place(at).c_str());
  }
  // Who is not ordered after the newer of two equal accesses of a chain meets that one.
  if (superseded != accesses_.end()) accesses_.erase(superseded);
  accesses_.push_back({now, what, std::move(ranges)});
  if (accesses_.size() > kAccessesKept) accesses_.pop_front();
  return "";
}

void StreamChecks::forget(uint64_t begin, uint64_t end) {
  for (auto access = accesses_.begin(); access != accesses_.end();) {
    std::vector<Touched>& ranges = access->ranges;
    ranges.erase(std::remove_if(ranges.begin(), ranges.end(),
                                [&](const Touched& r) { return r.begin < end && begin < r.end; }),
                 ranges.end());
    access = ranges.empty() ? accesses_.erase(access) : std::next(access);
  }
}

uint64_t StreamChecks::queued(std::vector<HostRow> rows, bool to_host) {
  Pending copy{next_++, to_host, std::move(rows), {}};
  if (!to_host) {
    copy.bytes = content(copy.rows);
  } else if (host_functions_ == 0 &&
             std::none_of(pending_.begin(), pending_.end(),
                          [&](const Pending& other) { return overlap(other.rows, copy.rows); })) {
    // Nobody but this copy has to do with the buffer.
    copy.bytes.assign(size_of(copy.rows), kPoison);
    if (!write_content(copy.rows, copy.bytes)) copy.bytes.clear();
  }
  pending_.push_back(std::move(copy));
  return pending_.back().number;
}

std::string StreamChecks::changed(const Pending& copy) const {
  if (copy.bytes.empty()) return "";
  std::vector<uint8_t> now = content(copy.rows);
  if (now.empty() || now == copy.bytes) return "";
  auto at = static_cast<uint64_t>(std::mismatch(now.begin(), now.end(), copy.bytes.begin()).first -
                                  now.begin());
  const HostRow* row = copy.rows.data();
  for (; at >= row->bytes; ++row) at -= row->bytes;
  return text(
      "race with the host: byte 0x%llx of the buffer that an asynchronous copy %s was "
      "changed by the program after the call and before the copy (%llu bytes, %s 0x%llx): "
      "wait for the copy before the buffer is used again",
      number_of(row->address + at), copy.to_host ? "writes" : "reads",
      number_of(size_of(copy.rows)), copy.to_host ? "to" : "from",
      number_of(copy.rows.front().address));
}

std::string StreamChecks::begins(uint64_t number, const Position& now) {
  auto copy = std::find_if(pending_.begin(), pending_.end(),
                           [&](const Pending& p) { return p.number == number; });
  if (copy == pending_.end()) return "";
  std::string report = changed(*copy);
  if (copy->to_host) {
    to_host_.push_back({now, {copy->rows.front().address, size_of(copy->rows)}});
    if (to_host_.size() > kToHostKept) to_host_.pop_front();
  }
  pending_.erase(copy);
  return report;
}

void StreamChecks::wrote_host(const std::vector<HostRow>& rows) {
  for (Pending& copy : pending_) {
    if (overlap(copy.rows, rows)) copy.bytes = content(copy.rows);
  }
}

std::string StreamChecks::host_function_begins() const {
  for (const Pending& copy : pending_) {
    std::string report = changed(copy);
    if (!report.empty()) return report;
  }
  return "";
}

void StreamChecks::host_function_ended() {
  --host_functions_;
  for (Pending& copy : pending_) copy.bytes = content(copy.rows);
}

std::string StreamChecks::unwaited() const {
  uint64_t count = 0;
  HostRow first{0, 0};
  auto add = [&](const HostRow& row) {
    if (count++ == 0) first = row;
  };
  for (const ToHost& copy : to_host_) {
    if (!order_.host_has_waited(copy.at)) add(copy.first);
  }
  for (const Pending& copy : pending_) {
    if (copy.to_host) add({copy.rows.front().address, size_of(copy.rows)});
  }
  if (count == 0) return "";
  return text(
      "missing synchronize: the context ends and nobody waited for %llu asynchronous copies "
      "to the host, the first of %llu bytes to 0x%llx: what the program read there may be "
      "anything",
      number_of(count), number_of(first.bytes), number_of(first.address));
}

}  // namespace simgpu
