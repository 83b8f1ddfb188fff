// Device and host memory: allocation, poison, copies in all directions, memsets, and the mistakes
// that a call can tell.
#include <cmath>
#include <vector>

#include "context.h"

TEST(fresh_memory_is_poisoned) {
  Context context;
  for (size_t bytes : {size_t{100}, size_t{1} << 20}) {
    CUdeviceptr a = device_alloc(bytes);
    float value = 0;
    OK(cuMemcpyDtoH_v2(&value, a + bytes / 2, 4));
    CHECK(std::isnan(value));
    OK(cuMemsetD8_v2(a, 1, bytes));
    OK(cuMemFree_v2(a));
    std::vector<CUdeviceptr> again;
    for (int i = 0; i < 20; ++i) again.push_back(device_alloc(bytes));
    for (CUdeviceptr b : again) CHECK(word_at(b + bytes / 2) == 0xFFFFFFFFu);
  }
  void* host = nullptr;
  OK(cuMemAllocHost_v2(&host, 64));
  CHECK(std::isnan(static_cast<float*>(host)[3]));
  OK(cuMemFreeHost(host));
}

TEST(device_addresses_are_out_of_reach_of_the_host) {
  Context context;
  CUdeviceptr a = device_alloc(16);
  CHECK(a % 256 == 0);
  CHECK(a >> 47 != 0);  // not canonical: a host load of it faults on x86-64
}

TEST(info_and_out_of_memory) {
  Context context;
  size_t free_bytes = 0, total = 0, later = 0;
  OK(cuMemGetInfo_v2(&free_bytes, &total));
  CHECK(free_bytes == total && total == size_t{8} << 30);
  CUdeviceptr a = device_alloc(size_t{5} << 30), b = 0;
  OK(cuMemGetInfo_v2(&later, nullptr));
  CHECK(free_bytes - later == size_t{5} << 30);
  EXPECT(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&b, size_t{5} << 30));
  REPORTS("raise SIMGPU_MEMORY");
  OK(cuMemFree_v2(a));  // not sticky
  b = device_alloc(size_t{5} << 30);
  OK(cuMemFree_v2(b));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemAlloc_v2(&b, 0));
}

TEST(a_queued_free_makes_room) {
  Context context;
  CUstream stream = new_stream();
  CUdeviceptr a = 0, b = 0;
  OK(cuMemAllocAsync(&a, size_t{5} << 30, stream));
  OK(cuMemFreeAsync(a, stream));
  OK(cuMemAlloc_v2(&b, size_t{5} << 30));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(a == b ? a + 256 : a));
  OK(cuMemFree_v2(b));
}

TEST(double_free_and_wild_free_are_told) {
  Context context;
  CUdeviceptr a = device_alloc(64);
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(a + 4));
  OK(cuMemFree_v2(a));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(a));
  REPORTS("0 bytes into a freed 64-byte allocation");
  int on_host = 0;
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(reinterpret_cast<CUdeviceptr>(&on_host)));
  REPORTS("a host address");
  OK(cuMemFree_v2(0));
}

TEST(double_free_in_a_stream_is_a_fault) {
  Context context;
  CUstream stream = new_stream();
  CUdeviceptr a = device_alloc(64);
  OK(cuMemFreeAsync(a, stream));
  OK(cuMemFreeAsync(a, stream));  // the first has not run: only the stream can tell
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuStreamSynchronize(stream));
  REPORTS("cuMemFreeAsync");
}

TEST(copies_check_their_ranges) {
  Context context;
  CUdeviceptr a = device_alloc(64);
  std::vector<char> host(128);
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoD_v2(a, host.data(), 65));
  REPORTS("ends 1 bytes past its 64-byte allocation");
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2(host.data(), a + 32, 33));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoDAsync_v2(a + 64, host.data(), 1, nullptr));
  REPORTS("0 bytes past the end of the 64-byte allocation");
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemsetD32_v2(a, 0, 17));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemsetD32_v2(a + 2, 0, 1));
  REPORTS("not aligned");
  OK(cuMemcpyHtoD_v2(a, host.data(), 0));
}

TEST(a_host_pointer_for_a_device_pointer_is_told) {
  Context context;
  CUdeviceptr a = device_alloc(64);
  char host[64] = {};
  auto wrong = reinterpret_cast<CUdeviceptr>(host);
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoD_v2(wrong, host, 8));
  REPORTS("a host address");
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoDAsync_v2(a, wrong, 8, nullptr));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemsetD8_v2(wrong, 0, 8));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoD_v2(a, reinterpret_cast<void*>(a), 8));
  REPORTS("a device address where a host pointer is wanted");
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2(nullptr, a, 8));
}

TEST(a_host_buffer_that_is_gone_is_a_fault) {
  Context context;
  CUdeviceptr a = device_alloc(1 << 20);
  EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemcpyHtoD_v2(a, reinterpret_cast<void*>(0x10000), 1 << 20));
  REPORTS("host memory that is not mapped");
}

TEST(copies_in_every_direction) {
  Context context;
  CUdeviceptr a = device_alloc(400), b = device_alloc(400);
  std::vector<int> out(100), in(100);
  for (int i = 0; i < 100; ++i) out[i] = i * i;
  OK(cuMemcpyHtoD_v2(a, out.data(), 400));
  OK(cuMemcpyDtoD_v2(b, a, 400));
  OK(cuMemcpyDtoH_v2(in.data(), b, 400));
  CHECK(in == out);
  std::vector<int> third(100);
  OK(cuMemcpy(reinterpret_cast<CUdeviceptr>(third.data()), b, 400));  // unified: tells sides apart
  CHECK(third == out);
  out[5] = -1;
  OK(cuMemcpy(a, reinterpret_cast<CUdeviceptr>(out.data()), 400));
  CHECK(word_at(a + 20) == 0xFFFFFFFFu);
}

TEST(two_dimensional_copies) {
  Context context;
  CUdeviceptr image = 0;
  size_t pitch = 0;
  OK(cuMemAllocPitch_v2(&image, &pitch, 5 * 4, 3, 4));
  CHECK(pitch == 512);
  int rows[3][7], back[3][7];
  for (int i = 0; i < 21; ++i) (&rows[0][0])[i] = i, (&back[0][0])[i] = -1;
  CUDA_MEMCPY2D copy{};
  copy.srcMemoryType = CU_MEMORYTYPE_HOST;
  copy.srcHost = rows;
  copy.srcPitch = sizeof rows[0];
  copy.srcXInBytes = 4;  // from column 1
  copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.dstDevice = image;
  copy.dstPitch = pitch;
  copy.WidthInBytes = 5 * 4;
  copy.Height = 3;
  OK(cuMemcpy2D_v2(&copy));
  CHECK(word_at(image + 2 * pitch + 4 * 4) == 2 * 7 + 5);
  CUDA_MEMCPY2D reverse{};
  reverse.srcMemoryType = CU_MEMORYTYPE_DEVICE;
  reverse.srcDevice = image;
  reverse.srcPitch = pitch;
  reverse.dstMemoryType = CU_MEMORYTYPE_HOST;
  reverse.dstHost = back;
  reverse.dstPitch = sizeof back[0];
  reverse.dstXInBytes = 8;  // to column 2
  reverse.WidthInBytes = 5 * 4;
  reverse.Height = 2;
  reverse.srcY = 1;
  OK(cuMemcpy2DAsync_v2(&reverse, nullptr));
  OK(cuCtxSynchronize());
  CHECK(back[0][1] == -1 && back[0][2] == 8 && back[1][6] == 19 && back[2][2] == -1);
  copy.Height = 4;
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpy2D_v2(&copy));
  copy.Height = 3;
  copy.dstPitch = 8;
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpy2D_v2(&copy));
  copy.dstMemoryType = CU_MEMORYTYPE_ARRAY;
  EXPECT(CUDA_ERROR_NOT_SUPPORTED, cuMemcpy2D_v2(&copy));
}

TEST(three_dimensional_copies) {
  Context context;
  CUdeviceptr box = device_alloc(4 * 4 * 4);  // 4 x 4 x 4 bytes
  OK(cuMemsetD8_v2(box, 0, 64));
  char part[2 * 2 * 2] = {1, 2, 3, 4, 5, 6, 7, 8}, all[64];
  CUDA_MEMCPY3D copy{};
  copy.srcMemoryType = CU_MEMORYTYPE_HOST;
  copy.srcHost = part;
  copy.srcPitch = copy.srcHeight = 2;
  copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
  copy.dstDevice = box;
  copy.dstPitch = copy.dstHeight = 4;
  copy.dstXInBytes = copy.dstY = copy.dstZ = 1;
  copy.WidthInBytes = copy.Height = copy.Depth = 2;
  OK(cuMemcpy3D_v2(&copy));
  OK(cuMemcpyDtoH_v2(all, box, 64));
  CHECK(all[16 + 4 + 1] == 1 && all[16 + 8 + 2] == 4 && all[32 + 4 + 1] == 5 && all[0] == 0);
}

TEST(memsets_of_each_width) {
  Context context;
  CUdeviceptr a = device_alloc(64);
  OK(cuMemsetD32_v2(a, 0x11223344, 16));
  OK(cuMemsetD16_v2(a + 4, 0xABCD, 2));
  OK(cuMemsetD8_v2(a + 8, 0x5A, 1));
  CHECK(word_at(a) == 0x11223344 && word_at(a + 4) == 0xABCDABCD && word_at(a + 8) == 0x1122335A);
  OK(cuMemsetD2D32_v2(a, 32, 7, 2, 2));  // two words of each 32-byte row
  CHECK(word_at(a + 4) == 7 && word_at(a + 8) == 0x1122335A && word_at(a + 36) == 7);
  CHECK(word_at(a + 40) == 0x11223344);
  OK(cuMemsetD2D8Async(a, 32, 1, 1, 2, nullptr));
  OK(cuMemsetD2D16Async(a + 4, 32, 2, 1, 2, nullptr));
  CHECK(word_at(a) == 1 && word_at(a + 32) == 1 && word_at(a + 36) == 2);
}

TEST(pinned_memory_and_what_a_pointer_is) {
  Context context;
  void* pinned = nullptr;
  OK(cuMemHostAlloc(&pinned, 4096, 1));
  unsigned flags = 0, type = 0;
  OK(cuMemHostGetFlags(&flags, pinned));
  CHECK(flags == 1);
  auto address = reinterpret_cast<CUdeviceptr>(pinned);
  OK(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, address + 5));
  CHECK(type == CU_MEMORYTYPE_HOST);
  CUdeviceptr mapped = 0;
  EXPECT(CUDA_ERROR_NOT_SUPPORTED, cuMemHostGetDevicePointer_v2(&mapped, pinned, 0));
  REPORTS("cannot reach host memory");
  OK(cuMemFreeHost(pinned));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFreeHost(pinned));

  std::vector<char> own(4096);
  OK(cuMemHostRegister_v2(own.data(), own.size(), 0));
  EXPECT(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, cuMemHostRegister_v2(own.data() + 8, 8, 0));
  OK(cuMemHostUnregister(own.data()));
  EXPECT(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, cuMemHostUnregister(own.data()));

  CUdeviceptr a = device_alloc(100), base = 0, start = 0;
  size_t bytes = 0, range = 0;
  OK(cuMemGetAddressRange_v2(&base, &bytes, a + 99));
  CHECK(base == a && bytes == 100);
  EXPECT(CUDA_ERROR_NOT_FOUND, cuMemGetAddressRange_v2(&base, &bytes, a + 100));
  CUpointer_attribute wanted[] = {CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
                                  CU_POINTER_ATTRIBUTE_RANGE_START_ADDR,
                                  CU_POINTER_ATTRIBUTE_RANGE_SIZE};
  void* results[] = {&type, &start, &range};
  OK(cuPointerGetAttributes(3, wanted, results, a + 50));
  CHECK(type == CU_MEMORYTYPE_DEVICE && start == a && range == 100);
  OK(cuPointerGetAttributes(3, wanted, results, reinterpret_cast<CUdeviceptr>(own.data())));
  CHECK(type == 0 && start == 0 && range == 0);
}

TEST(pools) {
  Context context;
  CUmemoryPool pool = nullptr, own = nullptr;
  OK(cuDeviceGetDefaultMemPool(&pool, 0));
  unsigned long long threshold = 1 << 20, stored = 0;
  OK(cuMemPoolSetAttribute(pool, 4, &threshold));
  OK(cuMemPoolGetAttribute(pool, 4, &stored));
  CHECK(stored == threshold);
  char properties[88] = {};
  OK(cuMemPoolCreate(&own, properties));
  CUdeviceptr a = 0;
  OK(cuMemAllocFromPoolAsync(&a, 64, own, nullptr));
  OK(cuMemsetD32Async(a, 3, 16, nullptr));
  CHECK(word_at(a + 60) == 3);
  OK(cuMemFreeAsync(a, nullptr));
  OK(cuMemPoolTrimTo(own, 0));
  OK(cuMemPoolDestroy(own));
  EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemAllocFromPoolAsync(&a, 64, own, nullptr));
}

TEST(a_context_gives_its_memory_back) {
  Context watcher;
  size_t before = 0, after = 0;
  OK(cuMemGetInfo_v2(&before, nullptr));
  {
    Context context;
    device_alloc(1 << 20);
  }
  OK(cuMemGetInfo_v2(&after, nullptr));
  CHECK(before == after);
}

int main() { return check::run_all(); }
