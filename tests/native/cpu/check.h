// The smallest test tool: CHECK counts failures and shows what was compared; main returns them.
#ifndef FIGMENT_TESTS_NATIVE_CPU_CHECK_H_
#define FIGMENT_TESTS_NATIVE_CPU_CHECK_H_

#include <stdio.h>

inline int failures = 0;

// CHECK(condition, printf format of what was found, values...)
#define CHECK(condition, ...)                                         \
  do {                                                                \
    if (!(condition) && ++failures <= 20) {                           \
      printf("%s:%d: %s is false: ", __FILE__, __LINE__, #condition); \
      printf(__VA_ARGS__);                                            \
      printf("\n");                                                   \
    }                                                                 \
  } while (false)

inline int report() {
  if (failures > 0) printf("%d checks failed\n", failures);
  return failures > 0 ? 1 : 0;
}

#endif  // FIGMENT_TESTS_NATIVE_CPU_CHECK_H_
