#include "counting.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "call.h"

namespace simgpu {
namespace {

// A file's name may hold what a JSON string may not.
std::string escaped(const std::string& plain) {
  std::string result;
  for (char c : plain) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) < ' ') {
      result += text("\\u%04x", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result;
}

// A JSON object under construction.
class Object {
 public:
  Object& put(const char* name, uint64_t value) { return raw(name, std::to_string(value)); }
  Object& put(const char* name, const std::string& value) { return raw(name, '"' + value + '"'); }
  Object& raw(const char* name, const std::string& json) {
    text_ += text_.empty() ? "" : ", ";
    text_ += std::string("\"") + name + "\": " + json;
    return *this;
  }
  std::string json() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string dimensions(const Dim3& d) { return text("[%u, %u, %u]", d.x, d.y, d.z); }

std::string json_of(const ClassCount& count) {
  return Object().put("warp", count.warps).put("thread", count.threads).json();
}

std::string json_of(const GlobalTraffic& traffic) {
  return Object()
      .put("requests", traffic.requests)
      .put("sectors", traffic.sectors)
      .put("bytes", traffic.bytes)
      .put("distinct_bytes", traffic.distinct_bytes)
      .json();
}

std::string json_of(const SharedTraffic& traffic) {
  return Object()
      .put("requests", traffic.requests)
      .put("threads", traffic.threads)
      .put("wavefronts", traffic.wavefronts)
      .put("conflicts", traffic.wavefronts - traffic.ideal)
      .json();
}

std::string json_of(const LaunchCounts& counts) {
  ClassCount all = counts.instructions();
  Object classes;
  for (size_t i = 0; i < kInstructionClasses; ++i) {
    const ClassCount& count = counts.classes[i];
    if (count.warps != 0) classes.raw(class_name(i), json_of(count));
  }
  double lanes = all.warps == 0 ? 0 : static_cast<double>(all.threads) / all.warps;
  auto count_of = [&](InstructionClass kind) { return counts.classes[static_cast<size_t>(kind)]; };
  return Object()
      .raw("instructions", json_of(all))
      .raw("lanes_per_instruction", text("%.4f", lanes))
      .raw("classes", classes.json())
      .raw("flops", Object()
                        .put("f16", counts.flops_half)
                        .put("f32", counts.flops_single)
                        .put("f64", counts.flops_double)
                        .json())
      .raw("global_load", json_of(counts.global_load))
      .raw("global_store", json_of(counts.global_store))
      .raw("global_atomic", json_of(counts.global_atomic))
      .raw("shared_load", json_of(counts.shared_load))
      .raw("shared_store", json_of(counts.shared_store))
      .raw("shared_atomic", json_of(counts.shared_atomic))
      .raw("dram", Object()
                       .put("read_bytes", counts.dram.read_bytes)
                       .put("write_bytes", counts.dram.write_bytes)
                       .json())
      .raw("barriers", json_of(count_of(InstructionClass::kBarrier)))
      .put("branches", counts.branches)
      .put("divergent_branches", counts.divergent_branches)
      .json();
}

std::string json_of(const LineCounts& line) {
  return Object()
      .put("file", escaped(line.file))
      .put("line", static_cast<uint64_t>(line.line))
      .raw("instructions", json_of(line.instructions))
      .put("global_sectors", line.global_sectors)
      .put("shared_wavefronts", line.shared_wavefronts)
      .put("shared_conflicts", line.shared_conflicts)
      .json();
}

std::string list(const std::vector<std::string>& items) {
  std::string all;
  for (const std::string& item : items) all += (all.empty() ? "\n  " : ",\n  ") + item;
  return "[" + all + "]";
}

}  // namespace

Counting& counting() {
  static Counting* state = new Counting;
  return *state;
}

void Counting::describe(uint64_t l2_bytes) {
  std::lock_guard<std::mutex> hold(lock_);
  l2_bytes_ = l2_bytes;
}

void Counting::begin(const std::string& file) {
  std::lock_guard<std::mutex> hold(lock_);
  on_ = true;
  file_ = file;
  std::atexit([] { counting().write_file(); });
}

void Counting::on(bool wanted) {
  std::lock_guard<std::mutex> hold(lock_);
  on_ = wanted;
}

void Counting::prepare(Launch& launch, Counted& into) {
  std::lock_guard<std::mutex> hold(lock_);
  if (!on_) return;
  if (cache_ == nullptr) cache_ = std::make_shared<L2Cache>(l2_bytes_);
  into.cache = cache_;
  launch.counts = &into.counts;
  launch.lines = &into.lines;
  launch.cache = into.cache.get();
}

void Counting::add(const Launch& launch, const Counted& counted) {
  std::lock_guard<std::mutex> hold(lock_);
  const std::string& name = launch.kernel->info.name;
  Kernel& kernel = kernels_[name];
  kernel.launches += 1;
  kernel.sums.add(counted.counts);
  for (const LineCounts& line : counted.lines) {
    auto [at, fresh] = kernel.lines.emplace(LineKey(line.file, line.line), line);
    if (!fresh) at->second.add(line);
  }
  if (singles_.size() == kListed) {
    ++not_listed_;
  } else {
    singles_.push_back({name, launch.grid, launch.block, launch.dynamic_shared,
                        counted.cache->dirty_bytes(), counted.counts});
  }
}

void Counting::reset() {
  std::lock_guard<std::mutex> hold(lock_);
  kernels_.clear();
  singles_.clear();
  not_listed_ = 0;
  cache_.reset();
}

std::string Counting::json() {
  std::lock_guard<std::mutex> hold(lock_);
  std::vector<std::string> kernels, launches;
  for (const auto& entry : kernels_) {
    std::vector<std::string> lines;
    for (const auto& line : entry.second.lines) lines.push_back(json_of(line.second));
    kernels.push_back(Object()
                          .put("kernel", entry.first)
                          .put("launches", entry.second.launches)
                          .raw("counts", json_of(entry.second.sums))
                          .raw("lines", list(lines))
                          .json());
  }
  for (const Single& single : singles_) {
    launches.push_back(Object()
                           .put("kernel", single.kernel)
                           .raw("grid", dimensions(single.grid))
                           .raw("block", dimensions(single.block))
                           .put("dynamic_shared", single.dynamic_shared)
                           .put("l2_dirty_bytes", single.dirty_bytes)
                           .raw("counts", json_of(single.counts))
                           .json());
  }
  return Object()
             .raw("kernels", list(kernels))
             .raw("launches", list(launches))
             .put("launches_not_listed", not_listed_)
             .json() +
         "\n";
}

// Whole or not at all: under another name first.
void Counting::write_file() {
  std::string report;
  try {
    report = json();
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "simgpu: SIMGPU_REPORT=%s is not written: no memory for the report\n",
                 file_.c_str());
    return;
  }
  std::string passing = file_ + text(".%d.tmp", static_cast<int>(getpid()));
  std::FILE* file = std::fopen(passing.c_str(), "w");
  bool written =
      file != nullptr && std::fwrite(report.data(), 1, report.size(), file) == report.size();
  int error = errno;
  if (file != nullptr && std::fclose(file) != 0) written = false, error = errno;
  if (written && std::rename(passing.c_str(), file_.c_str()) != 0) written = false, error = errno;
  if (written) return;
  if (file != nullptr) std::remove(passing.c_str());
  std::fprintf(stderr, "simgpu: SIMGPU_REPORT=%s cannot be written: %s\n", file_.c_str(),
               std::strerror(error));
}

}  // namespace simgpu

// Switches counting on (1) or off (0) for the launches that run from now on.
SIMGPU_API void simgpu_count(int on) { simgpu::counting().on(on != 0); }

// The counters so far as JSON, zero-terminated, into `buffer` where they fit in `bytes`; returns
// the bytes they need, or 0 where there is no memory for them. Work that is still queued is not in
// them: synchronize first.
SIMGPU_API size_t simgpu_counters(char* buffer, size_t bytes) try {
  std::string report = simgpu::counting().json();
  if (buffer != nullptr && report.size() < bytes) {
    std::memcpy(buffer, report.c_str(), report.size() + 1);
  }
  return report.size() + 1;
} catch (const std::bad_alloc&) {
  return 0;
}

SIMGPU_API void simgpu_reset_counters() { simgpu::counting().reset(); }
