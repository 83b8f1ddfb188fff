// Planted faults (faults.cmake), each of which must be named: simgpu_faults NAME SOUND_PTX
// FAULTY_PTX runs one program twice, without the fault, which must pass and be right, and with it.
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "context.h"
#include "stderr_of.h"

namespace {

std::string file(const char* path) {
  std::ifstream in(path);
  CHECK(in);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

CUfunction kernel(const std::string& ptx, const char* name) {
  CUmodule module = nullptr;
  CUfunction function = nullptr;
  OK(cuModuleLoadData(&module, ptx.c_str()));
  OK(cuModuleGetFunction(&function, module, name));
  return function;
}

template <class... Argument>
void launch(CUfunction function, unsigned blocks, CUstream stream, Argument... argument) {
  void* arguments[] = {&argument...};
  OK(cuLaunchKernel(function, blocks, 1, 1, 256, 1, 1, 0, stream, arguments, nullptr));
}

template <class T>
CUdeviceptr upload(const std::vector<T>& values) {
  CUdeviceptr address = device_alloc(values.size() * sizeof(T));
  OK(cuMemcpyHtoD_v2(address, values.data(), values.size() * sizeof(T)));
  return address;
}

std::vector<float> download(CUdeviceptr from, size_t count) {
  std::vector<float> values(count);
  OK(cuMemcpyDtoH_v2(values.data(), from, count * sizeof(float)));
  return values;
}

std::vector<float> ramp(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i % 1000);
  return values;
}

// ---- our kernels, as they are meant to be used

CUresult sum(const std::string& ptx) {
  const long long n = 4 * 16384 + 100;
  const unsigned blocks = 5;
  CUdeviceptr result = device_alloc(4), partial = device_alloc(blocks * 8);
  CUdeviceptr x = upload(std::vector<float>(n, 0.5f)), ticket = upload(std::vector<unsigned>{0});
  launch(kernel(ptx, "sum"), blocks, nullptr, result, x, partial, ticket, n);
  CUresult code = cuCtxSynchronize();
  if (code == CUDA_SUCCESS) CHECK(download(result, 1)[0] == n * 0.5f);
  return code;
}

CUresult transpose(const std::string& ptx) {
  const int batch = 2, rows = 70, columns = 45;
  std::vector<float> in = ramp(batch * rows * columns), wanted(in.size());
  for (int b = 0; b < batch; ++b) {
    for (int i = 0; i < rows * columns; ++i) {
      wanted[b * rows * columns + i % columns * rows + i / columns] = in[b * rows * columns + i];
    }
  }
  CUdeviceptr y = device_alloc(in.size() * 4), x = upload(in);
  launch(kernel(ptx, "transpose"), batch * 3 * 2, nullptr, y, x, rows, columns);
  CUresult code = cuCtxSynchronize();
  if (code == CUDA_SUCCESS) CHECK(download(y, in.size()) == wanted);
  return code;
}

CUresult bytes_to_real(const std::string& ptx) {
  const long long n = 1000;
  CUdeviceptr y = device_alloc(n * 4), x = upload(std::vector<unsigned char>(n, 7));
  launch(kernel(ptx, "bytes_to_real"), 1, nullptr, y, x, 2.0f, 1.0f, n);
  CUresult code = cuCtxSynchronize();
  if (code == CUDA_SUCCESS) CHECK(download(y, n) == std::vector<float>(n, 15.0f));
  return code;
}

constexpr long long kElements = 3 * 4096;

struct Add {
  std::vector<float> in = ramp(kElements + 1), wanted;
  CUdeviceptr y = device_alloc(in.size() * 4), a = upload(in), b = upload(in);
  CUfunction function;

  explicit Add(const std::string& ptx) : function(kernel(ptx, "add")) {
    for (float value : in) wanted.push_back(2 * value);
  }
  // From the second element on: no pointer is a multiple of 16.
  void run(CUstream stream = nullptr) {
    launch(function, 3, stream, y + 4, a + 4, b + 4, kElements);
  }
  void right() {
    CHECK(download(y + 4, kElements) == std::vector<float>(wanted.begin() + 1, wanted.end()));
  }
  void free() {
    for (CUdeviceptr address : {y, a, b}) OK(cuMemFree_v2(address));
  }
};

CUresult add(const std::string& ptx) {
  Add program(ptx);
  program.run();
  CUresult code = cuCtxSynchronize();
  if (code == CUDA_SUCCESS) program.right();
  return code;
}

// ---- what must be named

using Parts = std::vector<const char*>;

void named(bool found, const std::string& report, const Parts& parts) {
  for (const char* part : parts) found = found && report.find(part) != std::string::npos;
  if (found) return;
  std::string wanted;
  for (const char* part : parts) wanted += std::string(" '") + part + "'";
  check::fail(__FILE__, __LINE__, "the fault was not named:" + wanted + " in: " + report);
}

using Program = std::function<CUresult(const std::string&)>;

// A fault in the kernel.
void in_kernel(const char* sound, const char* faulty, Program program, CUresult code,
               const Parts& parts) {
  {
    Context context;
    OK(program(file(sound)));
  }
  Context context;
  CUresult got = program(file(faulty));
  named(got == code, got == CUDA_SUCCESS ? "success" : simgpu_last_report(), parts);
}

// A fault in the host program, present where `faulty` is.
void in_host(const char* ptx, std::function<CUresult(const std::string&, bool faulty)> program,
             CUresult code, const Parts& parts) {
  {
    Context context;
    OK(program(file(ptx), false));
  }
  Context context;
  CUresult got = program(file(ptx), true);
  named(got == code, got == CUDA_SUCCESS ? "success" : simgpu_last_report(), parts);
}

// A fault that only the end of the context shows, on stderr.
void at_the_end(const char* ptx, std::function<void(const std::string&, bool faulty)> program,
                const Parts& parts) {
  for (bool faulty : {false, true}) {
    std::string text = stderr_of([&] {
      Context context;
      program(file(ptx), faulty);
    });
    if (faulty) {
      named(true, text, parts);
    } else {
      CHECK(text.empty());
    }
  }
}

CUresult missing_synchronize(const std::string& ptx, bool faulty) {
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);  // as cuMemcpyDtoH does not wait for
  Add program(ptx);
  program.run(stream);
  if (!faulty) OK(cuStreamSynchronize(stream));
  std::vector<float> values(kElements);
  CUresult early = cuMemcpyDtoH_v2(values.data(), program.y + 4, kElements * 4);
  CUresult late = cuCtxSynchronize();
  if (!faulty) program.right();
  return early != CUDA_SUCCESS ? early : late;
}

void result_not_awaited(const std::string& ptx, bool faulty) {
  Add program(ptx);
  OK(cuMemsetD32_v2(program.y, 0, program.in.size()));
  program.run();
  void* pinned = nullptr;
  OK(cuMemAllocHost_v2(&pinned, 4));
  OK(cuMemcpyDtoHAsync_v2(pinned, program.y + 4, 4, nullptr));
  if (!faulty) OK(cuCtxSynchronize());
  float early = *static_cast<float*>(pinned);
  CHECK(faulty ? early != 2.0f : early == 2.0f);  // poison, or what the memory held before
  if (!faulty) program.free();                    // which waits
}

CUresult reused_pinned_buffer(const std::string& ptx, bool faulty) {
  Add program(ptx);
  void* pinned = nullptr;
  OK(cuMemAllocHost_v2(&pinned, program.in.size() * 4));
  std::memcpy(pinned, program.in.data(), program.in.size() * 4);
  OK(cuMemcpyHtoDAsync_v2(program.a, pinned, program.in.size() * 4, nullptr));
  program.run();
  if (!faulty) OK(cuCtxSynchronize());
  static_cast<float*>(pinned)[17] = -1;  // of the next batch
  CUresult code = cuCtxSynchronize();
  if (!faulty) program.right();
  return code;
}

CUresult host_pointer(const std::string& ptx, bool faulty) {
  Add program(ptx);
  if (faulty) program.b = reinterpret_cast<CUdeviceptr>(program.in.data());
  program.run();
  return cuCtxSynchronize();
}

CUresult use_after_free(const std::string& ptx, bool faulty) {
  Add program(ptx);
  if (faulty) OK(cuMemFree_v2(program.a));
  program.run();
  return cuCtxSynchronize();
}

CUresult double_free(const std::string& ptx, bool faulty) {
  Add program(ptx);
  program.run();
  program.free();
  return faulty ? cuMemFree_v2(program.a) : CUDA_SUCCESS;
}

void leak(const std::string& ptx, bool faulty) {
  Add program(ptx);
  program.run();
  OK(cuCtxSynchronize());
  if (!faulty) program.free();
}

// The place of a fault in a kernel; which thread meets it depends on the seed.
Parts at(const char* kernel, const char* source, Parts more) {
  Parts parts{kernel, source, "PTX line ", "block (", "thread (", "address 0x"};
  parts.insert(parts.end(), more.begin(), more.end());
  return parts;
}

const std::map<std::string, std::function<void(const char*, const char*)>> kFaults = {
    {"removed_syncthreads",
     [](auto sound, auto faulty) {
       // Some order of warps reads before the write: that is either fault.
       in_kernel(sound, faulty, transpose, CUDA_ERROR_LAUNCH_FAILED,
                 at("kernel 'transpose'", "layout.cu:", {"shared address"}));
     }},
    {"removed_syncwarp",
     [](auto sound, auto faulty) {
       in_kernel(sound, faulty, sum, CUDA_ERROR_LAUNCH_FAILED,
                 at("kernel 'sum'", "block.cuh:",
                    {"race: ", "lanes of a warp are ordered by __syncwarp", "shared address"}));
     }},
    {"missing_fence",
     [](auto sound, auto faulty) {
       in_kernel(sound, faulty, sum, CUDA_ERROR_LAUNCH_FAILED,
                 at("kernel 'sum'", "reduction.cu:",
                    {"race: ", "blocks of a launch are ordered by fences", "the write by"}));
     }},
    {"off_by_one",
     [](auto sound, auto faulty) {
       in_kernel(sound, faulty, bytes_to_real, CUDA_ERROR_ILLEGAL_ADDRESS,
                 {"kernel 'bytes_to_real'", "elementwise.cu:", "PTX line ", "thread (232, 0, 0)",
                  "out of bounds", "0 bytes past the end of the "});
     }},
    {"misaligned_float4",
     [](auto sound, auto faulty) {
       in_kernel(sound, faulty, add, CUDA_ERROR_MISALIGNED_ADDRESS,
                 {"kernel 'add'", "storage.cuh:", "PTX line ", "misaligned 16-byte", "thread ("});
     }},
    {"uninitialised_shared",
     [](auto sound, auto faulty) {
       in_kernel(sound, faulty, transpose, CUDA_ERROR_LAUNCH_FAILED,
                 at("kernel 'transpose'", "layout.cu:",
                    {"uninitialized 4-byte read at shared address", "nothing wrote it"}));
     }},
    {"divergent_barrier",
     [](auto sound, auto faulty) {
       in_kernel(sound, faulty, sum, CUDA_ERROR_ILLEGAL_INSTRUCTION,
                 {"kernel 'sum'", "block.cuh:", "PTX line ", "block (", "barrier"});
     }},
    {"block_race",
     [](auto sound, auto faulty) {
       in_kernel(sound, faulty, add, CUDA_ERROR_LAUNCH_FAILED,
                 at("kernel 'add'", "storage.cuh:",
                    {"race: ", "blocks of a launch", "the write by", "global address"}));
     }},
    {"missing_synchronize",
     [](auto sound, auto) {
       in_host(sound, missing_synchronize, CUDA_ERROR_LAUNCH_FAILED,
               {"race: ", "kernel 'add' writes", "the copy of 49152 bytes to the host reads",
                "nothing orders the two"});
     }},
    {"result_not_awaited",
     [](auto sound, auto) {
       at_the_end(sound, result_not_awaited,
                  {"missing synchronize: ", "nobody waited for 1 asynchronous copies to the host",
                   "of 4 bytes"});
     }},
    {"reused_pinned_buffer",
     [](auto sound, auto) {
       in_host(sound, reused_pinned_buffer, CUDA_ERROR_LAUNCH_FAILED,
               {"race with the host: byte 0x", "an asynchronous copy reads was changed",
                "wait for the copy"});
     }},
    {"host_pointer",
     [](auto sound, auto) {
       in_host(sound, host_pointer, CUDA_ERROR_ILLEGAL_ADDRESS,
               {"kernel 'add'", "PTX line ", "thread (", "a host address"});
     }},
    {"use_after_free",
     [](auto sound, auto) {
       in_host(sound, use_after_free, CUDA_ERROR_ILLEGAL_ADDRESS,
               {"kernel 'add'", "PTX line ", "thread (", "a freed 49156-byte allocation"});
     }},
    {"double_free",
     [](auto sound, auto) {
       in_host(sound, double_free, CUDA_ERROR_INVALID_VALUE,
               {"cuMemFree of 0x", "a freed 49156-byte allocation"});
     }},
    {"leak",
     [](auto sound, auto) {
       at_the_end(sound, leak,
                  {"leak: the context ends with 3 device allocations", "were not freed"});
     }},
};

}  // namespace

int main(int count, char** arguments) {
  auto fault = count == 4 ? kFaults.find(arguments[1]) : kFaults.end();
  if (fault == kFaults.end()) {
    std::printf("usage: simgpu_faults NAME SOUND_PTX FAULTY_PTX\n");
    return 2;
  }
  fault->second(arguments[2], arguments[3]);
  return check::failures() == 0 ? 0 : 1;
}
