package dev.figment.bench.libtorch;

import dev.figment.bench.steps.GanWorkload;
import dev.figment.device.Precision;
import dev.figment.io.SafetensorsReader;
import dev.figment.train.GanConfig;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The step of {@link GanWorkload}: one update of the discriminator on real and generated images as
 * one batch, one of the generator on the same generated images. Activations are in place, and the
 * generator's pass leaves no gradients of the discriminator's parameters, as one does who wants it
 * fast.
 */
final class TorchGan implements TorchModel {
  private static final Scalar SLOPE = new Scalar(0.2);
  private static final double OLD_SHARE = 0.2; // of the batch's statistics: ours keep 0.8
  private static final double EPSILON = 1e-3;
  private static final long SIDE = 7;
  private static final long[] ONE = {1, 1};
  private static final long[] TWO = {2, 2};
  private static final long[] PADDING = {2, 2};
  private static final long[] NONE = {0, 0};

  private final TorchNetwork generator;
  private final TorchNetwork discriminator;
  private final Optimizer generatorOptimizer;
  private final Optimizer discriminatorOptimizer;
  private final boolean bf16;
  private final Draws draws;
  private final int batch;

  /**
   * @param precision of products: bf16 is what torch.autocast makes of the forward passes
   * @param timed what is trained by Adam; null for gradient descent at the file's rates
   * @param batch real images of a step
   */
  TorchGan(Precision precision, SafetensorsReader start, Draws draws, int batch, GanConfig timed) {
    bf16 = precision == Precision.BF16;
    torch.set_autocast_dtype(DeviceType.CPU, ScalarType.BFloat16);
    torch.set_autocast_cache_enabled(false); // weights change between its passes
    this.draws = draws;
    this.batch = batch;
    generator = new TorchNetwork("generator", start, TorchGan::ofGenerator);
    discriminator = new TorchNetwork("discriminator", start, TorchGan::ofDiscriminator);
    generatorOptimizer = optimizer(generator, timed);
    discriminatorOptimizer = optimizer(discriminator, timed);
  }

  private static Optimizer optimizer(TorchNetwork network, GanConfig timed) {
    return timed == null ? network.gradientDescent() : network.adam(timed.update());
  }

  private static Layout ofGenerator(String name) {
    if (name.equals("conv_transpose_3.bias")) {
      return Layout.PLAIN;
    }
    return name.startsWith("conv") ? Layout.IMAGES : stem(name);
  }

  private static Layout stem(String name) {
    return name.startsWith("dense_4.") ? Layout.TO_IMAGE : Layout.PLAIN;
  }

  private static Layout ofDiscriminator(String name) {
    if (name.endsWith(".bias")) {
      return Layout.PLAIN;
    }
    return name.startsWith("conv") ? Layout.IMAGES : Layout.FROM_IMAGE;
  }

  private Tensor cast(Supplier<Tensor> forward) {
    if (!bf16) {
      return forward.get();
    }
    torch.set_autocast_enabled(DeviceType.CPU, true);
    Tensor result = forward.get();
    torch.set_autocast_enabled(DeviceType.CPU, false);
    return result.to(ScalarType.Float);
  }

  private Tensor generate(Tensor z) {
    Tensor x = z;
    for (int layer = 1; layer <= 3; layer++) {
      x = torch.leaky_relu_(dense(generator, layer, x), SLOPE);
    }
    x = torch.tanh_(dense(generator, 4, x)).reshape(batch, -1, SIDE, SIDE);
    x = normalised(1, transposed(1, x, ONE, NONE));
    x = normalised(2, transposed(2, x, TWO, ONE));
    return torch.tanh_(transposed(3, x, TWO, ONE));
  }

  private static Tensor dense(TorchNetwork network, int layer, Tensor x) {
    String name = "dense_" + layer;
    return torch.linear(x, network.value(name + ".weight"), network.optional(name + ".bias"));
  }

  private Tensor transposed(int layer, Tensor x, long[] stride, long[] outputPadding) {
    String name = "conv_transpose_" + layer;
    TensorOptional bias = generator.optional(name + ".bias");
    return torch.conv_transpose2d(
        x, generator.value(name + ".weight"), bias, stride, PADDING, outputPadding, 1, ONE);
  }

  private Tensor normalised(int layer, Tensor x) {
    String name = "batch_norm_" + layer;
    return torch.relu_(
        torch.batch_norm(
            x,
            generator.optional(name + ".gamma"),
            generator.optional(name + ".beta"),
            generator.optional(name + ".running_mean"),
            generator.optional(name + ".running_variance"),
            true,
            OLD_SHARE,
            EPSILON,
            false));
  }

  /**
   * Logits.
   *
   * @param pass whose dropout it is
   */
  private Tensor discriminate(Tensor images, String pass) {
    Tensor x = images;
    for (int layer = 1; layer <= 2; layer++) {
      String name = "conv_" + layer;
      x =
          torch.conv2d(
              x,
              discriminator.value(name + ".weight"),
              discriminator.optional(name + ".bias"),
              TWO,
              PADDING,
              ONE,
              1);
      x = torch.leaky_relu_(x, SLOPE);
      x = draws.dropped(pass + "_" + layer, x, GanWorkload.DROPPED);
    }
    return dense(discriminator, 1, x.reshape(x.size(0), -1));
  }

  @Override
  public float[] step() {
    Tensor real = draws.images();
    Tensor z = draws.normal("z", batch, GanWorkload.LATENT);
    Tensor fake = cast(() -> generate(z));

    Tensor both = torch.cat(new TensorVector(real, fake.detach()));
    Tensor logits = cast(() -> discriminate(both, "both"));
    Tensor discriminatorLoss =
        torch
            .softplus(logits.narrow(0, 0, batch).neg())
            .mean()
            .add(torch.softplus(logits.narrow(0, batch, batch)).mean());
    discriminatorOptimizer.zero_grad();
    discriminatorLoss.backward();
    discriminatorOptimizer.step();

    discriminator.requiresGradients(false);
    Tensor generatorLoss = torch.softplus(cast(() -> discriminate(fake, "fake")).neg()).mean();
    generatorOptimizer.zero_grad();
    generatorLoss.backward();
    generatorOptimizer.step();
    discriminator.requiresGradients(true);
    return new float[] {discriminatorLoss.item_float(), generatorLoss.item_float()};
  }

  @Override
  public List<TorchNetwork> networks() {
    return List.of(generator, discriminator);
  }
}
