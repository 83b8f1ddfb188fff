// One instruction set's table of loops.
#include "table.h"

namespace figment::FIGMENT_ISA {

#define FIGMENT_ENTRY(name) name,
const Loops table = {FIGMENT_LOOPS(FIGMENT_ENTRY)};
#undef FIGMENT_ENTRY

}  // namespace figment::FIGMENT_ISA
