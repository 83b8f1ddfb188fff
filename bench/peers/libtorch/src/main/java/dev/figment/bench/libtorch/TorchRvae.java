package dev.figment.bench.libtorch;

import dev.figment.bench.steps.RvaeWorkload;
import dev.figment.device.Kernels;
import dev.figment.io.SafetensorsReader;
import dev.figment.nn.Recurrent;
import dev.figment.train.RvaeConfig;
import java.util.List;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The step of {@link RvaeWorkload} by libtorch's own GRU and LSTM, which multiply the input of all
 * steps at once. The latents are a part of the decoder's input, and the second bias that libtorch's
 * LSTM has is zeros that are not trained. Our data has no gaps here, so that its mask is left out.
 */
final class TorchRvae implements TorchModel {
  private static final Scalar HALF = new Scalar(0.5);
  private static final ScalarOptional LOWEST =
      new ScalarOptional(new Scalar(-Kernels.LOG_VARIANCE_BOUND));
  private static final ScalarOptional HIGHEST =
      new ScalarOptional(new Scalar(Kernels.LOG_VARIANCE_BOUND));
  private static final double LOG_TWO_PI = Math.log(2 * Math.PI);

  private final Recurrent.Cell cell;
  private final TorchNetwork encoder;
  private final TorchNetwork moments;
  private final TorchNetwork initial;
  private final TorchNetwork decoder;
  private final TorchNetwork output;
  private final List<Optimizer> optimizers;
  private final Draws draws;
  private final int batch;
  private final Scalar share; // of a window in the loss
  private final Scalar constant; // of the loss
  private final Tensor zeroState; // 1 x N x H
  private final Tensor zeroInput; // 1 x N x F
  private final Tensor zeroBias;

  /**
   * @param timed what is trained by Adam; null for gradient descent at the file's rates
   * @param batch windows of a step
   */
  TorchRvae(
      Recurrent.Cell cell, SafetensorsReader start, Draws draws, int batch, RvaeConfig timed) {
    this.cell = cell;
    this.draws = draws;
    this.batch = batch;
    share = new Scalar(1.0 / batch);
    constant = new Scalar(LOG_TWO_PI * RvaeWorkload.STEPS * RvaeWorkload.FEATURES / 2);
    encoder = new TorchNetwork("encoder", start, name -> Layout.PLAIN);
    moments = new TorchNetwork("moments_1", start, name -> Layout.PLAIN);
    initial = new TorchNetwork("initial_1", start, name -> Layout.PLAIN);
    decoder = new TorchNetwork("decoder", start, name -> Layout.PLAIN);
    output = new TorchNetwork("output", start, name -> Layout.PLAIN);
    optimizers = networks().stream().map(network -> optimizer(network, timed)).toList();
    zeroState = torch.zeros(1, batch, RvaeWorkload.UNITS);
    zeroInput = torch.zeros(1, batch, RvaeWorkload.FEATURES);
    zeroBias = torch.zeros(encoder.value(name("input_bias")).size(0));
  }

  private static Optimizer optimizer(TorchNetwork network, RvaeConfig timed) {
    return timed == null ? network.gradientDescent() : network.adam(timed.update());
  }

  private String name(String parameter) {
    return (cell == Recurrent.Cell.GRU ? "gru_1." : "lstm_1.") + parameter;
  }

  /** The states of all steps, T x N x H, and the last one, 1 x N x H. */
  private record States(Tensor all, Tensor last) {}

  /**
   * Runs a layer.
   *
   * @param weight of the input, G H x width
   * @param begin 1 x N x H; a cell begins at zero
   */
  private States run(TorchNetwork network, Tensor weight, Tensor input, Tensor begin) {
    Tensor hidden = network.value(name("hidden_weight"));
    Tensor bias = network.value(name("input_bias"));
    if (cell == Recurrent.Cell.GRU) {
      TensorVector weights =
          new TensorVector(weight, hidden, bias, network.value(name("hidden_bias")));
      T_TensorTensor_T states = torch.gru(input, begin, weights, true, 1, 0.0, true, false, false);
      return new States(states.get0(), states.get1());
    }
    TensorVector weights = new TensorVector(weight, hidden, bias, zeroBias);
    T_TensorTensorTensor_T states =
        torch.lstm(
            input, new TensorVector(begin, zeroState), weights, true, 1, 0.0, true, false, false);
    return new States(states.get0(), states.get1());
  }

  private static Tensor dense(TorchNetwork network, Tensor x) {
    return torch.linear(x, network.value("dense_1.weight"), network.optional("dense_1.bias"));
  }

  /** The latents at every step beside the step before. */
  private Tensor decoderInput(Tensor windows, Tensor z) {
    long steps = windows.size(0);
    Tensor before = torch.cat(new TensorVector(zeroInput, windows.narrow(0, 0, steps - 1)));
    Tensor everywhere = z.unsqueeze(0).expand(steps, batch, RvaeWorkload.LATENT);
    return torch.cat(new TensorVector(before, everywhere), 2);
  }

  private Tensor decode(Tensor windows, Tensor z) {
    Tensor begin = torch.tanh_(dense(initial, z)).unsqueeze(0);
    Tensor weight =
        torch.cat(
            new TensorVector(
                decoder.value(name("input_weight")), decoder.value(name("constant_weight"))),
            1);
    return dense(output, run(decoder, weight, decoderInput(windows, z), begin).all());
  }

  @Override
  public float[] step() {
    Tensor windows = draws.windows();
    Tensor last =
        run(encoder, encoder.value(name("input_weight")), windows, zeroState).last().squeeze(0);
    Posterior posterior = Posterior.of(dense(moments, last), RvaeWorkload.LATENT);
    Tensor z = posterior.sample(draws.normal("epsilon", batch, RvaeWorkload.LATENT));
    Tensor prediction = decode(windows, z);

    // -log N(x; mean, variance) = ((x - mean)^2 / variance + log variance + log 2 pi) / 2
    Tensor mean = prediction.narrow(2, 0, RvaeWorkload.FEATURES);
    Tensor logVariance =
        torch.clamp(
            prediction.narrow(2, RvaeWorkload.FEATURES, RvaeWorkload.FEATURES), LOWEST, HIGHEST);
    Tensor reconstruction =
        windows
            .sub(mean)
            .square()
            .mul(logVariance.neg().exp())
            .add(logVariance)
            .sum()
            .mul(HALF)
            .mul(share)
            .add(constant);
    Tensor kl = posterior.kl().mul(share);
    optimizers.forEach(Optimizer::zero_grad);
    reconstruction.add(kl).backward();
    optimizers.forEach(Optimizer::step);
    return new float[] {reconstruction.item_float(), kl.item_float()};
  }

  @Override
  public List<TorchNetwork> networks() {
    return List.of(encoder, moments, initial, decoder, output);
  }
}
