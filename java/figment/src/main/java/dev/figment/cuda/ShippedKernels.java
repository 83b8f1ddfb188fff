package dev.figment.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The kernels that ship with the library, as PTX. */
public final class ShippedKernels {
  /** A kernel's head: its name, then, among its directives, the threads of its launch bound. */
  private static final Pattern ENTRY =
      Pattern.compile("\\.visible \\.entry (\\w+)\\([^)]*\\)\\s*\\.maxntid (\\d+), (\\d+), (\\d+)");

  private ShippedKernels() {}

  /**
   * A kernel of one architecture.
   *
   * @param family the file of kernels/ that it is in
   * @param name what it is launched by
   * @param threads of a block, its launch bound
   */
  public record Kernel(String family, String name, int threads) {}

  /** The architectures that PTX ships for, ascending: 80 is sm_80. */
  public static List<Integer> architectures() {
    return IntStream.of(Ptx.ARCHITECTURES).boxed().toList();
  }

  /**
   * The architecture whose PTX a GPU of a compute capability takes: the highest not above its own.
   */
  public static int architectureFor(int capability) {
    return Ptx.architectureFor(capability);
  }

  /**
   * The kernels of an architecture, by family and in the order of their file.
   *
   * @throws dev.figment.device.FigmentException when this build has none, with the reason
   */
  public static List<Kernel> of(int architecture) {
    Ptx ptx = Ptx.shippedFor(architecture);
    List<Kernel> kernels = new ArrayList<>();
    for (String family : ptx.families()) {
      Matcher entry = ENTRY.matcher(ptx.read(family));
      while (entry.find()) {
        int threads =
            Integer.parseInt(entry.group(2))
                * Integer.parseInt(entry.group(3))
                * Integer.parseInt(entry.group(4));
        kernels.add(new Kernel(family, entry.group(1), threads));
      }
    }
    return kernels;
  }
}
