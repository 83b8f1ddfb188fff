// What the exported graph functions share.
#ifndef SIMGPU_DRIVER_GRAPH_CALL_H_
#define SIMGPU_DRIVER_GRAPH_CALL_H_

#include "graph.h"

namespace simgpu {

// Valid handles, or CUDA_ERROR_INVALID_VALUE.
CUgraph require_graph(Driver& state, CUgraph handle);
CUgraphNode require_node(Driver& state, CUgraphNode handle);
CUgraphExec require_executable(Driver& state, CUgraphExec handle);
std::vector<CUgraphNode> dependencies(Driver& state, const CUgraph_st& graph,
                                      const CUgraphNode* list, size_t count);

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_GRAPH_CALL_H_
