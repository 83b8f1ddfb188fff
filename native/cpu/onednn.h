// oneDNN behind the context: engine, stream and the cache of primitives.
#ifndef FIGMENT_CPU_ONEDNN_H_
#define FIGMENT_CPU_ONEDNN_H_

#include <oneapi/dnnl/dnnl.hpp>

#include "context.h"

namespace figment {

struct OneDnn {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
};

}  // namespace figment

#endif  // FIGMENT_CPU_ONEDNN_H_
