package dev.figment.train;

import dev.figment.data.ImageDataset;
import dev.figment.data.PreparedBatches;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.KernelLaunch;
import dev.figment.device.Kernels;
import dev.figment.device.RandomStream;
import dev.figment.device.RepeatedCalls;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.Vae;
import dev.figment.model.VaeArchitecture;
import dev.figment.nn.Network;
import dev.figment.nn.Pass;
import dev.figment.nn.Randomness;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Trains a {@link Vae} step by step on the reconstruction and the weighted KL of {@link KlTerm},
 * through one sample of the latent vector an image, or on the {@link ImportanceWeightedBound} of
 * several. The KL's weight and capacity lie in device memory, so that a recorded step can be
 * replayed while they change.
 */
public final class VaeTrainer implements Trainer<VaeStep> {
  /** Pixels 0..255 to 0..1. */
  static final double PIXEL_SCALE = 1.0 / 255;

  /** Nats around a capacity in which its pull grows from none to all, for it has a corner there. */
  private static final double CORNER = 1e-6;

  private final Kernels kernels;
  private final VaeConfig config;
  private final PreparedBatches batches;
  private final Randomness randomness;
  private final Vae vae;
  private final Updater encoderUpdater;
  private final Updater decoderUpdater;
  private final Resources resources = new Resources();

  private final byte[] pixels;
  private final Tensor deviceBytes; // accumulate * batch x image
  private final Pass encode; // images -> moments
  private final Pass decode; // latents -> prediction
  private final Tensor target; // batch x pixels: the encoder's input
  private final Tensor prediction; // batch x outputs * pixels
  private final Tensor dprediction;
  private final Tensor dmoments; // batch x 2 latent
  private final Tensor klOfDimensions; // latent
  private final VaeLabels labels;
  private final AdversarialTerm adversary; // null without a discriminator
  private final ImportanceWeightedBound bound; // null of one latent an image
  private final Tensor bounds; // accumulate: negative
  private final Tensor reconstructions; // accumulate
  private final Tensor kls; // accumulate
  private final Tensor beta; // [1]
  private final Tensor minusCapacity; // [1]
  private final Tensor pull; // [1]: beta, with the sign that leads to the capacity
  private final Tensor total; // [1]: norm or sum of a tensor
  private final RepeatedCalls calls;
  private long step;

  /** Builds, initialises and plans everything on {@code device}. */
  public VaeTrainer(Device device, VaeConfig config, ImageDataset data) {
    VaeArchitecture architecture = config.architecture();
    Shape image = architecture.image();
    Shape dataImage = Shape.of(data.height(), data.width(), data.channels());
    if (!dataImage.equals(image)) {
      throw new FigmentException(
          "The networks make images of %s and %s holds images of %s; give data of that size."
              .formatted(image, data.name(), dataImage));
    }
    this.config = config;
    kernels = device.kernels();
    int batch = config.batch();
    batches = resources.own(new PreparedBatches(data, batch, config.seed(), RandomStream.SHUFFLE));
    pixels = new byte[Math.multiplyExact(batch, data.imageBytes())];
    try {
      randomness = resources.own(new Randomness(device, config.seed()));
      vae = resources.own(new Vae(device, randomness, architecture)).initialise();
      encoderUpdater = updater(device, vae.encoder());
      decoderUpdater = updater(device, vae.decoder());
      deviceBytes =
          resources.own(
              device.allocate(
                  DataType.UINT8, image.batched(Math.multiplyExact(config.accumulate(), batch))));
      labels = resources.own(new VaeLabels(device, config, data));
      encode =
          resources.own(vae.encoder().pass(batch).training().labelled(labels.encoded()).build());
      int decoded = Math.multiplyExact(config.samples(), batch);
      decode =
          resources.own(
              vae.decoder()
                  .pass(decoded)
                  .training()
                  .withInputGradient()
                  .labelled(labels.decoded())
                  .build());
      target = encode.input().reshaped(Shape.of(batch, architecture.pixels()));
      prediction =
          decode
              .output()
              .reshaped(
                  Shape.of(
                      decoded,
                      Math.multiplyExact(
                          architecture.likelihood().outputs(), architecture.pixels())));
      dprediction = real(device, prediction.shape());
      dmoments = real(device, encode.output().shape());
      klOfDimensions = real(device, Shape.of(architecture.latent()));
      adversary = config.adversarial() > 0 ? resources.own(adversary(device)) : null;
      bound = config.samples() > 1 ? resources.own(weighted(device)) : null;
      bounds = real(device, Shape.of(config.accumulate()));
      reconstructions = real(device, Shape.of(config.accumulate()));
      kls = real(device, Shape.of(config.accumulate()));
      beta = real(device, Shape.of(1));
      minusCapacity = real(device, Shape.of(1));
      pull = real(device, Shape.of(1));
      total = real(device, Shape.of(1));
      calls = resources.own(new RepeatedCalls(device, this::kernelCalls));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private Tensor real(Device device, Shape shape) {
    return resources.own(device.allocate(DataType.REAL, shape));
  }

  private AdversarialTerm adversary(Device device) {
    return new AdversarialTerm(device, config, vae, randomness, labels.encoded());
  }

  private ImportanceWeightedBound weighted(Device device) {
    return new ImportanceWeightedBound(
        device, config.architecture(), config.samples(), encode, decode, target, dprediction);
  }

  private Updater updater(Device device, Network network) {
    return resources.own(
        new Updater(device, network.parameters(), config.update(), config.accumulate()));
  }

  @Override
  public VaeStep step() {
    for (int i = 0; i < config.accumulate(); i++) {
      batches.next(pixels);
      bytes(i).write(pixels);
      labels.write(i, batches);
    }
    encoderUpdater.schedule(step);
    decoderUpdater.schedule(step);
    if (adversary != null) {
      adversary.schedule(step);
    }
    double weight = config.kl().weight(step);
    beta.write(weight);
    minusCapacity.write(-config.kl().capacity(step));
    calls.run();
    step++;
    double reconstruction = mean(reconstructions);
    double kl = mean(kls);
    double loss = bound == null ? reconstruction + kl : mean(bounds);
    VaeStep.Judged judged = adversary == null ? null : adversary.judged();
    return new VaeStep(step, batches.epoch(), loss, reconstruction, kl, weight, judged);
  }

  private static double mean(Tensor results) {
    return Arrays.stream(results.toDoubles()).average().orElseThrow();
  }

  /** What a step launches, in order: known from the second step on, of a device that records. */
  public List<KernelLaunch> launches() {
    return calls.launches();
  }

  private Tensor bytes(int number) {
    return deviceBytes.rows(number * config.batch(), config.batch());
  }

  private void kernelCalls() {
    for (int i = 0; i < config.accumulate(); i++) {
      batch(i);
    }
    encoderUpdater.update(total);
    decoderUpdater.update(total);
    if (adversary != null) {
      adversary.update(total);
    }
  }

  private void batch(int number) {
    randomness.advance();
    labels.take(number);
    kernels.bytesToReal(encode.input(), bytes(number), PIXEL_SCALE, 0);
    if (config.binarize()) {
      kernels.bernoulli(target, target, randomness.stream(RandomStream.BINARIZATION));
    }
    RandomStream noise = randomness.stream(RandomStream.EPSILON);
    GradientMode mode = number == 0 ? GradientMode.OVERWRITE : GradientMode.ACCUMULATE;
    encode.forward();
    if (bound == null) {
      single(number, noise, mode);
    } else {
      bound.train(
          bounds.rows(number, 1),
          reconstructions.rows(number, 1),
          kls.rows(number, 1),
          dmoments,
          noise,
          mode);
    }
    encode.backward(dmoments, mode);
  }

  /** The evidence lower bound through one latent an image, and its gradients but the encoder's. */
  private void single(int number, RandomStream noise, GradientMode mode) {
    kernels.reparameterizeForward(decode.input(), klOfDimensions, encode.output(), noise);
    decode.forward();
    kernels.reconstructionLoss(
        reconstructions.rows(number, 1),
        null,
        dprediction,
        prediction,
        target,
        null,
        config.architecture().likelihood(),
        config.batch());
    kernels.sum(kls.rows(number, 1), klOfDimensions);
    if (adversary != null) {
      adversary.add(number, target, prediction, dprediction, mode);
    }
    decode.backward(dprediction.reshaped(decode.output().shape()), mode);
    if (adversary != null) {
      adversary.train(number);
    }
    kernels.reparameterizeBackward(
        dmoments,
        decode.inputGradient(),
        encode.output(),
        klOfDimensions,
        klWeight(kls.rows(number, 1)),
        config.kl().freeBits(),
        noise);
  }

  /** beta; or, with a capacity c, the derivative of beta |KL - c|. */
  private Tensor klWeight(Tensor kl) {
    if (!config.kl().hasCapacity()) {
      return beta;
    }
    kernels.add(pull, kl, minusCapacity);
    kernels.scale(pull, pull, 1 / CORNER);
    kernels.clamp(pull, pull, -1, 1);
    kernels.scaleBy(pull, pull, beta);
    return pull;
  }

  @Override
  public long steps() {
    return step;
  }

  public VaeConfig config() {
    return config;
  }

  /** What makes it a VAE-GAN; null without a discriminator. */
  AdversarialTerm adversary() {
    return adversary;
  }

  public Vae vae() {
    return vae;
  }

  @Override
  public int examplesOfStep() {
    return config.accumulate() * config.batch();
  }

  @Override
  public int[] dataCursor() {
    return new int[] {batches.epoch(), batches.position()};
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = encoderUpdater.state("encoder.");
    state.putAll(decoderUpdater.state("decoder."));
    if (adversary != null) {
      state.putAll(adversary.state());
    }
    state.put("random.counter", randomness.counter());
    return state;
  }

  @Override
  public void restore(long restoredStep, int epoch, int position) {
    batches.restore(epoch, position);
    step = restoredStep;
  }

  @Override
  public boolean isFinite() {
    return TrainerState.isFinite(kernels, total, state());
  }

  @Override
  public void close() {
    resources.close();
  }
}
