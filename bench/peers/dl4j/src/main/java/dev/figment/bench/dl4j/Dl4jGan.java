package dev.figment.bench.dl4j;

import dev.figment.bench.steps.GanWorkload;
import dev.figment.io.SafetensorsReader;
import java.util.List;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The step of {@link GanWorkload}: one update of the discriminator on real and generated images as
 * one batch, one of the generator on the same generated images. DL4J cannot hand a gradient through
 * a network without those of its parameters, so the generator's pass makes the discriminator's,
 * too, and leaves them unused.
 */
final class Dl4jGan implements Dl4jModel {
  private static final double SLOPE = 0.2;
  private static final double KEPT = 0.8; // of the running statistics
  private static final double EPSILON = 1e-3;

  private final Dl4jNetwork generator;
  private final Dl4jNetwork discriminator;
  private final Draws draws;
  private final int batch;

  /**
   * @param batch real images of a step
   */
  Dl4jGan(SafetensorsReader start, Dl4jNetwork.Updaters updaters, Draws draws, int batch) {
    this.draws = draws;
    this.batch = batch;
    IActivation identity = new ActivationIdentity();
    IActivation leakyRelu = new ActivationLReLU(SLOPE);
    IActivation relu = new ActivationReLU();
    IActivation tanh = new ActivationTanH();
    generator =
        new Dl4jNetwork.Plan("generator", start, updaters)
            .dense("dense_1", Layout.DENSE, leakyRelu)
            .dense("dense_2", Layout.DENSE, leakyRelu)
            .dense("dense_3", Layout.DENSE, leakyRelu)
            .dense("dense_4", Layout.TO_IMAGE, tanh)
            .transposed("conv_transpose_1", 1, identity)
            .normalised("batch_norm_1", KEPT, EPSILON, relu)
            .transposed("conv_transpose_2", 2, identity)
            .normalised("batch_norm_2", KEPT, EPSILON, relu)
            .transposed("conv_transpose_3", 2, tanh)
            .build();
    discriminator =
        new Dl4jNetwork.Plan("discriminator", start, updaters)
            .convolution("conv_1", leakyRelu)
            .dropped(draws.dropout(1, GanWorkload.DROPPED))
            .convolution("conv_2", leakyRelu)
            .dropped(draws.dropout(2, GanWorkload.DROPPED))
            .dense("dense_1", Layout.FROM_IMAGE, identity)
            .build();
  }

  /**
   * A logit's loss is softplus(-l) if the image is to be called real and softplus(l) if generated;
   * their gradients are sigmoid(l) - 1 and sigmoid(l).
   */
  @Override
  public float[] step() {
    INDArray real = draws.images();
    INDArray fake = generator.forward(draws.normal("z", batch, GanWorkload.LATENT));

    INDArray logits = discriminator.forward(Nd4j.concat(0, real, fake));
    INDArray ofReal = rows(logits, 0);
    INDArray ofFake = rows(logits, batch);
    float discriminatorLoss =
        realLoss(ofReal) + Transforms.softPlus(ofFake, true).meanNumber().floatValue();
    discriminator.backward(
        Nd4j.concat(0, realGradient(ofReal), Transforms.sigmoid(ofFake, true).divi(batch)));
    discriminator.update();

    INDArray judged = discriminator.forward(fake);
    float generatorLoss = realLoss(judged);
    generator.backward(discriminator.backward(realGradient(judged)));
    generator.update();
    Nd4j.getMemoryManager().invokeGc(); // of 0.7 GB, of which Java's heap shows nothing
    return new float[] {discriminatorLoss, generatorLoss};
  }

  private INDArray rows(INDArray logits, int from) {
    return logits.get(NDArrayIndex.interval(from, from + batch), NDArrayIndex.all());
  }

  private static float realLoss(INDArray logits) {
    return Transforms.softPlus(logits.neg(), false).meanNumber().floatValue();
  }

  private INDArray realGradient(INDArray logits) {
    return Transforms.sigmoid(logits, true).subi(1).divi(batch);
  }

  @Override
  public List<Dl4jNetwork> networks() {
    return List.of(generator, discriminator);
  }
}
