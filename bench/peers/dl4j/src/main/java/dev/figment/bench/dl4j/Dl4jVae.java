package dev.figment.bench.dl4j;

import dev.figment.bench.steps.VaeWorkload;
import dev.figment.io.SafetensorsReader;
import java.util.List;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The step of {@link VaeWorkload}. DL4J's own layer for it, VariationalAutoencoder, only pre-trains
 * itself; so encoder and decoder are networks of dense layers, and what lies between and behind
 * them is written by ND4J's operations, with the gradients by hand.
 */
final class Dl4jVae implements Dl4jModel {
  private static final double SLOPE = 0.2;
  private static final int LAYERS = 4; // of the encoder, and of the decoder

  private final Dl4jNetwork encoder;
  private final Dl4jNetwork decoder;
  private final Draws draws;
  private final int batch;

  /**
   * @param batch images of a step
   */
  Dl4jVae(SafetensorsReader start, Dl4jNetwork.Updaters updaters, Draws draws, int batch) {
    this.draws = draws;
    this.batch = batch;
    encoder = dense(new Dl4jNetwork.Plan("encoder", start, updaters));
    decoder = dense(new Dl4jNetwork.Plan("decoder", start, updaters));
  }

  private static Dl4jNetwork dense(Dl4jNetwork.Plan plan) {
    for (int layer = 1; layer <= LAYERS; layer++) {
      plan.dense(
          "dense_" + layer,
          Layout.DENSE,
          layer < LAYERS ? new ActivationLReLU(SLOPE) : new ActivationIdentity());
    }
    return plan.build();
  }

  @Override
  public float[] step() {
    INDArray pixels = draws.pixels();
    INDArray moments = encoder.forward(pixels);
    INDArray mean = half(moments, 0);
    INDArray logVariance = half(moments, 1);
    INDArray deviation = Transforms.exp(logVariance.mul(0.5), false);
    INDArray spread = deviation.mul(draws.normal("epsilon", batch, VaeWorkload.LATENT));
    INDArray logits = decoder.forward(mean.add(spread));

    // Of a pixel x: softplus(l) - x l, whose gradient is sigmoid(l) - x.
    double reconstruction =
        Transforms.softPlus(logits, true).subi(logits.mul(pixels)).sumNumber().doubleValue();
    INDArray dz = decoder.backward(Transforms.sigmoid(logits, true).subi(pixels).divi(batch));
    decoder.update();
    INDArray variance = deviation.mul(deviation);
    double kl =
        variance.add(mean.mul(mean)).subi(logVariance).subi(1).sumNumber().doubleValue() / 2;
    INDArray dmean = dz.add(mean.div(batch));
    INDArray dlogVariance = dz.mul(spread).addi(variance.sub(1).divi(batch)).muli(0.5);
    encoder.backward(Nd4j.hstack(dmean, dlogVariance));
    encoder.update();
    return new float[] {(float) (reconstruction / batch), (float) (kl / batch)};
  }

  private static INDArray half(INDArray moments, int which) {
    int latent = VaeWorkload.LATENT;
    return moments
        .get(NDArrayIndex.all(), NDArrayIndex.interval(which * latent, (which + 1) * latent))
        .dup();
  }

  @Override
  public List<Dl4jNetwork> networks() {
    return List.of(encoder, decoder);
  }
}
