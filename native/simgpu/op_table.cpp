// Chooses the handlers for this machine's instruction set.
#include <cstdlib>

#include "isa_tables.h"

namespace simgpu {
namespace {

enum class Isa { kBaseline, kAvx2, kAvx512 };

Isa detect() {
#ifdef SIMGPU_X86
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
              __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  // SIMGPU_EXECUTE names a lesser set than the machine's, to compare their results.
  const char* wish = std::getenv("SIMGPU_EXECUTE");
  std::string_view limit = wish == nullptr ? "avx512" : wish;
  if (avx512 && limit == "avx512") return Isa::kAvx512;
  if (avx2 && limit != "baseline") return Isa::kAvx2;
#endif
  return Isa::kBaseline;
}

}  // namespace

#define SIMGPU_ADD(isa)    \
  isa::add_integer(*this); \
  isa::add_float(*this);   \
  isa::add_half(*this);    \
  isa::add_compare(*this); \
  isa::add_convert(*this); \
  isa::add_memory(*this)

OpTable::OpTable() {
  switch (detect()) {
#ifdef SIMGPU_X86
    case Isa::kAvx512:
      SIMGPU_ADD(avx512);
      break;
    case Isa::kAvx2:
      SIMGPU_ADD(avx2);
      break;
#endif
    default:
      SIMGPU_ADD(baseline);
      break;
  }
  add_rounding(*this);
  add_atomic(*this);
  add_control(*this);
  add_meeting(*this);
  add_runtime(*this);
}

const OpTable& OpTable::instance() {
  static const OpTable table;
  return table;
}

void OpTable::add(const OpEntry* entries, size_t count) {
  for (size_t i = 0; i < count; ++i) entries_.emplace(entries[i].key, &entries[i]);
}

const OpEntry* OpTable::find(std::string_view key) const {
  auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second;
}

const char* execution_target() {
  switch (detect()) {
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAvx2:
      return "avx2";
    default:
      return "baseline";
  }
}

}  // namespace simgpu
