// How many threads a process may use, and where they run.
#include <omp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "context.h"

namespace figment {
namespace {

// As large as the kernel's own: a smaller mask is refused.
struct Mask {
  static constexpr int kCpus = 1 << 14;
  cpu_set_t sets[kCpus / CPU_SETSIZE];

  bool read() { return sched_getaffinity(0, sizeof(sets), sets) == 0; }
  bool apply() const { return sched_setaffinity(0, sizeof(sets), sets) == 0; }
  int count() const { return CPU_COUNT_S(sizeof(sets), sets); }
  bool has(int cpu) const { return CPU_ISSET_S(cpu, sizeof(sets), sets); }
  void set_only(int cpu) {
    CPU_ZERO_S(sizeof(sets), sets);
    CPU_SET_S(cpu, sizeof(sets), sets);
  }
};

// The calling thread's pins; threads > 0 where a team was pinned, with the mask it had before.
struct Pins {
  int count = 0;
  int threads = 0;
  Mask before;
};
thread_local Pins pins;

int affinity_count() {
  Mask mask;
  if (pins.threads > 0) return pins.before.count();
  return mask.read() ? mask.count() : 1;
}

// Reads "quota period" (cgroup v2) or the two files of v1; infinity where there is no limit.
double quota_v2(const std::string& folder) {
  FILE* file = fopen((folder + "/cpu.max").c_str(), "r");
  if (file == nullptr) return INFINITY;
  double quota = 0, period = 0;
  const bool limited = fscanf(file, "%lf %lf", &quota, &period) == 2 && quota > 0 && period > 0;
  fclose(file);
  return limited ? quota / period : INFINITY;
}

double quota_v1(const std::string& folder) {
  double values[2] = {0, 0};
  const char* names[2] = {"/cpu.cfs_quota_us", "/cpu.cfs_period_us"};
  for (int i = 0; i < 2; ++i) {
    FILE* file = fopen((folder + names[i]).c_str(), "r");
    if (file == nullptr) return INFINITY;
    const bool read = fscanf(file, "%lf", &values[i]) == 1;
    fclose(file);
    if (!read || values[i] <= 0) return INFINITY;
  }
  return values[0] / values[1];
}

// The tightest quota from this process's group up to the root.
double cgroup_quota() {
  FILE* file = fopen("/proc/self/cgroup", "r");
  if (file == nullptr) return INFINITY;
  double quota = INFINITY;
  char line[4096];
  while (fgets(line, sizeof(line), file) != nullptr) {
    line[strcspn(line, "\n")] = 0;
    char* controllers = strchr(line, ':');
    char* path = controllers == nullptr ? nullptr : strchr(controllers + 1, ':');
    if (path == nullptr) continue;
    *path++ = 0;
    const bool v2 = strcmp(controllers, ":") == 0;
    const std::string list = std::string(",") + (controllers + 1) + ",";
    if (!v2 && list.find(",cpu,") == std::string::npos) continue;
    std::string group = path;
    if (group == "/") group.clear();
    while (true) {
      quota = std::min(
          quota, v2 ? quota_v2("/sys/fs/cgroup" + group) : quota_v1("/sys/fs/cgroup/cpu" + group));
      if (group.empty()) break;
      const size_t last = group.rfind('/');
      group.erase(last == std::string::npos ? 0 : last);
    }
  }
  fclose(file);
  return quota;
}

}  // namespace

int available_threads() {
  const int cpus = affinity_count();
  const double quota = cgroup_quota();
  return quota < cpus ? std::max(1, static_cast<int>(std::ceil(quota))) : cpus;
}

void pin_team(int threads) {
  if (pins.count++ > 0) return;
  if (threads == 1 || !pins.before.read() || pins.before.count() != threads ||
      available_threads() != threads) {
    return;
  }
  std::vector<int> cpus;
  for (int cpu = 0; cpu < Mask::kCpus; ++cpu) {
    if (pins.before.has(cpu)) cpus.push_back(cpu);
  }
  pins.threads = threads;
#pragma omp parallel num_threads(threads)
  {
    Mask own;
    own.set_only(cpus[omp_get_thread_num()]);
    own.apply();  // where the system forbids it, the team works on unpinned
  }
}

void release_team() {
  if (--pins.count > 0 || pins.threads == 0) return;
  const Mask& before = pins.before;
#pragma omp parallel num_threads(pins.threads)
  before.apply();
  pins.threads = 0;
}

}  // namespace figment
