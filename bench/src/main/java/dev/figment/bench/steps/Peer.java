package dev.figment.bench.steps;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Another library's way to train the same steps.
 *
 * @param name in tables and JSON
 * @param main the class of its child process
 * @param classPathProperty the system property that holds the class path of that
 * @param tuned whether its threads and its memory are tuned, or left at their defaults
 * @param workloads that it has
 */
record Peer(
    String name, String main, String classPathProperty, boolean tuned, List<Workload> workloads) {
  private static final String LIBTORCH = "dev.figment.bench.libtorch.LibtorchSteps";
  private static final String LIBTORCH_CLASS_PATH = "figment.peers.libtorch";

  static final List<Peer> ALL =
      List.of(
          new Peer(
              "libtorch-default", LIBTORCH, LIBTORCH_CLASS_PATH, false, List.of(Workload.values())),
          new Peer(
              "libtorch-tuned", LIBTORCH, LIBTORCH_CLASS_PATH, true, List.of(Workload.values())),
          new Peer(
              "dl4j",
              "dev.figment.bench.dl4j.Dl4jSteps",
              "figment.peers.dl4j",
              false,
              List.of(Workload.GAN, Workload.VAE)));

  /** What decides how OpenMP, BLAS and malloc behave. */
  private static final List<String> PREFIXES =
      List.of(
          "OMP_", "GOMP_", "KMP_", "OPENBLAS_", "MKL_", "DNNL_", "ONEDNN_", "MALLOC_", "GLIBC_");

  /**
   * The variables of a tuned child: a thread a CPU that stays there, products by threads of OpenMP
   * alone, and a malloc that gives no memory back, so that no step pays for new pages.
   */
  private static Map<String, String> tuning(int cpus) {
    return Map.of(
        "OMP_NUM_THREADS", Integer.toString(cpus),
        "OPENBLAS_NUM_THREADS", "1",
        "OMP_PROC_BIND", "true",
        "MALLOC_ARENA_MAX", "1",
        "MALLOC_MMAP_MAX_", "0",
        "MALLOC_TRIM_THRESHOLD_", Long.toString(Long.MAX_VALUE / 2),
        "MALLOC_TOP_PAD_", Integer.toString(1 << 28));
  }

  /** Takes such variables out of an environment. */
  static void forget(Map<String, String> environment) {
    environment.keySet().removeIf(key -> PREFIXES.stream().anyMatch(key::startsWith));
  }

  /** Whether the launcher has told where it is. */
  boolean isBuilt() {
    return System.getProperty(classPathProperty) != null;
  }

  /** Its process, with arguments of its own after the workload, the batch and the start's file. */
  ProcessBuilder process(String java, int cpus, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(java);
    // JavaCPP is not to count memory, nor to collect garbage in a step.
    command.add("-Dorg.bytedeco.javacpp.maxBytes=0");
    command.add("-Dorg.bytedeco.javacpp.maxPhysicalBytes=0");
    String cache = System.getProperty("org.bytedeco.javacpp.cachedir");
    if (cache != null) {
      command.add("-Dorg.bytedeco.javacpp.cachedir=" + cache + File.separator + "peers");
    }
    command.add("-cp");
    command.add(System.getProperty(classPathProperty));
    command.add(main);
    command.addAll(arguments);
    ProcessBuilder process = new ProcessBuilder(command);
    forget(process.environment());
    if (tuned) {
      process.environment().putAll(tuning(cpus));
    }
    return process;
  }
}
