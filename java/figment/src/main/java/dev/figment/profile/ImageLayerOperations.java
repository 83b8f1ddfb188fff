package dev.figment.profile;

import static dev.figment.profile.Operation.reals;

import dev.figment.device.Activation;
import dev.figment.device.ConvGeometry;
import dev.figment.device.GradientMode;
import dev.figment.device.Tensor;
import java.util.List;

/** image_layer.cu: the first layer of a discriminator, the last of a generator. */
final class ImageLayerOperations {
  private static final int BATCH = 16;
  private static final int WIDTH = 64;

  private ImageLayerOperations() {}

  static List<Operation> all() {
    ConvGeometry colour = ConvGeometry.same(64, 64, 3, WIDTH, 5, 2);
    return List.of(
        transposed("image_transposed_32", ConvGeometry.same(28, 28, 1, WIDTH, 5, 2), 64),
        transposed("image_transposed_80", colour, BATCH),
        transposed("image_transposed_112", ConvGeometry.same(64, 64, 4, WIDTH, 5, 2), BATCH),
        forward(colour),
        backwardWeights(colour));
  }

  private static Operation transposed(String kernel, ConvGeometry g, int batch) {
    long y = g.large(batch).count();
    long x = g.small(batch).count();
    return Operation.of(
            "image_layer", "conv_transpose_forward to " + g.channels(), Convolutions.text(g, batch))
        .kernel(
            kernel,
            Convolutions.flops(g, batch) + y,
            reals(y),
            reals(x),
            reals(g.weights().count()),
            reals(g.channels()))
        .calls(
            tensors -> {
              Tensor out = tensors.zeros(g.large(batch));
              Tensor in = tensors.values(g.small(batch));
              Tensor w = tensors.values(g.weights());
              Tensor bias = tensors.values(g.channels());
              return kernels -> kernels.convTransposeForward(out, in, w, bias, Activation.TANH, g);
            });
  }

  private static Operation forward(ConvGeometry g) {
    long y = g.small(BATCH).count();
    return Operation.of("image_layer", "conv_forward of 3", Convolutions.text(g, BATCH))
        .kernel(
            "image_forward",
            Convolutions.flops(g, BATCH) + y,
            reals(y),
            reals(g.large(BATCH).count()),
            reals(g.weights().count()),
            reals(WIDTH))
        .calls(
            tensors -> {
              Tensor out = tensors.zeros(g.small(BATCH));
              Tensor in = tensors.values(g.large(BATCH));
              Tensor w = tensors.values(g.weights());
              Tensor bias = tensors.values(WIDTH);
              Activation leaky = Activation.leakyRelu(0.2);
              return kernels -> kernels.convForward(out, in, w, bias, leaky, g);
            });
  }

  private static Operation backwardWeights(ConvGeometry g) {
    long y = g.small(BATCH).count();
    return Operation.of("image_layer", "conv_backward_weights of 3", Convolutions.text(g, BATCH))
        .kernel(
            "image_backward_weights",
            Convolutions.flops(g, BATCH) + y,
            reals(y),
            reals(g.large(BATCH).count()),
            reals(g.weights().count()),
            reals(WIDTH))
        .calls(
            tensors -> {
              Tensor dw = tensors.zeros(g.weights());
              Tensor dbias = tensors.zeros(WIDTH);
              Tensor dy = tensors.values(g.small(BATCH));
              Tensor x = tensors.values(g.large(BATCH));
              return kernels ->
                  kernels.convBackwardWeights(dw, dbias, dy, x, g, GradientMode.OVERWRITE);
            });
  }
}
