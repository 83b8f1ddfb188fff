#include "graph.h"

#include <algorithm>

#include "capture.h"
#include "submit.h"

namespace simgpu {

CUgraphNode add_node(CUgraph_st& graph, Work work, const std::vector<CUgraphNode>& before) {
  auto node = std::make_shared<CUgraphNode_st>();
  node->graph = &graph;
  node->work = std::make_shared<Work>(std::move(work));
  node->before = before;
  for (CUgraphNode earlier : before) earlier->after.push_back(node.get());
  graph.nodes.push_back(node);
  return driver().nodes.add(node);
}

std::shared_ptr<CUgraph_st> clone_graph(const CUgraph_st& graph,
                                        std::map<CUgraphNode, CUgraphNode>& copy_of) {
  auto clone = std::make_shared<CUgraph_st>();
  for (const auto& node : graph.nodes) {
    Work work = *node->work;
    if (auto* child = std::get_if<ChildWork>(&work))
      child->graph = clone_graph(*child->graph, copy_of);
    CUgraphNode copy = add_node(*clone, std::move(work), {});
    copy->cloned_from = node.get();
    copy_of[node.get()] = copy;
  }
  for (const auto& node : graph.nodes) {
    CUgraphNode copy = copy_of[node.get()];
    for (CUgraphNode earlier : node->before) {
      copy->before.push_back(copy_of[earlier]);
      copy_of[earlier]->after.push_back(copy);
    }
  }
  return clone;
}

void retire_nodes(const CUgraph_st& graph) {
  for (const auto& node : graph.nodes) {
    if (const auto* child = std::get_if<ChildWork>(node->work.get())) retire_nodes(*child->graph);
    driver().nodes.remove(node.get());
  }
}

std::vector<CUgraphNode> topological_order(const CUgraph_st& graph) {
  std::map<CUgraphNode, size_t> missing;
  std::vector<CUgraphNode> order;
  for (const auto& node : graph.nodes) {
    missing[node.get()] = node->before.size();
    if (node->before.empty()) order.push_back(node.get());
  }
  for (size_t i = 0; i < order.size(); ++i) {
    for (CUgraphNode later : order[i]->after) {
      if (--missing[later] == 0) order.push_back(later);
    }
  }
  require(order.size() == graph.nodes.size(), CUDA_ERROR_INVALID_VALUE, "the graph has a cycle");
  return order;
}

CUgraphNodeType type_of(const CUgraphNode_st& node) {
  const Work& work = *node.work;
  if (std::holds_alternative<KernelWork>(work)) return CU_GRAPH_NODE_TYPE_KERNEL;
  if (std::holds_alternative<CopyWork>(work)) return CU_GRAPH_NODE_TYPE_MEMCPY;
  if (std::holds_alternative<FillWork>(work)) return CU_GRAPH_NODE_TYPE_MEMSET;
  if (std::holds_alternative<HostWork>(work)) return CU_GRAPH_NODE_TYPE_HOST;
  if (std::holds_alternative<ChildWork>(work)) return CU_GRAPH_NODE_TYPE_GRAPH;
  if (const auto* event = std::get_if<EventWork>(&work)) {
    return event->record ? CU_GRAPH_NODE_TYPE_EVENT_RECORD : CU_GRAPH_NODE_TYPE_WAIT_EVENT;
  }
  return CU_GRAPH_NODE_TYPE_EMPTY;
}

namespace {

void require_events(const CUgraph_st& graph) {
  for (const auto& node : graph.nodes) {
    if (const auto* child = std::get_if<ChildWork>(node->work.get())) require_events(*child->graph);
    const auto* event = std::get_if<EventWork>(node->work.get());
    require(event == nullptr || driver().events.has(event->event), CUDA_ERROR_INVALID_HANDLE,
            "an event of the graph was destroyed");
  }
}

}  // namespace

OperationRef enqueue_graph(CUctx_st& context, const CUgraph_st& graph,
                           const std::vector<OperationRef>& before) {
  OperationRef start = context.work.add(nullptr, before);
  std::map<CUgraphNode, OperationRef> operations;
  std::vector<OperationRef> ends{start};
  for (CUgraphNode node : topological_order(graph)) {
    std::vector<OperationRef> follows{start};
    for (CUgraphNode earlier : node->before) follows.push_back(operations[earlier]);
    OperationRef operation;
    const auto* event = std::get_if<EventWork>(node->work.get());
    if (const auto* child = std::get_if<ChildWork>(node->work.get())) {
      operation = enqueue_graph(context, *child->graph, follows);
    } else if (event != nullptr) {
      if (!event->record) follows.push_back(event->event->recorded);
      operation = context.work.add(nullptr, follows);
      if (event->record) event->event->recorded = operation;
    } else {
      std::shared_ptr<const Work> work = node->work;
      operation = context.work.add(runnable(context, work), follows);
    }
    operations[node] = operation;
    if (node->after.empty()) ends.push_back(operation);
  }
  return context.work.add(nullptr, ends);
}

void launch_graph(CUctx_st& context, CUgraphExec_st& executable, CUstream_st& stream) {
  require_events(*executable.graph);
  if (&stream == context.legacy.get()) refuse_implicit_dependency(context);
  std::vector<OperationRef> before = predecessors(context, stream);
  before.push_back(executable.last);
  OperationRef end = enqueue_graph(context, *executable.graph, before);
  stream.tail = end;
  executable.last = end;
  bound_queue(context);
}

}  // namespace simgpu
