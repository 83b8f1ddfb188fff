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
import dev.figment.model.Gan;
import dev.figment.nn.Network;
import dev.figment.nn.Pass;
import dev.figment.nn.Randomness;
import dev.figment.optim.Optimizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Trains a {@link Gan} step by step. A step updates the discriminator on a batch of real and a
 * batch of generated images, then the generator through the discriminator on the same generated
 * images. Everything is planned in the constructor; a step allocates no device memory. Its kernel
 * calls are the same every time, so that a device may record and replay them: what changes between
 * steps (images, counters) lies in device memory.
 */
public final class GanTrainer implements AutoCloseable {
  /** Pixels 0..255 to -1..1. */
  private static final double PIXEL_SCALE = 2.0 / 255;

  private static final double PIXEL_SHIFT = -1;
  private static final double NO_SMOOTHING = 0;

  private final Kernels kernels;
  private final GanConfig config;
  private final PreparedBatches batches;
  private final Randomness randomness;
  private final Gan gan;
  private final Optimizer generatorOptimizer;
  private final Optimizer discriminatorOptimizer;
  private final Resources resources = new Resources();

  private final byte[] pixels;
  private final Tensor deviceBytes; // critic steps * batch x image
  private final Tensor realImages; // batch x image, the first half of the discriminator's input
  private final Pass generate; // latents -> the second half
  private final Pass discriminateBoth; // 2 batch
  private final Pass discriminateFake; // batch
  private final Tensor bothGradient; // 2 batch x 1
  private final Tensor fakeGradient; // batch x 1
  private final Tensor discriminatorResult; // loss, mean score of real, of fake
  private final Tensor generatorResult; // loss
  private final Tensor total; // sum of a tensor
  private final RepeatedCalls calls; // of a step
  private long step;

  /** Builds, initialises and plans everything on {@code device}. */
  public GanTrainer(Device device, GanConfig config, ImageDataset data) {
    Shape image = config.architecture().image();
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
      gan = resources.own(new Gan(device, randomness, config.architecture()));
      generatorOptimizer = optimizer(device, gan.generator(), config.learningRate());
      discriminatorOptimizer =
          optimizer(device, gan.discriminator(), config.discriminatorLearningRate());

      deviceBytes =
          resources.own(
              device.allocate(
                  DataType.UINT8, image.batched(Math.multiplyExact(config.criticSteps(), batch))));
      discriminateBoth = resources.own(gan.discriminator().pass(2 * batch).training().build());
      realImages = discriminateBoth.input().rows(0, batch);
      Tensor fakeImages = discriminateBoth.input().rows(batch, batch);
      generate = resources.own(gan.generator().pass(batch).training().into(fakeImages).build());
      discriminateFake =
          resources.own(
              gan.discriminator()
                  .pass(batch)
                  .training()
                  .withInputGradient()
                  .from(fakeImages)
                  .build());
      bothGradient = resources.own(device.allocate(DataType.REAL, Shape.of(2 * batch, 1)));
      fakeGradient = resources.own(device.allocate(DataType.REAL, Shape.of(batch, 1)));
      discriminatorResult = resources.own(device.allocate(DataType.REAL, Shape.of(3)));
      generatorResult = resources.own(device.allocate(DataType.REAL, Shape.of(1)));
      total = resources.own(device.allocate(DataType.REAL, Shape.of(1)));
      calls = resources.own(new RepeatedCalls(device, this::kernelCalls));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private Optimizer optimizer(Device device, Network network, double learningRate) {
    return resources.own(
        config.optimizer().create(device, network.parameters(), learningRate, config));
  }

  /** Trains one step. */
  public GanStep step() {
    for (int critic = 0; critic < config.criticSteps(); critic++) {
      batches.next(pixels);
      bytes(critic).write(pixels);
    }
    calls.run();
    step++;
    double[] d = discriminatorResult.toDoubles();
    return new GanStep(step, batches.epoch(), d[0], generatorResult.toDoubles()[0], d[1], d[2]);
  }

  /**
   * What a step launches, in order: known from the second step on, and of a device that records.
   */
  public List<KernelLaunch> launches() {
    return calls.launches();
  }

  private Tensor bytes(int critic) {
    return deviceBytes.rows(critic * config.batch(), config.batch());
  }

  private void kernelCalls() {
    for (int critic = 0; critic < config.criticSteps(); critic++) {
      discriminatorStep(bytes(critic));
    }
    generatorStep();
  }

  private void discriminatorStep(Tensor bytes) {
    kernels.bytesToReal(realImages, bytes, PIXEL_SCALE, PIXEL_SHIFT);
    randomness.advance();
    kernels.normal(generate.input(), 0, 1, randomness.stream(RandomStream.LATENT));
    generate.forward();
    discriminateBoth.forward();
    kernels.ganDiscriminatorLoss(
        discriminatorResult, bothGradient, discriminateBoth.output(), config.loss(), NO_SMOOTHING);
    discriminateBoth.backward(bothGradient, GradientMode.OVERWRITE);
    discriminatorOptimizer.step();
  }

  private void generatorStep() {
    discriminateFake.forward();
    kernels.ganGeneratorLoss(
        generatorResult, fakeGradient, discriminateFake.output(), config.loss());
    discriminateFake.backward(fakeGradient, GradientMode.IGNORE);
    generate.backward(discriminateFake.inputGradient(), GradientMode.OVERWRITE);
    generatorOptimizer.step();
  }

  /** Steps done, those before a restored checkpoint counted. */
  public long steps() {
    return step;
  }

  public GanConfig config() {
    return config;
  }

  public Gan gan() {
    return gan;
  }

  /** Where the data stands: the epoch and the images of it drawn. */
  public int[] dataCursor() {
    return new int[] {batches.epoch(), batches.position()};
  }

  /** All device state that the next step depends on, by name. */
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    put(state, "generator.", gan.generator(), generatorOptimizer);
    put(state, "discriminator.", gan.discriminator(), discriminatorOptimizer);
    state.put("random.counter", randomness.counter());
    return state;
  }

  private void put(Map<String, Tensor> state, String prefix, Network network, Optimizer optimizer) {
    for (String name : network.parameters().names()) {
      state.put(prefix + name, network.parameters().value(name));
    }
    String kept = prefix + config.optimizer() + ".";
    optimizer.state().forEach((name, tensor) -> state.put(kept + name, tensor));
  }

  /** Goes on from a step, once {@link #state()} has been restored. */
  public void restore(long restoredStep, int epoch, int position) {
    batches.restore(epoch, position);
    step = restoredStep;
  }

  /** The norm of the generator's gradient of the last step. */
  public double generatorGradientNorm() {
    kernels.sumOfSquares(total, gan.generator().parameters().gradients());
    return Math.sqrt(total.toDoubles()[0]);
  }

  /** Whether nothing of {@link #state()} is NaN or infinite. */
  public boolean isFinite() {
    for (Tensor tensor : state().values()) {
      if (tensor.type() == DataType.REAL) {
        kernels.sum(total, tensor); // not of squares, which overflow long before their roots
        if (!Double.isFinite(total.toDoubles()[0])) {
          return false;
        }
      }
    }
    return true;
  }

  @Override
  public void close() {
    resources.close();
  }
}
