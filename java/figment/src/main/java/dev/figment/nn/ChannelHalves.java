package dev.figment.nn;

import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/**
 * H x W x 2 C -> 2 H W C, flat: the first half of every pixel's channels, then the second. So a
 * convolution predicts means and log variances, which losses take one after the other.
 */
public record ChannelHalves() implements Layer {
  @Override
  public String kind() {
    return "channel_halves";
  }

  @Override
  public Shape outputShape(Shape input) {
    if (input.rank() != 3 || input.size(2) % 2 != 0) {
      throw new FigmentException(
          "Halves of channels take samples of height x width x an even number of channels and got shape %s."
              .formatted(input));
    }
    return Shape.of(Math.toIntExact(input.count()));
  }

  @Override
  public boolean isPiecewiseLinear() {
    return true;
  }

  @Override
  public Stage plan(StagePlan plan) {
    Shape sample = plan.input().shape().sample();
    int height = sample.size(0);
    int width = sample.size(1);
    int channels = sample.size(2);
    // All channels as planes: the first half of a sample's planes is one of 2 N half-samples.
    Shape planes = Shape.of(plan.batch(), channels, height, width);
    Shape halfPlanes = Shape.of(2 * plan.batch(), channels / 2, height, width);
    Shape halves = Shape.of(2 * plan.batch(), height, width, channels / 2);
    Tensor between = plan.saved().apply(planes);
    Kernels kernels = plan.kernels();
    return new Stage() {
      @Override
      public void forward() {
        apply(plan.output(), plan.input());
      }

      private void apply(Tensor y, Tensor x) {
        kernels.nhwcToNchw(between, x);
        kernels.nchwToNhwc(y.reshaped(halves), between.reshaped(halfPlanes));
      }

      @Override
      public void tangent(Tensor out, Tensor in, Tensor delta, GradientMode mode) {
        apply(out, in);
      }

      @Override
      public void backward(Tensor dx, Tensor dy, GradientMode mode) {
        if (dx != null) {
          kernels.nhwcToNchw(between.reshaped(halfPlanes), dy.reshaped(halves));
          kernels.nchwToNhwc(dx, between);
        }
      }
    };
  }
}
