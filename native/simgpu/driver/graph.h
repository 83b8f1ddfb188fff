// Graphs: nodes of work with edges, their executable copies, and their way into a stream.
#ifndef SIMGPU_DRIVER_GRAPH_H_
#define SIMGPU_DRIVER_GRAPH_H_

#include <map>
#include <memory>
#include <vector>

#include "call.h"
#include "work.h"

struct CUgraphNode_st {
  CUgraph graph = nullptr;
  std::shared_ptr<const simgpu::Work>
      work;                                // replaced whole, so that launches under way keep theirs
  std::vector<CUgraphNode> before, after;  // edges
  std::vector<void*> arguments;            // for cuGraphKernelNodeGetParams
  CUgraphNode cloned_from = nullptr;
};

struct CUgraph_st {
  std::vector<std::shared_ptr<CUgraphNode_st>> nodes;  // in order of creation
};

struct CUgraphExec_st {
  CUcontext context = nullptr;
  std::shared_ptr<CUgraph_st> graph;           // its own copy
  std::map<CUgraphNode, CUgraphNode> copy_of;  // from the nodes of the graph it was made of
  simgpu::OperationRef last;                   // two launches of one executable never overlap
};

namespace simgpu {

// Adds a node after `before` and makes it a valid handle.
CUgraphNode add_node(CUgraph_st& graph, Work work, const std::vector<CUgraphNode>& before);

// A copy with nodes of its own, child graphs included; `copy_of` maps the original's nodes.
std::shared_ptr<CUgraph_st> clone_graph(const CUgraph_st& graph,
                                        std::map<CUgraphNode, CUgraphNode>& copy_of);

// Makes the handles of the graph's nodes invalid, those of child graphs too.
void retire_nodes(const CUgraph_st& graph);

// Every node after those it follows. Fails with CUDA_ERROR_INVALID_VALUE on a cycle.
std::vector<CUgraphNode> topological_order(const CUgraph_st& graph);

CUgraphNodeType type_of(const CUgraphNode_st& node);

// Launches an executable graph into a stream that is not capturing.
void launch_graph(CUctx_st& context, CUgraphExec_st& executable, CUstream_st& stream);

}  // namespace simgpu

#endif  // SIMGPU_DRIVER_GRAPH_H_
