package dev.figment.train;

import dev.figment.device.Activation;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.GanLoss;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.Vae;
import dev.figment.model.VaeArchitecture;
import dev.figment.nn.Network;
import dev.figment.nn.Pass;
import dev.figment.nn.Randomness;
import java.util.Arrays;
import java.util.Map;

/**
 * What makes a VAE a VAE-GAN: a discriminator that learns to tell the data from images of latents
 * drawn from the prior. The decoder is trained to make it err; encoder and decoder to reconstruct
 * what it sees of an image, the outputs of its last hidden layer. Source: Larsen, Sonderby,
 * Larochelle and Winther, "Autoencoding beyond pixels using a learned similarity metric" (2016),
 * with these terms added to the pixels' likelihood instead of in its place. As there, the error of
 * the discriminator does not reach the encoder. All gradients of a step are of the same parameters.
 */
final class AdversarialTerm implements AutoCloseable {
  /** Of features: a Gaussian of variance 1, but for its constant. */
  private static final Likelihood DISTANCE = new Likelihood(Likelihood.Kind.GAUSSIAN, 1, 0);

  private static final GanLoss LOSS = GanLoss.NON_SATURATING;

  private final Kernels kernels;
  private final VaeArchitecture architecture;
  private final double weight;
  private final int batch;
  private final Randomness randomness;
  private final Resources resources = new Resources();

  private final Network features; // image -> what is seen of it
  private final Network judge; // that -> logit
  private final Updater featuresUpdater;
  private final Updater judgeUpdater;

  private final Tensor images; // 2 batch: of the data, then sampled
  private final Tensor labels; // 2 batch: of both; null without labels
  private final Tensor imageLabels; // batch: those of the data; null without
  private final Pass seeBoth;
  private final Pass judgeBoth;
  private final Tensor reconstructed; // batch x pixels
  private final Pass seeReconstructed;
  private final Pass decode; // of latents from the prior
  private final Tensor dlogits; // 2 batch
  private final Tensor dfeatures; // batch x features
  private final Tensor dpixels; // batch x pixels
  private final Tensor featureLosses; // accumulate
  private final Tensor generatorLosses; // accumulate
  private final Tensor verdicts; // accumulate x 3: loss, mean score of data, of samples

  /**
   * @param labels of the data's images, INT32 [batch]; null where the networks take none
   */
  AdversarialTerm(Device device, VaeConfig config, Vae vae, Randomness randomness, Tensor labels) {
    kernels = device.kernels();
    architecture = config.architecture();
    weight = config.adversarial();
    batch = config.batch();
    this.randomness = randomness;
    imageLabels = labels;
    int pixels = architecture.pixels();
    try {
      features =
          resources
              .own(new Network(device, randomness, architecture.image(), architecture.features()))
              .initialise();
      judge =
          resources
              .own(new Network(device, randomness, features.outputShape(), architecture.judge()))
              .initialise();
      featuresUpdater = updater(device, config, features);
      judgeUpdater = updater(device, config, judge);
      images =
          resources.own(device.allocate(DataType.REAL, architecture.image().batched(2 * batch)));
      this.labels =
          labels == null
              ? null
              : resources.own(device.allocate(DataType.INT32, Shape.of(2 * batch)));
      seeBoth =
          resources.own(
              features
                  .pass(2 * batch)
                  .from(images)
                  .labelled(this.labels)
                  .training()
                  .withInputGradient()
                  .build());
      judgeBoth =
          resources.own(
              judge.pass(2 * batch).from(seeBoth.output()).training().withInputGradient().build());
      reconstructed = real(device, Shape.of(batch, pixels));
      seeReconstructed =
          resources.own(
              features
                  .pass(batch)
                  .from(reconstructed.reshaped(architecture.image().batched(batch)))
                  .labelled(labels)
                  .training()
                  .withInputGradient()
                  .build());
      decode = resources.own(vae.decoder().pass(batch).labelled(labels).training().build());
      dlogits = real(device, Shape.of(2 * batch));
      dfeatures = real(device, seeReconstructed.output().shape());
      dpixels = real(device, Shape.of(batch, pixels));
      featureLosses = real(device, Shape.of(config.accumulate()));
      generatorLosses = real(device, Shape.of(config.accumulate()));
      verdicts = real(device, Shape.of(config.accumulate(), 3));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private Tensor real(Device device, Shape shape) {
    return resources.own(device.allocate(DataType.REAL, shape));
  }

  private Updater updater(Device device, VaeConfig config, Network network) {
    return resources.own(
        new Updater(device, network.parameters(), config.update(), config.accumulate()));
  }

  /**
   * The terms of a batch: adds to the gradient of the decoder's output, and leaves the
   * discriminator's gradients. {@link #train} adds the decoder's own.
   *
   * @param number of the batch in its step
   * @param target batch x pixels, of the data
   * @param prediction batch x pixels, what the decoder made of the images' latents
   * @param dprediction of that; updated
   */
  void add(int number, Tensor target, Tensor prediction, Tensor dprediction, GradientMode mode) {
    seeDataAndSamples(target);
    kernels.ganDiscriminatorLoss(
        verdicts.rows(number, 1).reshaped(Shape.of(3)), dlogits, logits(), LOSS, 0);
    judgeBoth.backward(dlogits.reshaped(judgeBoth.output().shape()), mode);
    seeBoth.backward(judgeBoth.inputGradient(), mode);

    pixelsOf(reconstructed, prediction);
    seeReconstructed.forward();
    int numbers = Math.toIntExact(dfeatures.count() / batch);
    kernels.reconstructionLoss(
        featureLosses.rows(number, 1),
        null,
        dfeatures.reshaped(Shape.of(batch, numbers)),
        seeReconstructed.output().reshaped(Shape.of(batch, numbers)),
        seeBoth.output().rows(0, batch).reshaped(Shape.of(batch, numbers)),
        null,
        DISTANCE,
        batch);
    seeReconstructed.backward(dfeatures, GradientMode.IGNORE);
    gradientOfPrediction(seeReconstructed.inputGradient(), reconstructed);
    kernels.add(dprediction, dprediction, dpixels);
  }

  private void seeDataAndSamples(Tensor target) {
    kernels.normal(decode.input(), 0, 1, randomness.stream(RandomStream.LATENT));
    decode.forward();
    kernels.copy(flat(images.rows(0, batch)), target);
    pixelsOf(flat(images.rows(batch, batch)), flat(decode.output()));
    if (labels != null) {
      kernels.copy(labels.rows(0, batch), imageLabels);
      kernels.copy(labels.rows(batch, batch), imageLabels);
    }
    seeBoth.forward();
    judgeBoth.forward();
  }

  /**
   * After the decoder's backward pass: its gradient of the loss of sampled images, added to what is
   * there.
   */
  void train(int number) {
    kernels.fill(dlogits, 0); // the data's images are nobody's doing
    kernels.ganGeneratorLoss(
        generatorLosses.rows(number, 1),
        dlogits.rows(batch, batch),
        logits().rows(batch, batch),
        LOSS);
    judgeBoth.backward(dlogits.reshaped(judgeBoth.output().shape()), GradientMode.IGNORE);
    seeBoth.backward(judgeBoth.inputGradient(), GradientMode.IGNORE);
    gradientOfPrediction(
        seeBoth.inputGradient().rows(batch, batch), flat(images.rows(batch, batch)));
    decode.backward(dpixels.reshaped(decode.output().shape()), GradientMode.ACCUMULATE);
  }

  private Tensor logits() {
    return judgeBoth.output().reshaped(Shape.of(2 * batch));
  }

  private Tensor flat(Tensor images) {
    return images.reshaped(Shape.of(batch, architecture.pixels()));
  }

  /** The expected pixels of a prediction. */
  private void pixelsOf(Tensor expected, Tensor prediction) {
    if (architecture.likelihood().kind() == Likelihood.Kind.BERNOULLI) {
      kernels.activationForward(expected, prediction, Activation.SIGMOID);
    } else {
      kernels.copy(expected, prediction);
    }
  }

  /** dpixels = weight times the gradient of a prediction, from that of its expected pixels. */
  private void gradientOfPrediction(Tensor dexpected, Tensor expected) {
    kernels.scale(dpixels, flat(dexpected), weight);
    if (architecture.likelihood().kind() == Likelihood.Kind.BERNOULLI) {
      kernels.activationBackward(dpixels, dpixels, expected, Activation.SIGMOID);
    }
  }

  /** As {@link Updater#update}. */
  void update(Tensor norm) {
    featuresUpdater.update(norm);
    judgeUpdater.update(norm);
  }

  /** As {@link Updater#schedule}. */
  void schedule(long done) {
    featuresUpdater.schedule(done);
    judgeUpdater.schedule(done);
  }

  /** What the last step gave. */
  VaeStep.Judged judged() {
    double[] all = verdicts.toDoubles();
    double[] means = new double[3];
    for (int i = 0; i < all.length; i++) {
      means[i % 3] += all[i] / (all.length / 3);
    }
    return new VaeStep.Judged(
        Arrays.stream(featureLosses.toDoubles()).average().orElseThrow(),
        Arrays.stream(generatorLosses.toDoubles()).average().orElseThrow(),
        means[0],
        means[1],
        means[2]);
  }

  /** What the discriminator keeps from step to step. */
  Map<String, Tensor> state() {
    Map<String, Tensor> state = featuresUpdater.state("features.");
    state.putAll(judgeUpdater.state("judge."));
    return state;
  }

  Network features() {
    return features;
  }

  Network judge() {
    return judge;
  }

  @Override
  public void close() {
    resources.close();
  }
}
