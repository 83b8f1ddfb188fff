// Graphs as a whole: creation, edges, clones, executables, launch, update.
#include <algorithm>
#include <cstdio>
#include <set>

#include "call.h"
#include "cuda_driver.h"
#include "graph.h"
#include "graph_call.h"
#include "submit.h"

namespace simgpu {

CUgraph require_graph(Driver& state, CUgraph handle) {
  if (state.graphs.has(handle)) return handle;
  bool inner = false;  // a child graph, or the graph of a capture in progress
  state.nodes.each([&](const CUgraphNode_st& node) { inner |= node.graph == handle; });
  require(inner, CUDA_ERROR_INVALID_VALUE,
          "the graph does not exist: it was destroyed or never created");
  return handle;
}

CUgraphNode require_node(Driver& state, CUgraphNode handle) {
  require(state.nodes.has(handle), CUDA_ERROR_INVALID_VALUE,
          "the node does not exist: it was destroyed or never created");
  return handle;
}

CUgraphExec require_executable(Driver& state, CUgraphExec handle) {
  require(state.executables.has(handle), CUDA_ERROR_INVALID_VALUE,
          "the executable graph does not exist: it was destroyed or never created");
  return handle;
}

std::vector<CUgraphNode> dependencies(Driver& state, const CUgraph_st& graph,
                                      const CUgraphNode* list, size_t count) {
  require(list != nullptr || count == 0, CUDA_ERROR_INVALID_VALUE,
          "the list of dependencies is null");
  std::vector<CUgraphNode> before(list, list + count);
  std::set<CUgraphNode> seen;
  for (CUgraphNode node : before) {
    require(require_node(state, node)->graph == &graph, CUDA_ERROR_INVALID_VALUE,
            "a dependency belongs to another graph");
    require(seen.insert(node).second, CUDA_ERROR_INVALID_VALUE, "a dependency is listed twice");
  }
  return before;
}

namespace {

// Fills the caller's array; a null array asks for the count, a longer one is padded with null.
void give_list(const std::vector<CUgraphNode>& nodes, CUgraphNode* list, size_t* count) {
  require(count != nullptr, CUDA_ERROR_INVALID_VALUE, "the count is null");
  if (list == nullptr) {
    *count = nodes.size();
    return;
  }
  for (size_t i = 0; i < *count; ++i) list[i] = i < nodes.size() ? nodes[i] : nullptr;
  *count = std::min(*count, nodes.size());
}

void connect(CUgraphNode from, CUgraphNode to) {
  from->after.push_back(to);
  to->before.push_back(from);
}

void disconnect(CUgraphNode from, CUgraphNode to) {
  auto drop = [](std::vector<CUgraphNode>& list, CUgraphNode node) {
    list.erase(std::remove(list.begin(), list.end(), node), list.end());
  };
  drop(from->after, to);
  drop(to->before, from);
}

bool connected(CUgraphNode from, CUgraphNode to) {
  return std::find(from->after.begin(), from->after.end(), to) != from->after.end();
}

CUresult instantiate(const char* name, CUgraphExec* result, CUgraph graph) {
  return context_call(name, [&](Driver& state, CUctx_st& context) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    require_graph(state, graph);
    topological_order(*graph);
    auto executable = std::make_shared<CUgraphExec_st>();
    executable->context = &context;
    executable->graph = clone_graph(*graph, executable->copy_of);
    retire_nodes(*executable->graph);  // its nodes are no handles; the original's are
    *result = state.executables.add(executable);
    return CUDA_SUCCESS;
  });
}

// Gives `ours` the work of `theirs`, node by node in order of creation; false with the node where
// they differ in kind or edges.
bool update_work(CUgraph_st& ours, const CUgraph_st& theirs, CUgraphExecUpdateResultInfo& info,
                 bool apply) {
  if (ours.nodes.size() != theirs.nodes.size()) {
    info = {CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED, nullptr, nullptr};
    return false;
  }
  std::map<CUgraphNode, size_t> our_place, their_place;
  for (size_t i = 0; i < ours.nodes.size(); ++i) {
    our_place[ours.nodes[i].get()] = i;
    their_place[theirs.nodes[i].get()] = i;
  }
  for (size_t i = 0; i < ours.nodes.size(); ++i) {
    CUgraphNode_st &old_node = *ours.nodes[i], &new_node = *theirs.nodes[i];
    std::set<size_t> old_before, new_before;
    for (CUgraphNode node : old_node.before) old_before.insert(our_place[node]);
    for (CUgraphNode node : new_node.before) new_before.insert(their_place[node]);
    if (old_before != new_before) {
      info = {CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED, &new_node, nullptr};
      return false;
    }
    if (type_of(old_node) != type_of(new_node)) {
      info = {CU_GRAPH_EXEC_UPDATE_ERROR_NODE_TYPE_CHANGED, &new_node, nullptr};
      return false;
    }
    if (const auto* child = std::get_if<ChildWork>(new_node.work.get())) {
      CUgraph_st& our_child = *std::get<ChildWork>(*old_node.work).graph;
      if (!update_work(our_child, *child->graph, info, apply)) return false;
    } else if (apply) {
      old_node.work = new_node.work;
    }
  }
  info = {CU_GRAPH_EXEC_UPDATE_SUCCESS, nullptr, nullptr};
  return true;
}

// After an update the executable answers to the nodes of the graph it was updated from.
void map_nodes(CUgraphExec_st& executable, const CUgraph_st& ours, const CUgraph_st& theirs) {
  for (size_t i = 0; i < ours.nodes.size(); ++i) {
    executable.copy_of[theirs.nodes[i].get()] = ours.nodes[i].get();
    if (const auto* child = std::get_if<ChildWork>(ours.nodes[i]->work.get())) {
      map_nodes(executable, *child->graph, *std::get<ChildWork>(*theirs.nodes[i]->work).graph);
    }
  }
}

CUresult update(const char* name, CUgraphExec handle, CUgraph graph,
                CUgraphExecUpdateResultInfo& info) {
  info = {CU_GRAPH_EXEC_UPDATE_ERROR, nullptr, nullptr};
  return context_call(name, [&](Driver& state, CUctx_st&) {
    CUgraphExec_st& executable = *require_executable(state, handle);
    require_graph(state, graph);
    bool same = update_work(*executable.graph, *graph, info, /*apply=*/false);
    require(same, CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE,
            "the graph differs from the executable in nodes or edges: instantiate it anew");
    update_work(*executable.graph, *graph, info, /*apply=*/true);
    map_nodes(executable, *executable.graph, *graph);
    return CUDA_SUCCESS;
  });
}

}  // namespace
}  // namespace simgpu

using namespace simgpu;

SIMGPU_API CUresult cuGraphCreate(CUgraph* result, unsigned flags) {
  return driver_call("cuGraphCreate", [&](Driver& state) {
    require(result != nullptr && flags == 0, CUDA_ERROR_INVALID_VALUE,
            "no result pointer, or flags");
    *result = state.graphs.add(std::make_shared<CUgraph_st>());
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphDestroy(CUgraph graph) {
  return driver_call("cuGraphDestroy", [&](Driver& state) {
    require(state.graphs.has(graph), CUDA_ERROR_INVALID_VALUE, "the graph does not exist");
    retire_nodes(*graph);
    state.graphs.remove(graph);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphClone(CUgraph* result, CUgraph graph) {
  return driver_call("cuGraphClone", [&](Driver& state) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    std::map<CUgraphNode, CUgraphNode> copy_of;
    *result = state.graphs.add(clone_graph(*require_graph(state, graph), copy_of));
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphNodeFindInClone(CUgraphNode* result, CUgraphNode original,
                                           CUgraph clone) {
  return driver_call("cuGraphNodeFindInClone", [&](Driver& state) {
    require(result != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    for (const auto& node : require_graph(state, clone)->nodes) {
      if (node->cloned_from != original) continue;
      *result = node.get();
      return CUDA_SUCCESS;
    }
    fail(CUDA_ERROR_INVALID_VALUE, "the clone has no copy of the node");
  });
}

SIMGPU_API CUresult cuGraphNodeGetType(CUgraphNode node, CUgraphNodeType* type) {
  return driver_call("cuGraphNodeGetType", [&](Driver& state) {
    require(type != nullptr, CUDA_ERROR_INVALID_VALUE, "the result pointer is null");
    *type = type_of(*require_node(state, node));
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphGetNodes(CUgraph graph, CUgraphNode* list, size_t* count) {
  return driver_call("cuGraphGetNodes", [&](Driver& state) {
    std::vector<CUgraphNode> nodes;
    for (const auto& node : require_graph(state, graph)->nodes) nodes.push_back(node.get());
    give_list(nodes, list, count);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphGetRootNodes(CUgraph graph, CUgraphNode* list, size_t* count) {
  return driver_call("cuGraphGetRootNodes", [&](Driver& state) {
    std::vector<CUgraphNode> roots;
    for (const auto& node : require_graph(state, graph)->nodes) {
      if (node->before.empty()) roots.push_back(node.get());
    }
    give_list(roots, list, count);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphGetEdges(CUgraph graph, CUgraphNode* from, CUgraphNode* to,
                                    size_t* count) {
  return driver_call("cuGraphGetEdges", [&](Driver& state) {
    require(count != nullptr && (from == nullptr) == (to == nullptr), CUDA_ERROR_INVALID_VALUE,
            "give both lists or none, and the count");
    std::vector<CUgraphNode> sources, targets;
    for (const auto& node : require_graph(state, graph)->nodes) {
      for (CUgraphNode later : node->after) {
        sources.push_back(node.get());
        targets.push_back(later);
      }
    }
    size_t room = *count;
    give_list(sources, from, count);
    if (to != nullptr) give_list(targets, to, &room);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphNodeGetDependencies(CUgraphNode node, CUgraphNode* list, size_t* count) {
  return driver_call("cuGraphNodeGetDependencies", [&](Driver& state) {
    give_list(require_node(state, node)->before, list, count);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphNodeGetDependentNodes(CUgraphNode node, CUgraphNode* list,
                                                 size_t* count) {
  return driver_call("cuGraphNodeGetDependentNodes", [&](Driver& state) {
    give_list(require_node(state, node)->after, list, count);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphAddDependencies(CUgraph graph, const CUgraphNode* from,
                                           const CUgraphNode* to, size_t count) {
  return driver_call("cuGraphAddDependencies", [&](Driver& state) {
    require_graph(state, graph);
    for (size_t i = 0; i < count; ++i) {
      require(require_node(state, from[i])->graph == graph &&
                  require_node(state, to[i])->graph == graph && from[i] != to[i] &&
                  !connected(from[i], to[i]),
              CUDA_ERROR_INVALID_VALUE, "an edge exists already, or joins other graphs");
      connect(from[i], to[i]);
    }
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphRemoveDependencies(CUgraph graph, const CUgraphNode* from,
                                              const CUgraphNode* to, size_t count) {
  return driver_call("cuGraphRemoveDependencies", [&](Driver& state) {
    require_graph(state, graph);
    for (size_t i = 0; i < count; ++i) {
      require(require_node(state, from[i])->graph == graph &&
                  require_node(state, to[i])->graph == graph && connected(from[i], to[i]),
              CUDA_ERROR_INVALID_VALUE, "the graph has no such edge");
      disconnect(from[i], to[i]);
    }
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphDestroyNode(CUgraphNode handle) {
  return driver_call("cuGraphDestroyNode", [&](Driver& state) {
    CUgraphNode node = require_node(state, handle);
    while (!node->before.empty()) disconnect(node->before.back(), node);
    while (!node->after.empty()) disconnect(node, node->after.back());
    if (const auto* child = std::get_if<ChildWork>(node->work.get())) retire_nodes(*child->graph);
    std::shared_ptr<CUgraphNode_st> alive = state.nodes.share(node);
    state.nodes.remove(node);
    auto& nodes = node->graph->nodes;
    nodes.erase(std::find(nodes.begin(), nodes.end(), alive));
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphInstantiateWithFlags(CUgraphExec* result, CUgraph graph,
                                                unsigned long long) {
  return instantiate("cuGraphInstantiate", result, graph);
}

// The signature before CUDA 12, with a place for a log.
SIMGPU_API CUresult cuGraphInstantiate_v2(CUgraphExec* result, CUgraph graph,
                                          CUgraphNode* error_node, char* log, size_t log_bytes) {
  if (error_node != nullptr) *error_node = nullptr;
  CUresult outcome = instantiate("cuGraphInstantiate", result, graph);
  if (log != nullptr && log_bytes > 0) {
    std::snprintf(log, log_bytes, "%s", outcome == CUDA_SUCCESS ? "" : simgpu_last_report());
  }
  return outcome;
}

SIMGPU_API CUresult cuGraphUpload(CUgraphExec executable, CUstream stream) {
  return context_call("cuGraphUpload", [&](Driver& state, CUctx_st& context) {
    require_executable(state, executable);
    stream_of(context, stream);
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphLaunch(CUgraphExec handle, CUstream stream) {
  return context_call("cuGraphLaunch", [&](Driver& state, CUctx_st& context) {
    CUgraphExec_st& executable = *require_executable(state, handle);
    require(executable.context == &context, CUDA_ERROR_INVALID_CONTEXT,
            "the executable graph belongs to another context than the current one");
    CUstream_st& target = stream_of(context, stream);
    if (target.capture != nullptr) {
      std::map<CUgraphNode, CUgraphNode> copy_of;
      submit(context, target, ChildWork{clone_graph(*executable.graph, copy_of)});
    } else {
      launch_graph(context, executable, target);
    }
    return CUDA_SUCCESS;
  });
}

// A launch under way keeps its work.
SIMGPU_API CUresult cuGraphExecDestroy(CUgraphExec executable) {
  return driver_call("cuGraphExecDestroy", [&](Driver& state) {
    state.executables.remove(require_executable(state, executable));
    return CUDA_SUCCESS;
  });
}

SIMGPU_API CUresult cuGraphExecUpdate_v2(CUgraphExec executable, CUgraph graph,
                                         CUgraphExecUpdateResultInfo* result) {
  CUgraphExecUpdateResultInfo info;
  CUresult outcome = update("cuGraphExecUpdate", executable, graph, info);
  if (result != nullptr) *result = info;
  return outcome;
}

SIMGPU_API CUresult cuGraphExecUpdate(CUgraphExec executable, CUgraph graph,
                                      CUgraphNode* error_node, CUgraphExecUpdateResult* result) {
  CUgraphExecUpdateResultInfo info;
  CUresult outcome = update("cuGraphExecUpdate", executable, graph, info);
  if (error_node != nullptr) *error_node = info.errorNode;
  if (result != nullptr) *result = info.result;
  return outcome;
}
