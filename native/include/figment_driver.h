// What can be asked of a CUDA driver library before anything is bound to it, and of the simulated
// one besides. Called from Java (dev.figment.cuda.DriverLibrary); inline, so it needs no library.
#ifndef FIGMENT_DRIVER_H_
#define FIGMENT_DRIVER_H_

#include <dlfcn.h>
#include <stddef.h>

// Every driver has this SONAME, the simulated one too: the first in a process is the only one.
#define FIGMENT_DRIVER_SONAME "libcuda.so.1"

// The driver that the process holds already, or NULL; no search, no loading.
static inline void* figment_loaded_driver(void) {
  return dlopen(FIGMENT_DRIVER_SONAME, RTLD_LAZY | RTLD_NOLOAD);
}

// Loads the driver by the dynamic loader's own rules; NULL, or the loader's reason why not.
static inline const char* figment_load_driver(void) {
  return dlopen(FIGMENT_DRIVER_SONAME, RTLD_LAZY) != NULL ? NULL : dlerror();
}

// A symbol of the loaded driver, or NULL.
static inline void* figment_driver_symbol(const char* name) {
  void* driver = figment_loaded_driver();
  if (driver == NULL) return NULL;
  void* symbol = dlsym(driver, name);
  dlclose(driver);  // the process's own reference remains
  return symbol;
}

// 1 when the process holds a driver.
static inline int figment_has_driver(void) { return figment_driver_symbol("cuInit") != NULL; }

// 1 when the driver of the process is the simulated GPU's.
static inline int figment_driver_is_simulated(void) {
  return figment_driver_symbol("simgpu_last_report") != NULL;
}

// The CUDA release that the driver supports, 1000 * major + 10 * minor; 0 when it does not say.
static inline int figment_driver_version(void) {
  typedef int (*version_function)(int*);
  version_function get = (version_function)figment_driver_symbol("cuDriverGetVersion");
  int version = 0;
  return get != NULL && get(&version) == 0 ? version : 0;
}

// The simulated GPU's sentence about this thread's newest failed call; NULL from a real driver.
static inline const char* figment_driver_report(void) {
  typedef const char* (*report_function)(void);
  report_function report = (report_function)figment_driver_symbol("simgpu_last_report");
  return report != NULL ? report() : NULL;
}

// The simulated GPU's counters (docs/simgpu.md, Counters); with a real driver they do nothing.
static inline void figment_driver_count(int on) {
  typedef void (*count_function)(int);
  count_function count = (count_function)figment_driver_symbol("simgpu_count");
  if (count != NULL) count(on);
}

// Returns the bytes that the report needs, 0 where there is none.
static inline size_t figment_driver_counters(char* buffer, size_t bytes) {
  typedef size_t (*counters_function)(char*, size_t);
  counters_function counters = (counters_function)figment_driver_symbol("simgpu_counters");
  return counters != NULL ? counters(buffer, bytes) : 0;
}

static inline void figment_driver_reset_counters(void) {
  typedef void (*reset_function)(void);
  reset_function reset = (reset_function)figment_driver_symbol("simgpu_reset_counters");
  if (reset != NULL) reset();
}

#endif  // FIGMENT_DRIVER_H_
