// What every kernel here shares.
#ifndef FIGMENT_COMMON_CUH_
#define FIGMENT_COMMON_CUH_

#include "block.cuh"
#include "maps.cuh"
#include "storage.cuh"

#endif  // FIGMENT_COMMON_CUH_
