package dev.figment.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.figment.device.DataType;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The ordinary CUDA programs of tests/programs, through JCuda, with the PTX of each compiler. */
@Tag("sim")
@ParameterizedClass(name = "{0} for sm_{1}")
@MethodSource("builds")
class ProgramsTest {
  private static final int BLOCK = 256;

  @Parameter(0)
  String compiler;

  @Parameter(1)
  int architecture;

  private final SplittableRandom random = new SplittableRandom(42);
  private final Resources memories = new Resources();
  private CudaDevice device;
  private CudaModules modules;

  static Stream<Arguments> builds() {
    return Stream.of("clang", "nvcc")
        .flatMap(
            compiler ->
                IntStream.of(Ptx.ARCHITECTURES)
                    .mapToObj(architecture -> Arguments.of(compiler, architecture)));
  }

  @BeforeEach
  void open() {
    Path folder = CudaDevices.build().resolve("simgpu_programs").resolve(compiler);
    assumeTrue(Files.exists(folder), compiler + " is not here: there is no PTX of it to run");
    device = CudaDevices.open();
    modules = new CudaModules(Ptx.in(folder, architecture));
  }

  @AfterEach
  void close() {
    memories.close();
    if (device != null) {
      device.close();
    }
  }

  @Test
  void vectorAdd() {
    int n = 10_007;
    float[] a = floats(n);
    float[] b = floats(n);
    Tensor sum = reals(n);
    modules
        .launch("vector_add", "vector_add")
        .grid(blocks(n))
        .address(at(sum))
        .address(at(reals(a)))
        .address(at(reals(b)))
        .integer(n)
        .on(device.stream());
    float[] expected = new float[n];
    for (int i = 0; i < n; i++) {
      expected[i] = a[i] + b[i];
    }
    assertThat(sum.toFloats()).isEqualTo(expected);
  }

  @Test
  void matrixProduct() {
    int m = 70;
    int n = 45;
    int k = 83;
    float[] a = floats(m * k);
    float[] b = floats(k * n);
    Tensor c = reals(m * n);
    modules
        .launch("sgemm", "sgemm")
        .grid((n + 15) / 16, (m + 15) / 16)
        .block(16, 16)
        .address(at(c))
        .address(at(reals(a)))
        .address(at(reals(b)))
        .integer(m)
        .integer(n)
        .integer(k)
        .on(device.stream());
    float[] expected = new float[m * n];
    for (int row = 0; row < m; row++) {
      for (int column = 0; column < n; column++) {
        float sum = 0;
        for (int i = 0; i < k; i++) {
          sum = Math.fma(a[row * k + i], b[i * n + column], sum);
        }
        expected[row * n + column] = sum;
      }
    }
    assertThat(c.toFloats()).isEqualTo(expected);
  }

  @Test
  void prefixSums() {
    int n = 20_000;
    int[] in = random.ints(n, -50, 50).toArray();
    Tensor out = ints(n);
    Tensor totals = ints(blocks(n));
    Tensor scanned = ints(blocks(n));
    scanBlocks(out, totals, ints(in), n);
    scanBlocks(scanned, ints(1), totals, blocks(n));
    modules
        .launch("scan", "add_totals")
        .grid(blocks(n))
        .address(at(out))
        .address(at(scanned))
        .integer(n)
        .on(device.stream());
    Arrays.parallelPrefix(in, Integer::sum);
    assertThat(out.toInts()).isEqualTo(in);
  }

  private void scanBlocks(Tensor out, Tensor totals, Tensor in, int n) {
    modules
        .launch("scan", "scan_blocks")
        .grid(blocks(n))
        .address(at(out))
        .address(at(totals))
        .address(at(in))
        .integer(n)
        .on(device.stream());
  }

  @Test
  void histogram() {
    int n = 100_003;
    byte[] data = new byte[n];
    int[] expected = new int[256];
    for (int i = 0; i < n; i++) {
      int value = random.nextInt(256) * random.nextInt(256) / 256;
      data[i] = (byte) value;
      expected[value]++;
    }
    Tensor in = memories.own(device.allocate(DataType.UINT8, Shape.of(n)));
    in.write(data);
    Tensor counts = ints(256);
    modules
        .launch("histogram", "histogram")
        .grid(8)
        .block(192, 1)
        .address(at(counts))
        .address(at(in))
        .integer(n)
        .on(device.stream());
    assertThat(counts.toInts()).isEqualTo(expected);
  }

  /** The steps are recorded once and replayed twice: on the keys, and on keys that are sorted. */
  @Test
  void bitonicSort() {
    int n = 8192;
    int part = 2 * BLOCK;
    int[] keys = random.ints(n).toArray();
    Tensor data = ints(keys);
    try (CudaGraph graph = device.record(() -> sort(data, n, part))) {
      graph.replay();
      graph.replay();
    }
    int[] expected =
        Arrays.stream(keys)
            .boxed()
            .sorted(Integer::compareUnsigned)
            .mapToInt(Integer::intValue)
            .toArray();
    assertThat(data.toInts()).isEqualTo(expected);
  }

  private void sort(Tensor data, int n, int part) {
    sortParts(data, n, part, 2, part);
    for (int width = 2 * part; width <= n; width *= 2) {
      for (int distance = width / 2; distance > BLOCK; distance /= 2) {
        modules
            .launch("bitonic_sort", "bitonic_step")
            .grid(n / part)
            .address(at(data))
            .integer(width)
            .integer(distance)
            .on(device.stream());
      }
      sortParts(data, n, part, width, width);
    }
  }

  private void sortParts(Tensor data, int n, int part, int firstWidth, int lastWidth) {
    modules
        .launch("bitonic_sort", "bitonic_block")
        .grid(n / part)
        .shared(part * Integer.BYTES)
        .address(at(data))
        .integer(firstWidth)
        .integer(lastWidth)
        .on(device.stream());
  }

  /** Sums of small integers, which are exact in any order. */
  @Test
  void shuffleReduction() {
    int n = 50_021;
    int blocks = 20;
    int[] in = random.ints(n, -8, 9).toArray();
    float[] floats = new float[n];
    for (int i = 0; i < n; i++) {
      floats[i] = in[i];
    }
    Tensor partial = reals(blocks);
    Tensor sum = reals(1);
    sumBlocks(partial, reals(floats), n, blocks, 128);
    sumBlocks(sum, partial, blocks, 1, 32);
    assertThat(sum.toFloats()).containsExactly(Arrays.stream(in).sum());
  }

  private void sumBlocks(Tensor partial, Tensor in, int n, int blocks, int threads) {
    modules
        .launch("shuffle_reduction", "sum_blocks")
        .grid(blocks)
        .block(threads, 1)
        .address(at(partial))
        .address(at(in))
        .integer(n)
        .on(device.stream());
  }

  // ---- arrays on the device

  private float[] floats(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  private Tensor reals(int count) {
    return memories.own(device.allocate(DataType.REAL, Shape.of(count)));
  }

  private Tensor reals(float[] values) {
    Tensor tensor = reals(values.length);
    tensor.write(values);
    return tensor;
  }

  private Tensor ints(int count) {
    return memories.own(device.allocate(DataType.INT32, Shape.of(count)));
  }

  private Tensor ints(int[] values) {
    Tensor tensor = ints(values.length);
    tensor.write(values);
    return tensor;
  }

  private static long at(Tensor tensor) {
    return ((CudaMemory) tensor.memory()).address(tensor.offset());
  }

  private static int blocks(int count) {
    return (count + BLOCK - 1) / BLOCK;
  }
}
