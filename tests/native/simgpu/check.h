// The checks of the simulated GPU's own tests: a test is a function, a failure prints where and
// goes on.
#ifndef FIGMENT_TESTS_SIMGPU_CHECK_H_
#define FIGMENT_TESTS_SIMGPU_CHECK_H_

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "cuda_driver.h"

namespace check {

struct Test {
  const char* name;
  void (*body)();
};

inline std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

inline int& failures() {
  static int count = 0;
  return count;
}

// Where set, failures are collected here and do not count.
inline std::string*& collected() {
  static std::string* text = nullptr;
  return text;
}

inline void fail(const char* file, int line, const std::string& what) {
  if (collected() != nullptr) {
    *collected() += what + "\n";
    return;
  }
  ++failures();
  std::printf("%s:%d: %s\n", file, line, what.c_str());
}

inline void expect(const char* file, int line, const char* call, CUresult got, CUresult wanted) {
  if (got == wanted) return;
  fail(file, line,
       std::string(call) + " gave " + std::to_string(got) + ", not " + std::to_string(wanted) +
           " (" + simgpu_last_report() + ")");
}

// A test with a fault planted in it, whose body shows how the fault makes it go wrong. With
// SIMGPU_CHECK=1 the fault must be named instead: by a failing call with `named` in its report.
inline void planted(void (*body)(), const char* named) {
  const char* checked = std::getenv("SIMGPU_CHECK");
  if (checked == nullptr || *checked != '1') return body();
  std::string reports;
  collected() = &reports;
  body();
  collected() = nullptr;
  if (reports.find(named) == std::string::npos) {
    fail(__FILE__, __LINE__, std::string("no \"") + named + "\" in: " + reports);
  }
}

struct Add {
  Add(const char* name, void (*body)()) { tests().push_back({name, body}); }
};

// Runs every test; the exit status is 1 when a check failed or there was nothing to run.
inline int run_all() {
  for (const Test& test : tests()) {
    int before = failures();
    test.body();
    std::printf("%s %s\n", failures() == before ? "passed" : "FAILED", test.name);
  }
  return failures() == 0 && !tests().empty() ? 0 : 1;
}

}  // namespace check

#define TEST(name)                             \
  static void name();                          \
  static check::Add name##_added{#name, name}; \
  static void name()
#define PLANTED(name, named)                                    \
  static void name();                                           \
  static void name##_planted() { check::planted(name, named); } \
  static check::Add name##_added{#name, name##_planted};        \
  static void name()
#define CHECK(condition) \
  ((condition) ? void() : check::fail(__FILE__, __LINE__, "not so: " #condition))
#define EXPECT(code, call) check::expect(__FILE__, __LINE__, #call, call, code)
#define OK(call) EXPECT(CUDA_SUCCESS, call)

// The last failing call's sentence contains `part`.
#define REPORTS(part)                                 \
  (std::strstr(simgpu_last_report(), part) != nullptr \
       ? void()                                       \
       : check::fail(__FILE__, __LINE__,              \
                     std::string("no \"") + part + "\" in: " + simgpu_last_report()))

#endif  // FIGMENT_TESTS_SIMGPU_CHECK_H_
