package dev.figment.profile;

import dev.figment.cuda.CudaDevice;
import dev.figment.cuda.PtxAssembler;
import dev.figment.cuda.ShippedKernels;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.KernelResources;
import dev.figment.device.Kernels;
import dev.figment.device.LaunchCounter;
import dev.figment.device.LaunchReport;
import dev.figment.device.NotSupportedException;
import dev.figment.profile.KernelProfile.Counted;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Profiles operations: assembles their kernels for each architecture and runs them on the simulated
 * GPU, once with each architecture's PTX. What this machine cannot do is left out and said.
 */
public final class KernelProfiler {
  private final List<Operation> operations;
  private final List<Integer> architectures;
  private final Consumer<String> progress;
  private final Set<String> notes = new LinkedHashSet<>();
  private final Map<Key, KernelResources> resources = new HashMap<>();
  private final Map<Key, Counted> counted = new HashMap<>();
  private final Map<Key, ShippedKernels.Kernel> shipped = new HashMap<>();

  /** A kernel on an architecture; for counts, of an operation. */
  private record Key(int architecture, String operation, String kernel) {}

  /**
   * What came of it.
   *
   * @param profiles a row for each operation, kernel of it and architecture
   * @param notes what is missing and why, a sentence each
   */
  public record Result(List<KernelProfile> profiles, List<String> notes) {}

  private KernelProfiler(
      List<Operation> operations, List<Integer> architectures, Consumer<String> progress) {
    this.operations = operations;
    this.architectures = architectures;
    this.progress = progress;
  }

  /**
   * Profiles operations for architectures.
   *
   * @param progress is told of every piece of work as it begins, {@link #pieces} times
   * @throws FigmentException when this build has no kernels, or one of them fails
   */
  public static Result profile(
      List<Operation> operations, List<Integer> architectures, Consumer<String> progress) {
    KernelProfiler profiler = new KernelProfiler(operations, architectures, progress);
    profiler.readKernels();
    profiler.assemble();
    profiler.count();
    return new Result(profiler.rows(), List.copyOf(profiler.notes));
  }

  /** How many pieces of work profiling is. */
  public static int pieces(List<Operation> operations, List<Integer> architectures) {
    return architectures.size() * families(operations).size()
        + withPtx(architectures).size() * operations.size();
  }

  /** The files that the operations' kernels are in. */
  private static Set<String> families(List<Operation> operations) {
    Set<String> wanted = new HashSet<>();
    operations.forEach(it -> it.kernels().forEach(work -> wanted.add(work.kernel())));
    return ShippedKernels.of(ShippedKernels.architectures().get(0)).stream()
        .filter(kernel -> wanted.contains(kernel.name()))
        .map(ShippedKernels.Kernel::family)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** The architectures whose PTX the given ones take. */
  private static Set<Integer> withPtx(List<Integer> architectures) {
    Set<Integer> shipped = new LinkedHashSet<>();
    architectures.forEach(one -> shipped.add(ShippedKernels.architectureFor(one)));
    return shipped;
  }

  // ---- what the kernels take

  private void readKernels() {
    for (int architecture : withPtx(architectures)) {
      for (ShippedKernels.Kernel kernel : ShippedKernels.of(architecture)) {
        shipped.put(new Key(architecture, "", kernel.name()), kernel);
      }
    }
  }

  private void assemble() {
    for (int architecture : architectures) {
      for (String family : families(operations)) {
        progress.accept("sm_" + architecture + " " + family);
        try {
          for (KernelResources one : PtxAssembler.assemble(architecture, family)) {
            resources.put(new Key(architecture, "", one.kernel()), one);
          }
        } catch (NotSupportedException e) {
          notes.add(e.getMessage());
        }
      }
    }
  }

  // ---- what they do

  private void count() {
    for (int architecture : withPtx(architectures)) {
      Optional<CudaDevice> opened = open(architecture);
      if (opened.isEmpty()) {
        operations.forEach(operation -> progress.accept("sm_" + architecture));
        continue;
      }
      try (Device device = opened.get()) {
        LaunchCounter counter = device.counter().orElseThrow();
        for (Operation operation : operations) {
          progress.accept("sm_" + architecture + " " + operation.name());
          count(device, counter, operation, architecture);
        }
      }
    }
  }

  private Optional<CudaDevice> open(int architecture) {
    try {
      return Optional.of(CudaDevice.openSimulated(architecture));
    } catch (FigmentException e) {
      notes.add(
          "The kernels of sm_%d were not counted. %s".formatted(architecture, e.getMessage()));
      return Optional.empty();
    }
  }

  private void count(Device device, LaunchCounter counter, Operation operation, int architecture) {
    LaunchReport report;
    try (Tensors tensors = new Tensors(device)) {
      Consumer<Kernels> calls = operation.prepare(tensors);
      counter.reset();
      counter.count(true);
      try {
        calls.accept(device.kernels());
        report = counter.report();
      } finally {
        counter.count(false);
      }
    }
    for (LaunchReport.Kernel kernel : report.kernels()) {
      if (operation.kernels().stream().noneMatch(work -> work.kernel().equals(kernel.kernel()))) {
        throw new FigmentException(
            "The operation %s launches %s, which the catalogue of kernels does not say; add it there."
                .formatted(operation.name(), kernel.kernel()));
      }
      LaunchReport.Launch first =
          report.launches().stream()
              .filter(launch -> launch.kernel().equals(kernel.kernel()))
              .findFirst()
              .orElseThrow();
      counted.put(
          new Key(architecture, operation.name() + operation.shape(), kernel.kernel()),
          new Counted(
              architecture,
              kernel.launches(),
              first,
              kernel.counts(),
              dramBytes(report, kernel.kernel()),
              kernel.lines()));
    }
  }

  /** What a kernel's launches moved, and left in the cache beyond what lay there before. */
  private static long dramBytes(LaunchReport report, String kernel) {
    long bytes = 0;
    long dirty = 0;
    for (LaunchReport.Launch launch : report.launches()) {
      if (launch.kernel().equals(kernel)) {
        LaunchReport.Dram dram = launch.counts().dram();
        bytes += dram.readBytes() + dram.writeBytes() + launch.l2DirtyBytes() - dirty;
      }
      dirty = launch.l2DirtyBytes();
    }
    return bytes;
  }

  // ---- rows

  private List<KernelProfile> rows() {
    List<KernelProfile> rows = new ArrayList<>();
    for (Operation operation : operations) {
      for (KernelWork work : operation.kernels()) {
        for (int architecture : architectures) {
          int ptx = ShippedKernels.architectureFor(architecture);
          ShippedKernels.Kernel kernel = shipped.get(new Key(ptx, "", work.kernel()));
          if (kernel == null) {
            throw new FigmentException(
                "The catalogue says that %s launches %s, which is not among the kernels of sm_%d; build the project again, or mend the catalogue."
                    .formatted(operation.name(), work.kernel(), ptx));
          }
          rows.add(
              new KernelProfile(
                  operation,
                  work,
                  kernel.family(),
                  architecture,
                  kernel.threads(),
                  Optional.ofNullable(resources.get(new Key(architecture, "", work.kernel()))),
                  Optional.ofNullable(
                      counted.get(
                          new Key(ptx, operation.name() + operation.shape(), work.kernel())))));
        }
      }
    }
    return rows;
  }
}
