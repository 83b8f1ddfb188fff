package dev.figment.bench.dl4j;

import dev.figment.bench.steps.VaeWorkload;
import dev.figment.io.SafetensorsReader;
import dev.figment.io.SafetensorsWriter;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The step of {@link VaeWorkload}. DL4J's own layer for it, VariationalAutoencoder, only pre-trains
 * itself; so encoder and decoder are networks of dense layers, and what lies between and behind
 * them is written by ND4J's operations, with the gradients by hand.
 */
final class Dl4jVae {
  private static final int LAYERS = 4;

  /** What a step draws: N x 784 pixels, each 0 or 1, and N x latent normal numbers. */
  interface Draws {
    INDArray pixels();

    INDArray noise();
  }

  private final DenseStack encoder;
  private final DenseStack decoder;
  private final Draws draws;
  private final int batch;

  /**
   * @param batch images of a step
   */
  Dl4jVae(SafetensorsReader start, IUpdater updater, Draws draws, int batch) {
    this.draws = draws;
    this.batch = batch;
    encoder = new DenseStack("encoder", LAYERS, start, updater, batch);
    decoder = new DenseStack("decoder", LAYERS, start, updater, batch);
  }

  /** Trains one step; the losses, in the order of our workload. */
  float[] step() {
    INDArray pixels = draws.pixels();
    INDArray moments = encoder.forward(pixels);
    INDArray mean = half(moments, 0);
    INDArray logVariance = half(moments, 1);
    INDArray deviation = Transforms.exp(logVariance.mul(0.5), false);
    INDArray spread = deviation.mul(draws.noise());
    INDArray logits = decoder.forward(mean.add(spread));

    // Of a pixel x: softplus(l) - x l, whose gradient is sigmoid(l) - x.
    double reconstruction =
        Transforms.softPlus(logits, true).subi(logits.mul(pixels)).sumNumber().doubleValue();
    INDArray dz = decoder.backward(Transforms.sigmoid(logits, true).subi(pixels).divi(batch));
    INDArray variance = deviation.mul(deviation);
    double kl =
        variance.add(mean.mul(mean)).subi(logVariance).subi(1).sumNumber().doubleValue() / 2;
    INDArray dmean = dz.add(mean.div(batch));
    INDArray dlogVariance = dz.mul(spread).addi(variance.sub(1).divi(batch)).muli(0.5);
    encoder.backward(Nd4j.hstack(dmean, dlogVariance));
    return new float[] {(float) (reconstruction / batch), (float) (kl / batch)};
  }

  private static INDArray half(INDArray moments, int which) {
    int latent = VaeWorkload.LATENT;
    return moments
        .get(NDArrayIndex.all(), NDArrayIndex.interval(which * latent, (which + 1) * latent))
        .dup();
  }

  /** Adds the parameters in our layout. */
  void writeTo(SafetensorsWriter writer) {
    encoder.writeTo(writer);
    decoder.writeTo(writer);
  }
}
