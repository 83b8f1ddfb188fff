// Stream capture and graphs of copies, memsets, host functions and events (kernels:
// driver_kernels.cpp).
#include <set>
#include <vector>

#include "context.h"

namespace {

CUgraphExec instantiate(CUgraph graph) {
  CUgraphExec executable = nullptr;
  OK(cuGraphInstantiateWithFlags(&executable, graph, 0));
  return executable;
}

size_t node_count(CUgraph graph) {
  size_t count = 0;
  OK(cuGraphGetNodes(graph, nullptr, &count));
  return count;
}

CUDA_MEMSET_NODE_PARAMS set_word(CUdeviceptr address, unsigned value) {
  return {address, 0, value, 4, 1, 1};
}

void count_up(void* counter) { ++*static_cast<int*>(counter); }

}  // namespace

TEST(a_captured_stream_runs_nothing_and_replays) {
  Context context;
  CUstream stream = new_stream();
  CUdeviceptr a = device_alloc(8);
  unsigned source = 1, result = 0;
  int calls = 0;
  OK(cuMemsetD32_v2(a, 0, 2));
  OK(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
  CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;
  OK(cuStreamIsCapturing(stream, &status));
  CHECK(status == CU_STREAM_CAPTURE_STATUS_ACTIVE);
  OK(cuMemcpyHtoDAsync_v2(a, &source, 4, stream));
  OK(cuMemcpyDtoDAsync_v2(a + 4, a, 4, stream));
  OK(cuMemcpyDtoHAsync_v2(&result, a + 4, 4, stream));
  OK(cuLaunchHostFunc(stream, count_up, &calls));
  CUgraph graph = nullptr;
  OK(cuStreamEndCapture(stream, &graph));
  OK(cuStreamSynchronize(stream));
  CHECK(calls == 0 && word_at(a) == 0 && node_count(graph) == 4);
  CUgraphExec executable = instantiate(graph);
  for (unsigned round = 1; round <= 3; ++round) {
    source = 10 * round;
    OK(cuGraphLaunch(executable, stream));
    OK(cuStreamSynchronize(stream));
    CHECK(result == 10 * round && calls == static_cast<int>(round));
  }
  OK(cuGraphDestroy(graph));  // the executable is a copy
  OK(cuGraphLaunch(executable, stream));
  OK(cuGraphExecDestroy(executable));  // a launch under way goes on
  OK(cuCtxSynchronize());
  CHECK(calls == 4);
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuGraphLaunch(executable, stream));
}

TEST(capture_follows_events_across_streams) {
  for (int i = 0; i < 20; ++i) {
    Context context;
    CUstream origin = new_stream(CU_STREAM_NON_BLOCKING), side = new_stream(CU_STREAM_NON_BLOCKING);
    CUevent fork = new_event(), join = new_event();
    CUdeviceptr a = device_alloc(12);
    OK(cuStreamBeginCapture_v2(origin, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    OK(cuMemsetD32Async(a, 5, 1, origin));
    OK(cuEventRecord(fork, origin));
    OK(cuStreamWaitEvent(side, fork, 0));
    OK(cuMemcpyDtoDAsync_v2(a + 4, a, 4, side));
    OK(cuEventRecord(join, side));
    OK(cuMemsetD32Async(a + 8, 7, 1, origin));
    OK(cuStreamWaitEvent(origin, join, 0));
    OK(cuMemsetD32Async(a, 6, 1, origin));
    CUgraph graph = nullptr;
    OK(cuStreamEndCapture(origin, &graph));
    size_t edges = 0;
    OK(cuGraphGetEdges(graph, nullptr, nullptr, &edges));
    CHECK(node_count(graph) == 4 && edges == 4);
    OK(cuGraphLaunch(instantiate(graph), side));  // the side stream is free again
    OK(cuStreamSynchronize(side));
    CHECK(word_at(a) == 6 && word_at(a + 4) == 5 && word_at(a + 8) == 7);
    OK(cuGraphDestroy(graph));
  }
}

TEST(what_a_capture_forbids) {
  Context context;
  CUstream stream = new_stream(), side = new_stream();
  CUevent event = new_event();
  CUdeviceptr a = device_alloc(4), b = 0;
  CUgraph graph = nullptr;
  auto begin = [&] { OK(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL)); };
  auto end = [&](CUresult wanted) {
    EXPECT(wanted, cuStreamEndCapture(stream, &graph));
    CHECK((graph == nullptr) == (wanted != CUDA_SUCCESS));
  };
  EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
         cuStreamBeginCapture_v2(nullptr, CU_STREAM_CAPTURE_MODE_GLOBAL));
  EXPECT(CUDA_ERROR_ILLEGAL_STATE, cuStreamEndCapture(stream, &graph));

  begin();
  EXPECT(CUDA_ERROR_ILLEGAL_STATE, cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
  EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamSynchronize(stream));
  EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuMemsetD32Async(a, 1, 1, stream));
  end(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);

  begin();
  EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuMemAlloc_v2(&b, 4));
  end(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);

  begin();
  EXPECT(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, cuMemsetD32Async(a, 1, 1, nullptr));
  end(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);

  begin();
  EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuCtxSynchronize());
  end(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);

  begin();
  OK(cuEventRecord(event, stream));
  EXPECT(CUDA_ERROR_CAPTURED_EVENT, cuEventSynchronize(event));
  end(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);

  begin();
  OK(cuMemsetD32Async(a, 1, 1, stream));
  OK(cuEventRecord(event, stream));
  OK(cuStreamWaitEvent(side, event, 0));
  OK(cuMemsetD32Async(a, 2, 1, side));
  EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, cuStreamEndCapture(side, &graph));
  end(CUDA_ERROR_STREAM_CAPTURE_UNJOINED);

  OK(cuEventRecord(event, side));
  begin();
  EXPECT(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, cuStreamWaitEvent(stream, event, 0));
  end(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);

  OK(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_RELAXED));
  OK(cuMemAlloc_v2(&b, 4));
  end(CUDA_SUCCESS);
  CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_RELAXED;
  begin();
  OK(cuThreadExchangeStreamCaptureMode(&mode));
  CHECK(mode == CU_STREAM_CAPTURE_MODE_GLOBAL);
  OK(cuMemAlloc_v2(&b, 4));
  OK(cuThreadExchangeStreamCaptureMode(&mode));
  end(CUDA_SUCCESS);
  OK(cuCtxSynchronize());
}

TEST(graphs_by_hand) {
  Context context;
  CUdeviceptr a = device_alloc(8);
  CUgraph graph = nullptr;
  OK(cuGraphCreate(&graph, 0));
  int calls = 0;
  unsigned result = 0;
  CUgraphNode set, copy, host, empty;
  CUDA_MEMSET_NODE_PARAMS fill = set_word(a, 3);
  CUDA_MEMCPY3D back{};
  back.srcMemoryType = CU_MEMORYTYPE_DEVICE;
  back.srcDevice = a;
  back.dstMemoryType = CU_MEMORYTYPE_HOST;
  back.dstHost = &result;
  back.WidthInBytes = 4;
  back.Height = back.Depth = 1;
  CUDA_HOST_NODE_PARAMS call{count_up, &calls};
  OK(cuGraphAddEmptyNode(&empty, graph, nullptr, 0));
  OK(cuGraphAddMemsetNode(&set, graph, &empty, 1, &fill, context.handle));
  OK(cuGraphAddMemcpyNode(&copy, graph, &set, 1, &back, context.handle));
  OK(cuGraphAddHostNode(&host, graph, nullptr, 0, &call));
  OK(cuGraphAddDependencies(graph, &copy, &host, 1));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuGraphAddDependencies(graph, &copy, &host, 1));
  CUgraphNodeType type;
  OK(cuGraphNodeGetType(copy, &type));
  CHECK(type == CU_GRAPH_NODE_TYPE_MEMCPY);
  CUgraphNode found[4];
  size_t count = 4;
  OK(cuGraphNodeGetDependencies(host, found, &count));
  CHECK(count == 1 && found[0] == copy && found[1] == nullptr);
  count = 4;
  OK(cuGraphGetRootNodes(graph, found, &count));
  CHECK(count == 1 && found[0] == empty);

  CUgraphExec executable = instantiate(graph);
  OK(cuGraphLaunch(executable, nullptr));
  OK(cuCtxSynchronize());
  CHECK(result == 3 && calls == 1);

  // A change in the executable leaves the graph as it was, and a launch under way too.
  OK(cuGraphLaunch(executable, nullptr));
  fill.value = 4;
  OK(cuGraphExecMemsetNodeSetParams(executable, set, &fill, context.handle));
  OK(cuCtxSynchronize());
  CHECK(result == 3);
  OK(cuGraphLaunch(executable, nullptr));
  OK(cuCtxSynchronize());
  CHECK(result == 4);
  OK(cuGraphMemsetNodeGetParams(set, &fill));
  CHECK(fill.value == 3);

  // A change in the graph reaches the executable by an update.
  fill.value = 5;
  OK(cuGraphMemsetNodeSetParams(set, &fill));
  CUgraphExecUpdateResultInfo info;
  OK(cuGraphExecUpdate_v2(executable, graph, &info));
  OK(cuGraphLaunch(executable, nullptr));
  OK(cuCtxSynchronize());
  CHECK(result == 5);
  OK(cuGraphDestroyNode(host));
  EXPECT(CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE, cuGraphExecUpdate_v2(executable, graph, &info));
  CHECK(info.result == CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED);
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuGraphNodeGetType(host, &type));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuGraphMemcpyNodeGetParams(set, &back));

  // Edges that make a circle are refused at the latest here.
  OK(cuGraphAddDependencies(graph, &copy, &empty, 1));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuGraphInstantiateWithFlags(&executable, graph, 0));
  REPORTS("cycle");
  OK(cuGraphRemoveDependencies(graph, &copy, &empty, 1));
  OK(cuGraphDestroy(graph));
}

// Planted fault: a graph lacks an edge that its nodes need.
PLANTED(unordered_nodes_have_no_order, "race: a memset writes what a memset writes") {
  std::set<unsigned> seen;
  for (int i = 0; i < 40; ++i) {
    Context context;
    CUdeviceptr a = device_alloc(4);
    CUgraph graph = nullptr;
    OK(cuGraphCreate(&graph, 0));
    CUgraphNode node;
    CUDA_MEMSET_NODE_PARAMS one = set_word(a, 1), two = set_word(a, 2);
    OK(cuGraphAddMemsetNode(&node, graph, nullptr, 0, &one, context.handle));
    OK(cuGraphAddMemsetNode(&node, graph, nullptr, 0, &two, context.handle));
    OK(cuGraphLaunch(instantiate(graph), nullptr));
    seen.insert(word_at(a));
    OK(cuGraphDestroy(graph));
  }
  CHECK(seen.size() == 2);
}

TEST(clones_and_child_graphs) {
  Context context;
  CUdeviceptr a = device_alloc(8);
  CUgraph child = nullptr, graph = nullptr, clone = nullptr, inner = nullptr;
  OK(cuGraphCreate(&child, 0));
  OK(cuGraphCreate(&graph, 0));
  CUgraphNode set, set_copy, nested, after;
  CUDA_MEMSET_NODE_PARAMS fill = set_word(a, 8);
  OK(cuGraphAddMemsetNode(&set, child, nullptr, 0, &fill, context.handle));
  OK(cuGraphAddChildGraphNode(&nested, graph, nullptr, 0, child));
  OK(cuGraphChildGraphNodeGetGraph(nested, &inner));
  CHECK(inner != child && node_count(inner) == 1);
  CUDA_MEMCPY3D copy{};
  copy.srcMemoryType = copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.srcDevice = a;
  copy.dstDevice = a + 4;
  copy.WidthInBytes = 4;
  copy.Height = copy.Depth = 1;
  OK(cuGraphAddMemcpyNode(&after, graph, &nested, 1, &copy, context.handle));
  OK(cuGraphClone(&clone, graph));
  OK(cuGraphNodeFindInClone(&set_copy, after, clone));
  CHECK(set_copy != after);
  OK(cuGraphDestroy(child));
  OK(cuGraphDestroy(graph));
  CUgraphExec executable = instantiate(clone);
  OK(cuGraphLaunch(executable, nullptr));
  CHECK(word_at(a + 4) == 8);

  // A graph launched into a capturing stream becomes a child of what is captured.
  CUstream stream = new_stream();
  OK(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
  OK(cuGraphLaunch(executable, stream));
  OK(cuMemsetD32Async(a, 9, 1, stream));
  OK(cuStreamEndCapture(stream, &graph));
  CHECK(node_count(graph) == 2);
  OK(cuGraphLaunch(instantiate(graph), stream));
  OK(cuStreamSynchronize(stream));
  CHECK(word_at(a) == 9 && word_at(a + 4) == 8);
}

TEST(event_nodes) {
  Context context;
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING), other = new_stream(CU_STREAM_NON_BLOCKING);
  CUevent inside = new_event(), swapped = new_event();
  CUdeviceptr a = device_alloc(4);
  CUgraph graph = nullptr;
  OK(cuGraphCreate(&graph, 0));
  CUgraphNode set, record;
  CUDA_MEMSET_NODE_PARAMS fill = set_word(a, 6);
  OK(cuGraphAddMemsetNode(&set, graph, nullptr, 0, &fill, context.handle));
  OK(cuGraphAddEventRecordNode(&record, graph, &set, 1, inside));
  CUgraphExec executable = instantiate(graph);
  OK(cuGraphLaunch(executable, stream));
  OK(cuEventSynchronize(inside));
  unsigned result = 0;
  OK(cuMemcpyDtoHAsync_v2(&result, a, 4, other));
  OK(cuStreamSynchronize(other));
  CHECK(result == 6);
  OK(cuGraphExecEventRecordNodeSetEvent(executable, record, swapped));
  float milliseconds = 0;
  EXPECT(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&milliseconds, inside, swapped));
  OK(cuGraphLaunch(executable, stream));
  OK(cuStreamSynchronize(stream));
  OK(cuEventElapsedTime(&milliseconds, inside, swapped));
  CHECK(milliseconds >= 0);
}

TEST(a_capture_that_is_abandoned_leaves_nothing) {
  Context context;
  CUstream stream = new_stream();
  CUdeviceptr a = device_alloc(4);
  OK(cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
  OK(cuMemsetD32Async(a, 1, 1, stream));
  CUstreamCaptureStatus status;
  const CUgraphNode* before = nullptr;
  OK(cuStreamGetCaptureInfo_v2(stream, &status, nullptr, nullptr, &before, nullptr));
  CUgraphNode node = before[0];
  CUgraphNodeType type;
  OK(cuGraphNodeGetType(node, &type));
  OK(cuStreamDestroy_v2(stream));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuGraphNodeGetType(node, &type));
  CHECK(word_at(a) == 0xFFFFFFFFu);  // and the default stream may be used again
}

TEST(many_launches_without_a_wait_do_not_pile_up) {
  Context context;
  int calls = 0;
  CUgraph graph = nullptr;
  OK(cuGraphCreate(&graph, 0));
  CUgraphNode node;
  CUdeviceptr a = device_alloc(120);
  CUDA_HOST_NODE_PARAMS call{count_up, &calls};
  OK(cuGraphAddHostNode(&node, graph, nullptr, 0, &call));
  for (unsigned i = 0; i < 30; ++i) {
    CUDA_MEMSET_NODE_PARAMS fill = set_word(a + 4 * i, 1);
    OK(cuGraphAddMemsetNode(&node, graph, nullptr, 0, &fill, context.handle));
  }
  CUgraphExec executable = instantiate(graph);
  for (int i = 0; i < 60; ++i) OK(cuGraphLaunch(executable, nullptr));
  CHECK(calls > 0);
  OK(cuCtxSynchronize());
  CHECK(calls == 60);
  OK(cuGraphDestroy(graph));
}

int main() { return check::run_all(); }
