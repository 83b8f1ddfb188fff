// The handler tables of each instruction set: the same sources compiled several times.
#ifndef FIGMENT_SIMGPU_ISA_TABLES_H_
#define FIGMENT_SIMGPU_ISA_TABLES_H_

#include "program.h"

namespace simgpu {

#define SIMGPU_DECLARE_TABLES(isa)  \
  namespace isa {                   \
  void add_integer(OpTable& table); \
  void add_float(OpTable& table);   \
  void add_half(OpTable& table);    \
  void add_compare(OpTable& table); \
  void add_convert(OpTable& table); \
  void add_memory(OpTable& table);  \
  }
SIMGPU_DECLARE_TABLES(baseline)
SIMGPU_DECLARE_TABLES(avx2)
SIMGPU_DECLARE_TABLES(avx512)
#undef SIMGPU_DECLARE_TABLES

// Compiled once: they are about control, or slow in themselves.
void add_rounding(OpTable& table);
void add_atomic(OpTable& table);
void add_control(OpTable& table);
void add_meeting(OpTable& table);
void add_runtime(OpTable& table);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_ISA_TABLES_H_
