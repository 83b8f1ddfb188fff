package dev.figment.nn;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A 2-D convolution H x W x C -> P x Q x channels with weight [channels][R][S][C], or a transposed
 * one P x Q x K -> H x W x channels with weight [K][R][S][channels] (the weight of the convolution
 * it transposes). Kernels and strides are square.
 *
 * @param transposed which of the two
 * @param channels output channels
 * @param kernel R = S
 * @param stride pixels of the large image a pixel of the small one
 * @param padding where the small image's pixels lie on the large one
 * @param bias whether a bias is added; before batch norm it should not be (its gradient is rounding
 *     noise, which Adam amplifies)
 * @param activation applied last
 * @param initializer of the weight; the bias starts at 0
 */
public record Convolution(
    boolean transposed,
    int channels,
    int kernel,
    int stride,
    Padding padding,
    boolean bias,
    Activation activation,
    Initializer initializer)
    implements Layer {

  /**
   * How an image is padded.
   *
   * @param same as Keras's 'same': the large image is stride times the small one, rounded up; the
   *     other components do not count then
   * @param pad zero rows and columns on every side of the large image
   * @param outputPadding rows and columns that a transposed convolution's output has beyond (P - 1)
   *     * stride - 2 pad + kernel
   */
  public record Padding(boolean same, int pad, int outputPadding) {
    public static final Padding SAME = new Padding(true, 0, 0);

    /** {@code pad} on every side. */
    public static Padding of(int pad) {
      return new Padding(false, pad, 0);
    }
  }

  /** A convolution with 'same' padding, a bias and Glorot-uniform weights. */
  public static Convolution conv2d(int channels, int kernel, int stride) {
    return new Convolution(
        false,
        channels,
        kernel,
        stride,
        Padding.SAME,
        true,
        Activation.IDENTITY,
        Initializer.glorotUniform());
  }

  /** A transposed convolution with 'same' padding, a bias and Glorot-uniform weights. */
  public static Convolution convTranspose2d(int channels, int kernel, int stride) {
    return new Convolution(
        true,
        channels,
        kernel,
        stride,
        Padding.SAME,
        true,
        Activation.IDENTITY,
        Initializer.glorotUniform());
  }

  /** The same layer with other padding. */
  public Convolution padded(Padding other) {
    return new Convolution(
        transposed, channels, kernel, stride, other, bias, activation, initializer);
  }

  /** The same layer without a bias: for use before batch norm. */
  public Convolution withoutBias() {
    return new Convolution(
        transposed, channels, kernel, stride, padding, false, activation, initializer);
  }

  /** The same layer with its weight started otherwise. */
  public Convolution startedBy(Initializer other) {
    return new Convolution(transposed, channels, kernel, stride, padding, bias, activation, other);
  }

  @Override
  public String kind() {
    return transposed ? "conv_transpose" : "conv";
  }

  @Override
  public Shape outputShape(Shape input) {
    ConvGeometry geometry = geometry(input);
    return (transposed ? geometry.large(1) : geometry.small(1)).sample();
  }

  @Override
  public List<ParameterSpec> parameters(Shape input) {
    List<ParameterSpec> specs = new ArrayList<>();
    specs.add(ParameterSpec.trained("weight", geometry(input).weights(), initializer));
    if (bias) {
      specs.add(ParameterSpec.trained("bias", Shape.of(channels), Initializer.ZEROS));
    }
    return specs;
  }

  @Override
  public Optional<Layer> fusedWith(Layer next) {
    return ActivationLayer.absorbed(next, activation)
        .map(
            fused ->
                new Convolution(
                    transposed, channels, kernel, stride, padding, bias, fused, initializer));
  }

  @Override
  public int statisticsTiles(Kernels kernels, Shape input, int batch) {
    if (!activation.equals(Activation.IDENTITY)) {
      return 0;
    }
    return transposed
        ? kernels.convTransposeStatisticsTiles(geometry(input), batch)
        : kernels.convStatisticsTiles(geometry(input), batch);
  }

  @Override
  public Optional<Activation> ending() {
    return Optional.of(activation);
  }

  @Override
  public boolean isPiecewiseLinear() {
    return activation.isPiecewiseLinear();
  }

  @Override
  public ActivationTypes activationTypes() {
    return ActivationTypes.ANY;
  }

  @Override
  public Stage plan(StagePlan plan) {
    Kernels kernels = plan.kernels();
    ConvGeometry geometry = geometry(plan.input().shape().sample());
    Tensor x = plan.input();
    Tensor y = plan.output();
    Tensor statistics = plan.outputStatistics();
    Tensor w = plan.value().apply("weight");
    Tensor b = bias ? plan.value().apply("bias") : null;
    Tensor dw = plan.gradient().apply("weight");
    Tensor db = bias ? plan.gradient().apply("bias") : null;
    return new Stage() {
      @Override
      public void forward() {
        if (statistics != null && transposed) {
          kernels.convTransposeForwardWithStatistics(y, statistics, x, w, b, geometry);
        } else if (statistics != null) {
          kernels.convForwardWithStatistics(y, statistics, x, w, b, geometry);
        } else if (transposed) {
          kernels.convTransposeForward(y, x, w, b, plan.end(), geometry);
        } else {
          kernels.convForward(y, x, w, b, plan.end(), geometry);
        }
      }

      @Override
      public void tangent(Tensor out, Tensor in, Tensor delta, GradientMode mode) {
        if (transposed) {
          kernels.convTransposeForward(out, in, w, null, Activation.IDENTITY, geometry);
        } else {
          kernels.convForward(out, in, w, null, Activation.IDENTITY, geometry);
        }
        plan.end().undo(kernels, out, y);
        if (mode == GradientMode.IGNORE) {
          return;
        }
        if (transposed) {
          kernels.convTransposeBackwardWeights(dw, null, delta, in, geometry, mode);
        } else {
          kernels.convBackwardWeights(dw, null, delta, in, geometry, mode);
        }
      }

      @Override
      public void backward(Tensor dx, Tensor dy, GradientMode mode) {
        if (!plan.endUndone()) {
          plan.end().undo(kernels, dy, y);
        }
        if (mode != GradientMode.IGNORE) {
          if (transposed) {
            kernels.convTransposeBackwardWeights(dw, db, dy, x, geometry, mode);
          } else {
            kernels.convBackwardWeights(dw, db, dy, x, geometry, mode);
          }
        }
        if (dx != null) {
          if (transposed) {
            kernels.convTransposeBackwardData(dx, dy, w, x, plan.before(), geometry);
          } else {
            kernels.convBackwardData(dx, dy, w, x, plan.before(), geometry);
          }
        }
      }
    };
  }

  private ConvGeometry geometry(Shape input) {
    if (input.rank() != 3) {
      throw new FigmentException(
          "A convolution takes samples of height x width x channels and got shape %s."
              .formatted(input));
    }
    int height = input.size(0);
    int width = input.size(1);
    int in = input.size(2);
    if (padding.same()) {
      return transposed
          ? ConvGeometry.transposedSame(height, width, in, channels, kernel, stride)
          : ConvGeometry.same(height, width, in, channels, kernel, stride);
    }
    return transposed
        ? ConvGeometry.transposed(
            height, width, in, channels, kernel, stride, padding.pad(), padding.outputPadding())
        : ConvGeometry.of(height, width, in, channels, kernel, stride, padding.pad());
  }
}
