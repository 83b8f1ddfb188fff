package dev.figment.cuda;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import jcuda.driver.JITOptions;

/**
 * The driver calls that Figment makes, one method each, over JCuda's raw ones: a failure is a
 * {@link CudaException}. Load a {@link Driver} first.
 *
 * <p>Source: NVIDIA, CUDA Driver API reference.
 */
final class Cuda {
  private static final int LOG_BYTES = 8192;

  private Cuda() {}

  // ---- the driver and its devices

  static void init() {
    check(JCudaDriver.cuInit(0), "cuInit");
  }

  /** 1000 * major + 10 * minor of the CUDA release that the driver supports. */
  static int driverVersion() {
    int[] version = new int[1];
    check(JCudaDriver.cuDriverGetVersion(version), "cuDriverGetVersion");
    return version[0];
  }

  static CUdevice device(int ordinal) {
    CUdevice device = new CUdevice();
    check(JCudaDriver.cuDeviceGet(device, ordinal), "cuDeviceGet", "ordinal", ordinal);
    return device;
  }

  static String name(CUdevice device) {
    byte[] name = new byte[256];
    check(JCudaDriver.cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
    return text(name);
  }

  /**
   * @param attribute one of {@link jcuda.driver.CUdevice_attribute}
   */
  static int attribute(CUdevice device, int attribute) {
    int[] value = new int[1];
    check(
        JCudaDriver.cuDeviceGetAttribute(value, attribute, device),
        "cuDeviceGetAttribute",
        "attribute",
        attribute);
    return value[0];
  }

  // ---- contexts

  /** A new context, current on this thread. */
  static CUcontext createContext(CUdevice device) {
    CUcontext context = new CUcontext();
    check(JCudaDriver.cuCtxCreate(context, 0, device), "cuCtxCreate");
    return context;
  }

  static void setCurrent(CUcontext context) {
    check(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
  }

  static void destroy(CUcontext context) {
    check(JCudaDriver.cuCtxDestroy(context), "cuCtxDestroy");
  }

  // ---- memory

  /** Bytes free and bytes in all. */
  static long[] memory() {
    long[] free = new long[1];
    long[] total = new long[1];
    check(JCudaDriver.cuMemGetInfo(free, total), "cuMemGetInfo");
    return new long[] {free[0], total[0]};
  }

  static DevicePointer allocate(long bytes) {
    DevicePointer pointer = new DevicePointer();
    check(JCudaDriver.cuMemAlloc(pointer, bytes), "cuMemAlloc", "bytes", bytes);
    return pointer;
  }

  static void free(CUdeviceptr pointer) {
    check(JCudaDriver.cuMemFree(pointer), "cuMemFree", "pointer", pointer);
  }

  /** Page-locked host memory, which the device copies from and to while the host goes on. */
  static Pointer allocateHost(long bytes) {
    Pointer pointer = new Pointer();
    check(JCudaDriver.cuMemHostAlloc(pointer, bytes, 0), "cuMemHostAlloc", "bytes", bytes);
    return pointer;
  }

  static void freeHost(Pointer pointer) {
    check(JCudaDriver.cuMemFreeHost(pointer), "cuMemFreeHost", "pointer", pointer);
  }

  static void zero(CUdeviceptr target, long bytes, CUstream stream) {
    check(
        JCudaDriver.cuMemsetD8Async(target, (byte) 0, bytes, stream),
        "cuMemsetD8Async",
        "target",
        target,
        "bytes",
        bytes);
  }

  static void upload(CUdeviceptr target, Pointer source, long bytes, CUstream stream) {
    check(
        JCudaDriver.cuMemcpyHtoDAsync(target, source, bytes, stream),
        "cuMemcpyHtoDAsync",
        "target",
        target,
        "source",
        source,
        "bytes",
        bytes);
  }

  static void download(Pointer target, CUdeviceptr source, long bytes, CUstream stream) {
    check(
        JCudaDriver.cuMemcpyDtoHAsync(target, source, bytes, stream),
        "cuMemcpyDtoHAsync",
        "target",
        target,
        "source",
        source,
        "bytes",
        bytes);
  }

  static void copy(CUdeviceptr target, CUdeviceptr source, long bytes, CUstream stream) {
    check(
        JCudaDriver.cuMemcpyDtoDAsync(target, source, bytes, stream),
        "cuMemcpyDtoDAsync",
        "target",
        target,
        "source",
        source,
        "bytes",
        bytes);
  }

  // ---- streams and events

  /** A stream that does not wait for the default one. */
  static CUstream createStream() {
    CUstream stream = new CUstream();
    check(
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
        "cuStreamCreate");
    return stream;
  }

  static void synchronize(CUstream stream) {
    check(JCudaDriver.cuStreamSynchronize(stream), "cuStreamSynchronize");
  }

  static void destroy(CUstream stream) {
    check(JCudaDriver.cuStreamDestroy(stream), "cuStreamDestroy");
  }

  /** An event that keeps no time. */
  static CUevent createEvent() {
    CUevent event = new CUevent();
    check(JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
    return event;
  }

  static void record(CUevent event, CUstream stream) {
    check(JCudaDriver.cuEventRecord(event, stream), "cuEventRecord");
  }

  static void synchronize(CUevent event) {
    check(JCudaDriver.cuEventSynchronize(event), "cuEventSynchronize");
  }

  static void destroy(CUevent event) {
    check(JCudaDriver.cuEventDestroy(event), "cuEventDestroy");
  }

  // ---- modules and launches

  /**
   * @param what the module's name, for messages
   * @param ptx its text
   */
  static CUmodule loadModule(String what, String ptx) {
    CUmodule module = new CUmodule();
    JITOptions options = new JITOptions();
    byte[] log = new byte[LOG_BYTES];
    options.putBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER, log);
    options.putInt(CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, log.length);
    byte[] image = (ptx + '\0').getBytes(StandardCharsets.UTF_8);
    int code = JCudaDriver.cuModuleLoadDataJIT(module, Pointer.to(image), options);
    if (code != CUresult.CUDA_SUCCESS) {
      String detail = text(options.getBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER)).strip();
      throw failure(
          code, "cuModuleLoadDataEx", detail.isEmpty() ? report() : detail, "module", what);
    }
    return module;
  }

  static void unload(CUmodule module) {
    check(JCudaDriver.cuModuleUnload(module), "cuModuleUnload");
  }

  /**
   * @param what the module's name, for messages
   */
  static CUfunction function(CUmodule module, String what, String name) {
    CUfunction function = new CUfunction();
    check(
        JCudaDriver.cuModuleGetFunction(function, module, name),
        "cuModuleGetFunction",
        "module",
        what,
        "kernel",
        name);
    return function;
  }

  /**
   * @param name the kernel's, for messages
   * @param parameters pointers to the arguments
   */
  static void launch(
      CUfunction function,
      String name,
      int gridX,
      int gridY,
      int blockX,
      int blockY,
      int sharedBytes,
      CUstream stream,
      Pointer parameters) {
    check(
        JCudaDriver.cuLaunchKernel(
            function, gridX, gridY, 1, blockX, blockY, 1, sharedBytes, stream, parameters, null),
        "cuLaunchKernel",
        "kernel",
        name,
        "grid",
        gridX + "x" + gridY,
        "block",
        blockX + "x" + blockY,
        "shared bytes",
        sharedBytes);
  }

  // ---- graphs

  /**
   * From here on the stream records what it is given. Only this thread is held to a capture's
   * rules.
   */
  static void beginCapture(CUstream stream) {
    check(
        JCudaDriver.cuStreamBeginCapture(
            stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
        "cuStreamBeginCapture");
  }

  static CUgraph endCapture(CUstream stream) {
    CUgraph graph = new CUgraph();
    check(JCudaDriver.cuStreamEndCapture(stream, graph), "cuStreamEndCapture");
    return graph;
  }

  static CUgraphExec instantiate(CUgraph graph) {
    CUgraphExec executable = new CUgraphExec();
    check(JCudaDriver.cuGraphInstantiate(executable, graph, 0), "cuGraphInstantiate");
    return executable;
  }

  static void launch(CUgraphExec executable, CUstream stream) {
    check(JCudaDriver.cuGraphLaunch(executable, stream), "cuGraphLaunch");
  }

  static void destroy(CUgraph graph) {
    check(JCudaDriver.cuGraphDestroy(graph), "cuGraphDestroy");
  }

  static void destroy(CUgraphExec executable) {
    check(JCudaDriver.cuGraphExecDestroy(executable), "cuGraphExecDestroy");
  }

  // ---- failures

  /**
   * @param arguments names and values by turns
   */
  private static void check(int code, String call, Object... arguments) {
    if (code != CUresult.CUDA_SUCCESS) {
      throw failure(code, call, report(), arguments);
    }
  }

  private static CudaException failure(int code, String call, String detail, Object... arguments) {
    StringJoiner named = new StringJoiner(", ", "(", ")");
    for (int i = 0; i < arguments.length; i += 2) {
      named.add(arguments[i] + " " + arguments[i + 1]);
    }
    String[] name = new String[1];
    String[] meaning = new String[1];
    JCudaDriver.cuGetErrorName(code, name);
    JCudaDriver.cuGetErrorString(code, meaning);
    StringBuilder message =
        new StringBuilder(call)
            .append(named)
            .append(" failed with ")
            .append(name[0] == null ? "error " + code : name[0])
            .append(meaning[0] == null ? "" : " (" + meaning[0] + ")");
    String mend = mend(code);
    if (mend != null) {
      message.append("; ").append(mend);
    }
    message.append('.');
    if (detail != null && !detail.isEmpty()) {
      message.append(" The driver says: ").append(detail);
    }
    return new CudaException(code, message.toString());
  }

  /** What a user can do about an error, or null. */
  private static String mend(int code) {
    return switch (code) {
      case CUresult.CUDA_ERROR_OUT_OF_MEMORY ->
          "take a smaller batch or model, or end other programs that use the GPU";
      case CUresult.CUDA_ERROR_NO_DEVICE ->
          "the driver finds no GPU: is one handed to this machine or container, and not hidden by CUDA_VISIBLE_DEVICES?";
      case CUresult.CUDA_ERROR_INVALID_PTX -> "the PTX is damaged: build the kernels again";
      case CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION ->
          "install a newer driver, or build the PTX for an older version";
      case CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU ->
          "the kernels were built for a newer GPU than this one";
      case CUresult.CUDA_ERROR_JIT_COMPILER_NOT_FOUND ->
          "install the driver's library libnvidia-ptxjitcompiler, which compiles kernels for the GPU";
      case CUresult.CUDA_ERROR_NOT_FOUND -> "ask for a name that the module has";
      case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_LAUNCH_FAILED,
          CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
          CUresult.CUDA_ERROR_ASSERT ->
          "a kernel before this call is at fault and the device is lost to this program: close it, and run the same on --device sim to see where";
      case CUresult.CUDA_ERROR_LAUNCH_TIMEOUT ->
          "a kernel ran longer than the system lets it, and the device is lost to this program";
      case CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH ->
          "the driver's library and its kernel module differ: restart the machine";
      case CUresult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
          CUresult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED ->
          "a recording may hold kernels and copies between device memories alone";
      default -> null;
    };
  }

  /** The simulated GPU's own sentence about the failure; null from an NVIDIA driver. */
  private static String report() {
    return DriverLibrary.report();
  }

  /** A C string. */
  private static String text(byte[] bytes) {
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return StandardCharsets.UTF_8.decode(ByteBuffer.wrap(bytes, 0, length)).toString();
  }
}
