// How many threads a process may use.
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "context.h"

namespace figment {
namespace {

int affinity_count() {
  // A kernel may know more CPUs than cpu_set_t holds; it then refuses the smaller mask.
  for (int cpus = CPU_SETSIZE; cpus <= (1 << 18); cpus *= 2) {
    cpu_set_t* mask = CPU_ALLOC(cpus);
    if (mask == nullptr) break;
    const size_t bytes = CPU_ALLOC_SIZE(cpus);
    const int count = sched_getaffinity(0, bytes, mask) == 0 ? CPU_COUNT_S(bytes, mask) : 0;
    CPU_FREE(mask);
    if (count > 0) return count;
  }
  return 1;
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
      group.erase(group.rfind('/'));
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

}  // namespace figment
