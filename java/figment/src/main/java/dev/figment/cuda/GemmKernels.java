package dev.figment.cuda;

import dev.figment.device.ConvGeometry;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Tensor;

/**
 * Dense layers, convolutions and transposed convolutions: launches of the kernels over
 * kernels/implicit_gemm.cuh, as {@link GemmPlan} spreads them.
 */
final class GemmKernels {
  private final CudaDevice device;

  GemmKernels(CudaDevice device) {
    this.device = device;
  }

  /**
   * y (small) = ending(x (large) conv w + bias); bias may be null, and so may statistics, those of
   * x conv w + bias.
   */
  void conv(
      Tensor y,
      Tensor statistics,
      Tensor x,
      Tensor w,
      Tensor bias,
      CudaEnding ending,
      ConvGeometry g) {
    int batch = batch(x, g.height() * g.width() * g.channels());
    GemmPlan plan = GemmPlan.conv(g, batch);
    boolean vector = g.channels() % 4 == 0 && aligned(x, w);
    boolean vectorOutput = g.smallChannels() % 4 == 0 && aligned(y) && ending.output() % 16 == 0;
    forward("conv", plan, vector, vectorOutput, y, statistics, x, w, bias, ending, g, batch);
  }

  /** y (large) = ending(x (small) transposed-conv w + bias); the rest as of {@link #conv}. */
  void convTranspose(
      Tensor y,
      Tensor statistics,
      Tensor x,
      Tensor w,
      Tensor bias,
      CudaEnding ending,
      ConvGeometry g) {
    int batch = batch(y, g.height() * g.width() * g.channels());
    GemmPlan plan = GemmPlan.convTranspose(g, batch);
    boolean vector = g.smallChannels() % 4 == 0 && g.channels() % 4 == 0 && aligned(x, w);
    boolean vectorOutput = g.channels() % 4 == 0 && aligned(y) && ending.output() % 16 == 0;
    forward(
        "conv_transpose", plan, vector, vectorOutput, y, statistics, x, w, bias, ending, g, batch);
  }

  private void forward(
      String family,
      GemmPlan plan,
      boolean vector,
      boolean vectorOutput,
      Tensor y,
      Tensor statistics,
      Tensor x,
      Tensor w,
      Tensor bias,
      CudaEnding ending,
      ConvGeometry g,
      int batch) {
    requireCountable(y, x, w);
    launch(family, plan, vector)
        .address(device.address(y))
        .address(atOrNull(statistics))
        .address(device.address(x))
        .address(device.address(w))
        .address(atOrNull(bias))
        .address(partials(plan.partials()))
        .address(device.tickets(plan.tiles()))
        .integers(ending.fields())
        .integers(
            problem(
                plan,
                g,
                batch,
                vectorOutput,
                GradientMode.OVERWRITE,
                vector ? plan.tile().depth() : GemmTile.DEPTH_OF_NUMBERS,
                g.kernelWidth(),
                family.equals("conv") ? g.channels() : g.smallChannels()))
        .on(device.stream());
  }

  /**
   * dw (+)= the gradient to the weights from the small and the large image, one of which is dy, and
   * dbias (+)= the sums of the small one over pixels; dbias may be null.
   */
  void weights(
      Tensor dw, Tensor dbias, Tensor small, Tensor large, ConvGeometry g, GradientMode mode) {
    requireCountable(dw, small, large);
    int batch = batch(large, g.height() * g.width() * g.channels());
    GemmPlan plan = GemmPlan.weights(g, batch);
    boolean vector = g.smallChannels() % 4 == 0 && g.channels() % 4 == 0 && aligned(small, large);
    boolean vectorOutput = g.channels() % 4 == 0 && aligned(dw);
    // The parts of dbias lie behind those of dw.
    long rowPartials = dbias == null ? 0 : plan.rowTiles() * plan.split() * plan.tile().rows();
    long partials = partials(plan.partials() + rowPartials);
    launch("conv_backward_weights", plan, vector)
        .address(device.address(dw))
        .address(atOrNull(dbias))
        .address(device.address(small))
        .address(device.address(large))
        .address(partials)
        .address(partials + Float.BYTES * plan.partials())
        .address(device.tickets(plan.tiles()))
        .integers(
            problem(
                plan,
                g,
                batch,
                vectorOutput,
                mode,
                plan.tile().depth(),
                g.smallHeight(),
                g.smallWidth()))
        .on(device.stream());
  }

  private CudaLaunch launch(String family, GemmPlan plan, boolean vector) {
    String kernel = "%s_%s_%s".formatted(family, plan.tile(), vector ? "vector" : "scalar");
    return device
        .launch(family, kernel)
        .grid(plan.gridX(), plan.gridY())
        .block(plan.tile().threads(), 1);
  }

  /** Memory for {@code floats} sums of parts. */
  private long partials(long floats) {
    return device.partials(Math.max(1, (floats + 1) / 2));
  }

  /**
   * The fields of GemmProblem in kernels/implicit_gemm.cuh.
   *
   * @param step how far a loader moves along k at a time
   * @param mid what k counts in the middle: columns of taps, or rows of pixels
   * @param low what it counts first: channels, or columns of pixels
   */
  private static int[] problem(
      GemmPlan plan,
      ConvGeometry g,
      int batch,
      boolean vectorOutput,
      GradientMode mode,
      int step,
      int mid,
      int low) {
    int filterRow = g.kernelWidth() * g.channels();
    return new int[] {
      batch,
      g.height(),
      g.width(),
      g.channels(),
      g.smallHeight(),
      g.smallWidth(),
      g.smallChannels(),
      g.kernelHeight(),
      g.kernelWidth(),
      g.strideHeight(),
      g.strideWidth(),
      g.padTop(),
      g.padLeft(),
      (int) plan.rowTiles(),
      plan.columnsAbreast(),
      plan.split(),
      vectorOutput ? 1 : 0,
      step / low / mid,
      step / low % mid,
      step % low,
      filterRow * g.kernelHeight(),
      g.strideHeight() * filterRow,
      g.strideWidth() * g.channels(),
      batch * g.smallHeight() * g.smallWidth(),
      mode == GradientMode.ACCUMULATE ? 1 : 0
    };
  }

  private long atOrNull(Tensor tensor) {
    return tensor == null ? 0 : device.address(tensor);
  }

  private static int batch(Tensor images, int imageElements) {
    return Math.toIntExact(images.count() / imageElements);
  }

  /** Whether the tensors begin at 16-byte boundaries. */
  private boolean aligned(Tensor... all) {
    for (Tensor tensor : all) {
      if (device.address(tensor) % 16 != 0) {
        return false;
      }
    }
    return true;
  }

  /** The kernels count elements in 32 bits, and a tap may reach some rows past an image's end. */
  private void requireCountable(Tensor... all) {
    for (Tensor tensor : all) {
      if (tensor.count() > Integer.MAX_VALUE / 2) {
        throw new FigmentException(
            "The %s device was given a tensor of shape %s for a convolution or dense layer; it takes up to 2^30 elements: take a smaller batch."
                .formatted(device.name(), tensor.shape()));
      }
    }
  }
}
