package dev.figment.cuda;

import dev.figment.device.FigmentException;
import dev.figment.device.KernelResources;
import dev.figment.device.NotSupportedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/**
 * Assembles the PTX that ships for a GPU architecture, to learn what the kernels take of it. It
 * needs no GPU and no driver: the assembler of CUDA 12.6 comes with JCuda; newer architectures need
 * the {@code ptxas} of a CUDA toolkit that knows them.
 *
 * <p>Source of the log's format: NVIDIA, PTX Compiler APIs and nvcc, option {@code -v}.
 */
public final class PtxAssembler {
  /** The newest architecture that the assembler in JCuda's natives knows: CUDA 12.6. */
  private static final int NEWEST_OF_JCUDA = 90;

  private static final Pattern KERNEL =
      Pattern.compile(
          "Compiling entry function '(\\w+)'[^']*'sm_\\d+a?'\\s.*?"
              + "(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads\\s.*?"
              + "Used (\\d+) registers(?:[^\\n]*?(\\d+) bytes smem)?",
          Pattern.DOTALL);

  private PtxAssembler() {}

  /** What assembles for an architecture, for people. */
  public static String assembler(int architecture) {
    return architecture <= NEWEST_OF_JCUDA ? "JCuda's PTX compiler, CUDA 12.6" : "ptxas";
  }

  /**
   * The kernels of a family on an architecture.
   *
   * @param architecture 80 is sm_80; a newer one than ships takes the newest that ships
   * @throws NotSupportedException when nothing here assembles for it, with the reason
   * @throws FigmentException when the PTX is refused, with the assembler's words
   */
  public static List<KernelResources> assemble(int architecture, String family) {
    return assemble(architecture, family, Ptx.shipped(architecture));
  }

  /** The same of other PTX than what ships. */
  static List<KernelResources> assemble(int architecture, String family, Ptx kernels) {
    String ptx = kernels.read(family);
    String target = "sm_" + architecture;
    String log =
        architecture <= NEWEST_OF_JCUDA
            ? withJCuda(target, family, ptx)
            : withToolkit(target, family, ptx);
    return parse(log);
  }

  /** The kernels of an assembler's verbose log, in its order. */
  static List<KernelResources> parse(String log) {
    List<KernelResources> kernels = new ArrayList<>();
    Matcher kernel = KERNEL.matcher(log);
    while (kernel.find()) {
      String shared = kernel.group(6);
      kernels.add(
          new KernelResources(
              kernel.group(1),
              Integer.parseInt(kernel.group(5)),
              Integer.parseInt(kernel.group(3)) + Integer.parseInt(kernel.group(4)),
              Integer.parseInt(kernel.group(2)),
              shared == null ? 0 : Integer.parseInt(shared)));
    }
    return kernels;
  }

  // ---- the assembler in JCuda's natives

  private static String withJCuda(String target, String family, String ptx) {
    byte[] text = (ptx + '\0').getBytes(StandardCharsets.UTF_8);
    nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
    try {
      check(JNvPTXCompiler.nvPTXCompilerCreate(compiler, text.length, text), target, family, "");
    } catch (LinkageError e) {
      throw new NotSupportedException(
          "The kernels cannot be assembled here: JCuda's PTX compiler could not be loaded (%s); it is there for Linux on x86-64, in org.jcuda:jcuda-natives."
              .formatted(e));
    }
    try {
      String[] options = {"-v", "--gpu-name=" + target};
      int code = JNvPTXCompiler.nvPTXCompilerCompile(compiler, options.length, options);
      check(code, target, family, errors(compiler));
      long[] size = new long[1];
      check(JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(compiler, size), target, family, "");
      byte[] log = new byte[(int) size[0] + 1];
      check(JNvPTXCompiler.nvPTXCompilerGetInfoLog(compiler, log), target, family, "");
      return new String(log, 0, (int) size[0], StandardCharsets.UTF_8);
    } finally {
      JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
    }
  }

  private static String errors(nvPTXCompilerHandle compiler) {
    long[] size = new long[1];
    JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(compiler, size);
    byte[] log = new byte[(int) size[0] + 1];
    JNvPTXCompiler.nvPTXCompilerGetErrorLog(compiler, log);
    return new String(log, 0, (int) size[0], StandardCharsets.UTF_8);
  }

  private static void check(int code, String target, String family, String words) {
    if (code != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
      throw refused(target, family, nvPTXCompileResult.stringFor(code) + " " + words);
    }
  }

  // ---- the assembler of a CUDA toolkit

  private static String withToolkit(String target, String family, String ptx) {
    try {
      Path file = Files.createTempFile("figment-" + family + "-", ".ptx");
      Path image = Files.createTempFile("figment-" + family + "-", ".cubin");
      try {
        Files.writeString(file, ptx);
        Process process =
            new ProcessBuilder("ptxas", "-v", "-arch=" + target, "-o", "" + image, "" + file)
                .redirectErrorStream(true)
                .start();
        String log = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() == 0) {
          return log;
        }
        if (log.contains("is not defined for option")) {
          throw new NotSupportedException(
              "The kernels cannot be assembled for %s: the ptxas here is too old to know it; CUDA 12.8 and later do."
                  .formatted(target));
        }
        throw refused(target, family, log);
      } finally {
        Files.deleteIfExists(file);
        Files.deleteIfExists(image);
      }
    } catch (IOException e) {
      throw new NotSupportedException(
          "The kernels cannot be assembled for %s: no ptxas could be started (%s); it comes with a CUDA toolkit of 12.8 or later."
              .formatted(target, e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FigmentException("Assembling for %s was interrupted.".formatted(target), e);
    }
  }

  private static FigmentException refused(String target, String family, String words) {
    return new FigmentException(
        "The kernels of %s cannot be assembled for %s; the assembler says: %s"
            .formatted(family, target, words.strip()));
  }
}
