// Graph nodes: adding each kind by hand, reading and changing what they do, in a graph and in an
// executable copy of it.
#include "call.h"
#include "cuda_driver.h"
#include "graph_call.h"
#include "submit.h"

namespace simgpu {
namespace {

// Adds a node whose work `make` builds once the graph and its dependencies are known to be valid.
template <class Make>
CUresult add(const char* name, CUgraphNode* result, CUgraph graph, const CUgraphNode* list,
             size_t count, Make make) {
  return context_call(name, [&](Driver& state, CUctx_st& context) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require_graph(state, graph);
    std::vector<CUgraphNode> before = dependencies(state, *graph, list, count);
    *result = add_node(*graph, make(state, context), before);
    return CUDA_SUCCESS;
  });
}

// The node's work as one kind, or CUDA_ERROR_INVALID_VALUE.
template <class Kind>
const Kind& work_as(const CUgraphNode_st& node) {
  const Kind* work = std::get_if<Kind>(node.work.get());
  require(work != nullptr, CUDA_ERROR_INVALID_VALUE, "the node is of another type");
  return *work;
}

template <class Kind>
void replace(CUgraphNode_st& node, Kind work) {
  work_as<Kind>(node);
  node.work = std::make_shared<Work>(std::move(work));
}

// The executable's copy of a node of the graph that it was made of.
CUgraphNode_st& copy_in(CUgraphExec_st& executable, CUgraphNode node) {
  auto found = executable.copy_of.find(node);
  require(found != executable.copy_of.end(), CUDA_ERROR_INVALID_VALUE,
          "the node is not of the graph that the executable was made of");
  return *found->second;
}

template <class Make>
CUresult set_in_graph(const char* name, CUgraphNode handle, Make make) {
  return context_call(name, [&](Driver& state, CUctx_st& context) {
    replace(*require_node(state, handle), make(state, context));
    return CUDA_SUCCESS;
  });
}

template <class Make>
CUresult set_in_executable(const char* name, CUgraphExec executable, CUgraphNode node, Make make) {
  return context_call(name, [&](Driver& state, CUctx_st& context) {
    replace(copy_in(*require_executable(state, executable), node), make(state, context));
    return CUDA_SUCCESS;
  });
}

template <class Read>
CUresult get(const char* name, CUgraphNode handle, const void* result, Read read) {
  return driver_call(name, [&](Driver& state) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    read(*require_node(state, handle));
    return CUDA_SUCCESS;
  });
}

// Makers of work from node parameters, checked as the stream calls check theirs.

auto kernel_from(const CUDA_KERNEL_NODE_PARAMS* params) {
  return [=](Driver&, CUctx_st& context) {
    require(params != nullptr, CUDA_ERROR_INVALID_VALUE, "the node parameters are null");
    return checked_launch(context, params->func,
                          {params->gridDimX, params->gridDimY, params->gridDimZ},
                          {params->blockDimX, params->blockDimY, params->blockDimZ},
                          params->sharedMemBytes, params->kernelParams, params->extra);
  };
}

auto copy_from(const CUDA_MEMCPY3D* params) {
  return [=](Driver&, CUctx_st&) {
    require(params != nullptr, CUDA_ERROR_INVALID_VALUE, "the node parameters are null");
    return CopyWork{checked_copy(*params)};
  };
}

auto fill_from(const CUDA_MEMSET_NODE_PARAMS* params) {
  return [=](Driver&, CUctx_st&) {
    require(params != nullptr, CUDA_ERROR_INVALID_VALUE, "the node parameters are null");
    check_fill(*params);
    return FillWork{*params};
  };
}

auto host_from(const CUDA_HOST_NODE_PARAMS* params) {
  return [=](Driver&, CUctx_st&) {
    require(params != nullptr && params->fn != nullptr, CUDA_ERROR_INVALID_VALUE,
            "the node parameters, or their function, are null");
    CUDA_HOST_NODE_PARAMS kept = *params;
    return HostWork{[kept] { kept.fn(kept.userData); }, kept};
  };
}

auto event_from(CUevent event, bool record) {
  return [=](Driver& state, CUctx_st&) {
    require(state.events.has(event), CUDA_ERROR_INVALID_HANDLE, "the event does not exist");
    return EventWork{event, record};
  };
}

// An event node keeps its kind when its event changes.
auto same_kind(CUgraphNode node, CUevent event) {
  return [=](Driver& state, CUctx_st& context) {
    const auto& work = work_as<EventWork>(*require_node(state, node));
    return event_from(event, work.record)(state, context);
  };
}

auto child_from(CUgraph child) {
  return [=](Driver& state, CUctx_st&) {
    std::map<CUgraphNode, CUgraphNode> copy_of;
    return ChildWork{clone_graph(*require_graph(state, child), copy_of)};
  };
}

CUDA_KERNEL_NODE_PARAMS kernel_params(CUgraphNode_st& node) {
  const auto& kernel = work_as<KernelWork>(node);
  require(driver().functions.has(kernel.function), CUDA_ERROR_INVALID_HANDLE,
          "the node's module was unloaded");
  node.arguments.clear();
  for (const ParamInfo& parameter : kernel.function->info().params) {
    node.arguments.push_back(const_cast<uint8_t*>(kernel.params.data()) + parameter.offset);
  }
  return {kernel.function,       kernel.grid.x,  kernel.grid.y,  kernel.grid.z,
          kernel.block.x,        kernel.block.y, kernel.block.z, kernel.dynamic_shared,
          node.arguments.data(), nullptr,        nullptr,        nullptr};
}

}  // namespace
}  // namespace simgpu

using namespace simgpu;

SIMGPU_API CUresult cuGraphAddEmptyNode(CUgraphNode* result, CUgraph graph, const CUgraphNode* list,
                                        size_t count) {
  return add("cuGraphAddEmptyNode", result, graph, list, count,
             [](Driver&, CUctx_st&) { return EmptyWork{}; });
}

SIMGPU_API CUresult cuGraphAddKernelNode_v2(CUgraphNode* result, CUgraph graph,
                                            const CUgraphNode* list, size_t count,
                                            const CUDA_KERNEL_NODE_PARAMS* params) {
  return add("cuGraphAddKernelNode", result, graph, list, count, kernel_from(params));
}

SIMGPU_API CUresult cuGraphAddMemcpyNode(CUgraphNode* result, CUgraph graph,
                                         const CUgraphNode* list, size_t count,
                                         const CUDA_MEMCPY3D* params, CUcontext) {
  return add("cuGraphAddMemcpyNode", result, graph, list, count, copy_from(params));
}

SIMGPU_API CUresult cuGraphAddMemsetNode(CUgraphNode* result, CUgraph graph,
                                         const CUgraphNode* list, size_t count,
                                         const CUDA_MEMSET_NODE_PARAMS* params, CUcontext) {
  return add("cuGraphAddMemsetNode", result, graph, list, count, fill_from(params));
}

SIMGPU_API CUresult cuGraphAddHostNode(CUgraphNode* result, CUgraph graph, const CUgraphNode* list,
                                       size_t count, const CUDA_HOST_NODE_PARAMS* params) {
  return add("cuGraphAddHostNode", result, graph, list, count, host_from(params));
}

SIMGPU_API CUresult cuGraphAddEventRecordNode(CUgraphNode* result, CUgraph graph,
                                              const CUgraphNode* list, size_t count,
                                              CUevent event) {
  return add("cuGraphAddEventRecordNode", result, graph, list, count, event_from(event, true));
}

SIMGPU_API CUresult cuGraphAddEventWaitNode(CUgraphNode* result, CUgraph graph,
                                            const CUgraphNode* list, size_t count, CUevent event) {
  return add("cuGraphAddEventWaitNode", result, graph, list, count, event_from(event, false));
}

SIMGPU_API CUresult cuGraphAddChildGraphNode(CUgraphNode* result, CUgraph graph,
                                             const CUgraphNode* list, size_t count, CUgraph child) {
  return add("cuGraphAddChildGraphNode", result, graph, list, count, child_from(child));
}

SIMGPU_API CUresult cuGraphChildGraphNodeGetGraph(CUgraphNode node, CUgraph* child) {
  return get("cuGraphChildGraphNodeGetGraph", node, child,
             [&](CUgraphNode_st& found) { *child = work_as<ChildWork>(found).graph.get(); });
}

SIMGPU_API CUresult cuGraphKernelNodeGetParams_v2(CUgraphNode node,
                                                  CUDA_KERNEL_NODE_PARAMS* params) {
  return get("cuGraphKernelNodeGetParams", node, params,
             [&](CUgraphNode_st& found) { *params = kernel_params(found); });
}

SIMGPU_API CUresult cuGraphKernelNodeSetParams_v2(CUgraphNode node,
                                                  const CUDA_KERNEL_NODE_PARAMS* params) {
  return set_in_graph("cuGraphKernelNodeSetParams", node, kernel_from(params));
}

SIMGPU_API CUresult cuGraphExecKernelNodeSetParams_v2(CUgraphExec executable, CUgraphNode node,
                                                      const CUDA_KERNEL_NODE_PARAMS* params) {
  return set_in_executable("cuGraphExecKernelNodeSetParams", executable, node, kernel_from(params));
}

SIMGPU_API CUresult cuGraphMemcpyNodeGetParams(CUgraphNode node, CUDA_MEMCPY3D* params) {
  return get("cuGraphMemcpyNodeGetParams", node, params,
             [&](CUgraphNode_st& found) { *params = work_as<CopyWork>(found).copy; });
}

SIMGPU_API CUresult cuGraphMemcpyNodeSetParams(CUgraphNode node, const CUDA_MEMCPY3D* params) {
  return set_in_graph("cuGraphMemcpyNodeSetParams", node, copy_from(params));
}

SIMGPU_API CUresult cuGraphExecMemcpyNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                                   const CUDA_MEMCPY3D* params, CUcontext) {
  return set_in_executable("cuGraphExecMemcpyNodeSetParams", executable, node, copy_from(params));
}

SIMGPU_API CUresult cuGraphMemsetNodeGetParams(CUgraphNode node, CUDA_MEMSET_NODE_PARAMS* params) {
  return get("cuGraphMemsetNodeGetParams", node, params,
             [&](CUgraphNode_st& found) { *params = work_as<FillWork>(found).fill; });
}

SIMGPU_API CUresult cuGraphMemsetNodeSetParams(CUgraphNode node,
                                               const CUDA_MEMSET_NODE_PARAMS* params) {
  return set_in_graph("cuGraphMemsetNodeSetParams", node, fill_from(params));
}

SIMGPU_API CUresult cuGraphExecMemsetNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                                   const CUDA_MEMSET_NODE_PARAMS* params,
                                                   CUcontext) {
  return set_in_executable("cuGraphExecMemsetNodeSetParams", executable, node, fill_from(params));
}

SIMGPU_API CUresult cuGraphHostNodeGetParams(CUgraphNode node, CUDA_HOST_NODE_PARAMS* params) {
  return get("cuGraphHostNodeGetParams", node, params,
             [&](CUgraphNode_st& found) { *params = work_as<HostWork>(found).params; });
}

SIMGPU_API CUresult cuGraphHostNodeSetParams(CUgraphNode node,
                                             const CUDA_HOST_NODE_PARAMS* params) {
  return set_in_graph("cuGraphHostNodeSetParams", node, host_from(params));
}

SIMGPU_API CUresult cuGraphExecHostNodeSetParams(CUgraphExec executable, CUgraphNode node,
                                                 const CUDA_HOST_NODE_PARAMS* params) {
  return set_in_executable("cuGraphExecHostNodeSetParams", executable, node, host_from(params));
}

SIMGPU_API CUresult cuGraphEventRecordNodeGetEvent(CUgraphNode node, CUevent* event) {
  return get("cuGraphEventRecordNodeGetEvent", node, event,
             [&](CUgraphNode_st& found) { *event = work_as<EventWork>(found).event; });
}

SIMGPU_API CUresult cuGraphEventWaitNodeGetEvent(CUgraphNode node, CUevent* event) {
  return cuGraphEventRecordNodeGetEvent(node, event);
}

SIMGPU_API CUresult cuGraphEventRecordNodeSetEvent(CUgraphNode node, CUevent event) {
  return set_in_graph("cuGraphEventRecordNodeSetEvent", node, same_kind(node, event));
}

SIMGPU_API CUresult cuGraphEventWaitNodeSetEvent(CUgraphNode node, CUevent event) {
  return set_in_graph("cuGraphEventWaitNodeSetEvent", node, same_kind(node, event));
}

SIMGPU_API CUresult cuGraphExecEventRecordNodeSetEvent(CUgraphExec executable, CUgraphNode node,
                                                       CUevent event) {
  return set_in_executable("cuGraphExecEventRecordNodeSetEvent", executable, node,
                           same_kind(node, event));
}

SIMGPU_API CUresult cuGraphExecEventWaitNodeSetEvent(CUgraphExec executable, CUgraphNode node,
                                                     CUevent event) {
  return set_in_executable("cuGraphExecEventWaitNodeSetEvent", executable, node,
                           same_kind(node, event));
}
