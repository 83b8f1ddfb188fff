// The tables of all instruction sets; a build for another processor than x86-64 has one.
#ifndef FIGMENT_CPU_LOOPS_TABLE_H_
#define FIGMENT_CPU_LOOPS_TABLE_H_

#include "loops.h"

namespace figment {

namespace baseline {
extern const Loops table;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Loops table;
}
namespace avx512 {
extern const Loops table;
}
#endif

}  // namespace figment

#endif  // FIGMENT_CPU_LOOPS_TABLE_H_
