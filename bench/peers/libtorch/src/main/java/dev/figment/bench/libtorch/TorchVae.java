package dev.figment.bench.libtorch;

import dev.figment.bench.steps.VaeWorkload;
import dev.figment.io.SafetensorsReader;
import dev.figment.train.VaeConfig;
import java.util.List;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.Reduction;

/** The step of {@link VaeWorkload}. */
final class TorchVae implements TorchModel {
  private static final Scalar SLOPE = new Scalar(0.2);
  private static final int LAYERS = 4; // of the encoder, and of the decoder

  private final TorchNetwork encoder;
  private final TorchNetwork decoder;
  private final Optimizer encoderOptimizer;
  private final Optimizer decoderOptimizer;
  private final Draws draws;
  private final int batch;
  private final Scalar share; // of an image in the loss

  /**
   * @param timed what is trained by Adam; null for gradient descent at the file's rates
   * @param batch images of a step
   */
  TorchVae(SafetensorsReader start, Draws draws, int batch, VaeConfig timed) {
    this.draws = draws;
    this.batch = batch;
    share = new Scalar(1.0 / batch);
    encoder = new TorchNetwork("encoder", start, name -> Layout.PLAIN);
    decoder = new TorchNetwork("decoder", start, name -> Layout.PLAIN);
    encoderOptimizer = optimizer(encoder, timed);
    decoderOptimizer = optimizer(decoder, timed);
  }

  private static Optimizer optimizer(TorchNetwork network, VaeConfig timed) {
    return timed == null ? network.gradientDescent() : network.adam(timed.update());
  }

  private static Tensor through(TorchNetwork network, Tensor input) {
    Tensor x = input;
    for (int layer = 1; layer <= LAYERS; layer++) {
      String name = "dense_" + layer;
      x = torch.linear(x, network.value(name + ".weight"), network.optional(name + ".bias"));
      if (layer < LAYERS) {
        x = torch.leaky_relu_(x, SLOPE);
      }
    }
    return x;
  }

  @Override
  public float[] step() {
    Tensor pixels = draws.pixels();
    Posterior posterior = Posterior.of(through(encoder, pixels), VaeWorkload.LATENT);
    Tensor z = posterior.sample(draws.normal("epsilon", batch, VaeWorkload.LATENT));
    Tensor logits = through(decoder, z);
    Tensor reconstruction =
        torch
            .binary_cross_entropy_with_logits(
                logits, pixels, new TensorOptional(), new TensorOptional(), Reduction.Sum.value)
            .mul(share);
    Tensor kl = posterior.kl().mul(share);
    encoderOptimizer.zero_grad();
    decoderOptimizer.zero_grad();
    reconstruction.add(kl).backward();
    encoderOptimizer.step();
    decoderOptimizer.step();
    return new float[] {reconstruction.item_float(), kl.item_float()};
  }

  @Override
  public List<TorchNetwork> networks() {
    return List.of(encoder, decoder);
  }
}
