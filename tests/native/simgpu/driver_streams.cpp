// Order of stream work: it is deferred, keeps to streams and events, and keeps to nothing else.
// Contexts differ in their seed, so a loop over contexts sees many orders.
#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "context.h"

namespace {

constexpr int kContexts = 40;

void set_true(void* flag) { static_cast<std::atomic<bool>*>(flag)->store(true); }

}  // namespace

TEST(work_waits_until_somebody_waits) {
  Context context;
  CUstream stream = new_stream();
  std::atomic<bool> ran{false};
  OK(cuLaunchHostFunc(stream, set_true, &ran));
  CHECK(!ran);
  OK(cuStreamSynchronize(stream));
  CHECK(ran);
}

// Planted fault: the buffer of an asynchronous copy is used again before the copy was waited for.
PLANTED(asynchronous_copies_read_the_host_buffer_late, "race with the host: byte") {
  for (bool pinned : {false, true}) {
    Context context;
    std::vector<unsigned> pageable(4);
    void* memory = pageable.data();
    if (pinned) OK(cuMemAllocHost_v2(&memory, 16));
    auto* buffer = static_cast<unsigned*>(memory);
    CUdeviceptr a = device_alloc(16);
    buffer[0] = 1;
    OK(cuMemcpyHtoDAsync_v2(a, buffer, 4, nullptr));
    buffer[0] = 2;  // too early
    CHECK(word_at(a) == 2);
    OK(cuMemcpyHtoDAsync_v2(a, buffer, 4, nullptr));
    OK(cuStreamSynchronize(nullptr));
    buffer[0] = 3;
    CHECK(word_at(a) == 2);
  }
}

// Planted fault: the result of an asynchronous copy is read before it was waited for.
TEST(asynchronous_copies_write_the_host_buffer_late) {
  Context context;
  CUdeviceptr a = device_alloc(4);
  unsigned result = 77;
  OK(cuMemsetD32Async(a, 5, 1, nullptr));
  OK(cuMemcpyDtoHAsync_v2(&result, a, 4, nullptr));
  CHECK(result != 5);  // checked: poison
  OK(cuCtxSynchronize());
  CHECK(result == 5);
}

TEST(one_stream_keeps_its_order) {
  for (int i = 0; i < kContexts; ++i) {
    Context context;
    CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
    CUdeviceptr a = device_alloc(4);
    for (unsigned value = 0; value < 10; ++value) OK(cuMemsetD32Async(a, value, 1, stream));
    OK(cuStreamSynchronize(stream));
    CHECK(word_at(a) == 9);
  }
}

// Planted fault: two streams write one word and nothing orders them.
PLANTED(two_streams_have_no_order, "race: a memset writes what a memset writes") {
  std::set<unsigned> seen;
  for (int i = 0; i < kContexts; ++i) {
    Context context;
    CUstream first = new_stream(), second = new_stream();
    CUdeviceptr a = device_alloc(4);
    OK(cuMemsetD32Async(a, 1, 1, first));
    OK(cuMemsetD32Async(a, 2, 1, second));
    OK(cuCtxSynchronize());
    seen.insert(word_at(a));
  }
  CHECK(seen.size() == 2);
}

TEST(an_event_orders_two_streams) {
  for (int i = 0; i < kContexts; ++i) {
    Context context;
    CUstream first = new_stream(CU_STREAM_NON_BLOCKING),
             second = new_stream(CU_STREAM_NON_BLOCKING);
    CUevent event = new_event(CU_EVENT_DISABLE_TIMING);
    CUdeviceptr a = device_alloc(4);
    OK(cuMemsetD32Async(a, 1, 1, first));
    OK(cuEventRecord(event, first));
    OK(cuStreamWaitEvent(second, event, 0));
    OK(cuMemsetD32Async(a, 2, 1, second));
    OK(cuCtxSynchronize());
    CHECK(word_at(a) == 2);
  }
}

// Planted fault: the wait stands before the record, so it waits for nothing.
PLANTED(waiting_for_an_event_that_is_not_recorded_yet_orders_nothing,
        "race: a memset writes what a memset writes") {
  std::set<unsigned> seen;
  for (int i = 0; i < kContexts; ++i) {
    Context context;
    CUstream first = new_stream(), second = new_stream();
    CUevent event = new_event();
    CUdeviceptr a = device_alloc(4);
    OK(cuStreamWaitEvent(second, event, 0));
    OK(cuMemsetD32Async(a, 1, 1, first));
    OK(cuEventRecord(event, first));
    OK(cuMemsetD32Async(a, 2, 1, second));
    OK(cuCtxSynchronize());
    seen.insert(word_at(a));
  }
  CHECK(seen.size() == 2);
}

TEST(the_legacy_stream_orders_blocking_streams) {
  for (int i = 0; i < kContexts; ++i) {
    Context context;
    CUstream first = new_stream(), second = new_stream();
    CUdeviceptr a = device_alloc(8), b = a + 4;
    OK(cuMemsetD32Async(a, 1, 1, first));
    OK(cuMemcpyDtoDAsync_v2(b, a, 4, nullptr));  // after the first stream's work
    OK(cuMemsetD32Async(b, 3, 1, i % 2 == 0 ? second : CU_STREAM_PER_THREAD));  // and before this
    OK(cuCtxSynchronize());
    CHECK(word_at(a) == 1 && word_at(b) == 3);
    OK(cuMemsetD32Async(a, 4, 1, first));
    OK(cuStreamDestroy_v2(first));  // its work goes on, in order
    OK(cuMemcpyDtoDAsync_v2(b, a, 4, nullptr));
    OK(cuStreamSynchronize(nullptr));
    CHECK(word_at(b) == 4);
  }
}

// Planted fault: a non-blocking stream is believed to follow the default stream.
PLANTED(non_blocking_streams_do_not_wait_for_the_legacy_stream,
        "race: a memset writes what a memset writes") {
  std::set<unsigned> seen;
  for (int i = 0; i < kContexts; ++i) {
    Context context;
    CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
    CUdeviceptr a = device_alloc(4);
    OK(cuMemsetD32_v2(a, 1, 1));  // in the default stream, and not waited for: a memset is not
    OK(cuMemsetD32Async(a, 2, 1, stream));
    OK(cuCtxSynchronize());
    seen.insert(word_at(a));
  }
  CHECK(seen.size() == 2);
}

// Planted fault: waiting for one stream is believed to have waited for another.
TEST(synchronizing_one_stream_does_not_always_run_another) {
  std::set<bool> seen;
  for (int i = 0; i < kContexts; ++i) {
    Context context;
    CUstream first = new_stream(), second = new_stream();
    std::atomic<bool> ran{false}, other{false};
    OK(cuLaunchHostFunc(first, set_true, &other));
    OK(cuLaunchHostFunc(second, set_true, &ran));
    OK(cuStreamSynchronize(second));
    CHECK(ran);
    seen.insert(other);
    OK(cuCtxSynchronize());
    CHECK(other);
  }
  CHECK(seen.size() == 2);
}

TEST(events) {
  Context context;
  CUstream stream = new_stream();
  CUevent start = new_event(), end = new_event(), quick = new_event(CU_EVENT_DISABLE_TIMING);
  float milliseconds = -1;
  OK(cuEventQuery(start));  // never recorded counts as done
  OK(cuEventSynchronize(start));
  EXPECT(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&milliseconds, start, end));
  OK(cuEventRecord(start, stream));
  OK(cuLaunchHostFunc(
      stream, [](void*) { std::this_thread::sleep_for(std::chrono::milliseconds(3)); }, nullptr));
  OK(cuEventRecord(end, stream));
  OK(cuEventRecord(quick, stream));
  EXPECT(CUDA_ERROR_NOT_READY, cuEventElapsedTime(&milliseconds, start, end));
  OK(cuEventSynchronize(end));
  OK(cuEventElapsedTime(&milliseconds, start, end));
  CHECK(milliseconds >= 3);
  EXPECT(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&milliseconds, start, quick));
  OK(cuEventDestroy_v2(start));
  EXPECT(CUDA_ERROR_INVALID_HANDLE, cuEventRecord(start, stream));
}

TEST(polling_gets_there) {
  Context context;
  CUstream stream = new_stream();
  CUevent event = new_event();
  CUdeviceptr a = device_alloc(4);
  for (unsigned value = 0; value < 8; ++value) OK(cuMemsetD32Async(a, value, 1, stream));
  OK(cuEventRecord(event, stream));
  int polls = 0;
  CUresult result;
  while ((result = cuEventQuery(event)) == CUDA_ERROR_NOT_READY) ++polls;
  OK(result);
  CHECK(polls > 0);
  OK(cuStreamQuery(stream));
  OK(cuMemsetD32Async(a, 9, 1, nullptr));
  while ((result = cuStreamQuery(nullptr)) == CUDA_ERROR_NOT_READY) ++polls;
  OK(result);
  CHECK(word_at(a) == 9);
}

TEST(stream_handles_and_properties) {
  Context context;
  CUstream stream = nullptr;
  OK(cuStreamCreateWithPriority(&stream, CU_STREAM_NON_BLOCKING, -100));
  unsigned flags = 0;
  int priority = 0;
  CUcontext owner = nullptr;
  OK(cuStreamGetFlags(stream, &flags));
  OK(cuStreamGetPriority(stream, &priority));
  OK(cuStreamGetCtx(stream, &owner));
  CHECK(flags == CU_STREAM_NON_BLOCKING && priority == -5 && owner == context.handle);
  OK(cuStreamDestroy_v2(stream));
  EXPECT(CUDA_ERROR_INVALID_HANDLE, cuStreamSynchronize(stream));
  EXPECT(CUDA_ERROR_INVALID_HANDLE, cuStreamDestroy_v2(nullptr));
  CUstream foreign = nullptr;
  {
    Context other;
    foreign = new_stream();
    OK(cuCtxPushCurrent_v2(context.handle));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuStreamSynchronize(foreign));
    OK(cuCtxPopCurrent_v2(nullptr));
  }
}

TEST(a_long_queue_is_shortened) {
  Context context;
  CUstream stream = new_stream();
  std::atomic<bool> ran{false};
  OK(cuLaunchHostFunc(stream, set_true, &ran));
  CUdeviceptr a = device_alloc(4);
  for (unsigned i = 0; i < 3000; ++i) OK(cuMemsetD32Async(a, i, 1, stream));
  CHECK(ran);
  OK(cuStreamSynchronize(stream));
  CHECK(word_at(a) == 2999);
}

// Planted fault: a host function calls the API.
TEST(host_functions_may_not_call_the_driver) {
  Context context;
  CUresult result = CUDA_SUCCESS;
  OK(cuLaunchHostFunc(
      nullptr, [](void* data) { *static_cast<CUresult*>(data) = cuCtxSynchronize(); }, &result));
  OK(cuCtxSynchronize());
  CHECK(result == CUDA_ERROR_NOT_PERMITTED);
}

TEST(callbacks_get_their_stream_and_a_thread_of_the_drivers) {
  struct Seen {
    CUstream stream;
    int status = -1;
    std::thread::id thread;
  } seen;
  Context context;
  CUstream stream = new_stream();
  OK(cuStreamAddCallback(
      stream,
      [](CUstream from, int status, void* data) {
        *static_cast<Seen*>(data) = {from, status, std::this_thread::get_id()};
      },
      &seen, 0));
  OK(cuStreamSynchronize(stream));
  CHECK(seen.stream == stream && seen.status == 0 && seen.thread != std::this_thread::get_id());
}

TEST(a_host_function_may_wait_for_a_thread_that_uses_the_driver) {
  Context context;
  std::atomic<bool> inside{false}, release{false};
  std::atomic<bool>* flags[] = {&inside, &release};
  std::thread other([&] {
    OK(cuCtxSetCurrent(context.handle));
    while (!inside) std::this_thread::yield();
    CUdeviceptr a = device_alloc(4);
    OK(cuMemFree_v2(0));
    unsigned value = 6, back = 0;
    OK(cuMemcpyHtoD_v2(a, &value,
                       4));  // runs while the host function of another stream does not end
    OK(cuMemcpyDtoH_v2(&back, a, 4));
    CHECK(back == 6);
    release = true;
  });
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
  OK(cuLaunchHostFunc(
      stream,
      [](void* data) {
        auto** both = static_cast<std::atomic<bool>**>(data);
        both[0]->store(true);
        while (!*both[1]) std::this_thread::yield();
      },
      flags));
  OK(cuStreamSynchronize(stream));
  other.join();
}

TEST(many_threads) {
  Context context;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      OK(cuCtxSetCurrent(context.handle));
      CUstream stream = new_stream(t % 2);
      CUdeviceptr a = device_alloc(400);
      std::vector<unsigned> back(100);
      for (unsigned round = 0; round < 50; ++round) {
        OK(cuMemsetD32Async(a, 100 * t + round, 100, stream));
        OK(cuMemcpyDtoHAsync_v2(back.data(), a, 400, stream));
        OK(cuStreamSynchronize(stream));
        CHECK(back[0] == 100 * t + round && back[99] == back[0]);
      }
      OK(cuMemFree_v2(a));
      OK(cuStreamDestroy_v2(stream));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

int main() { return check::run_all(); }
