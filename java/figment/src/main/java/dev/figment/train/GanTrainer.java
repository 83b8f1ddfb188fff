package dev.figment.train;

import dev.figment.data.ImageDataset;
import dev.figment.data.PreparedBatches;
import dev.figment.device.Activation;
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
import dev.figment.optim.UpdateRule;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Trains a {@link Gan} step by step. A step updates the discriminator on a batch of real and a
 * batch of generated images, then the generator through the discriminator on the same generated
 * images; where batches are accumulated, on the last of them and on as many new ones as it takes.
 * Everything is planned in the constructor; a step allocates no device memory. Its kernel calls are
 * the same every time, so that a device may record and replay them: what changes between steps
 * (images, counters) lies in device memory.
 */
public final class GanTrainer implements Trainer<GanStep> {
  /** Pixels 0..255 to -1..1. */
  private static final double PIXEL_SCALE = 2.0 / 255;

  private static final double PIXEL_SHIFT = -1;

  private final Kernels kernels;
  private final GanConfig config;
  private final PreparedBatches batches;
  private final Randomness randomness;
  private final Gan gan;
  private final Updater generatorUpdater;
  private final Updater discriminatorUpdater;
  private final GeneratorAverage average; // null without one
  private final Resources resources = new Resources();

  private final byte[] pixels;
  private final Tensor deviceBytes; // critic steps * accumulate * batch x image
  private final LabelFeed labels;
  private final Tensor realImages; // batch x image, the first half of the discriminator's input
  private final Pass generate; // latents -> the second half
  private final Pass discriminateBoth; // 2 batch
  private final Pass discriminateFake; // batch
  private final Tensor bothGradient; // 2 batch x 1
  private final Tensor fakeGradient; // batch x 1
  private final Tensor discriminatorResults; // accumulate x (loss, mean score of real, of fake)
  private final Tensor generatorResults; // accumulate x loss
  private final Tensor total; // sum of a tensor
  private final DiscriminatorPenalty penalty; // null without one
  private final RepeatedCalls calls; // of a step
  private final RepeatedCalls penalisedCalls; // of a step with the penalty
  private long step;
  private long averageStep = -1; // that the average's statistics are of

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
      gan =
          resources.own(new Gan(device, randomness, config.architecture(), config.spectralNorm()));
      generatorUpdater = updater(device, gan.generator(), config.update());
      discriminatorUpdater = updater(device, gan.discriminator(), config.discriminatorUpdate());
      average =
          config.averages()
              ? resources.own(
                  new GeneratorAverage(
                      device,
                      gan.generator(),
                      config.architecture(),
                      batch,
                      config.seed(),
                      config.ema(),
                      data))
              : null;
      labels = resources.own(new LabelFeed(device, config, batchesOfStep(), data));

      deviceBytes =
          resources.own(
              device.allocate(
                  DataType.UINT8, image.batched(Math.multiplyExact(batchesOfStep(), batch))));
      discriminateBoth =
          resources.own(
              gan.discriminator().pass(2 * batch).training().labelled(labels.both()).build());
      realImages = discriminateBoth.input().rows(0, batch);
      Tensor fakeImages = discriminateBoth.input().rows(batch, batch);
      Pass.Builder generating =
          gan.generator().pass(batch).training().labelled(labels.fake()).into(fakeImages);
      Activation undone = Activation.IDENTITY;
      if (gan.discriminator().beginsWithProducts()) {
        undone = gan.generator().outputActivation();
        generating.gradientComesBeforeActivation();
      }
      generate = resources.own(generating.build());
      discriminateFake =
          resources.own(
              gan.discriminator()
                  .pass(batch)
                  .training()
                  .labelled(labels.fake())
                  .withInputGradientBefore(undone)
                  .from(fakeImages)
                  .build());
      bothGradient = resources.own(device.allocate(DataType.REAL, Shape.of(2 * batch, 1)));
      fakeGradient = resources.own(device.allocate(DataType.REAL, Shape.of(batch, 1)));
      discriminatorResults =
          resources.own(device.allocate(DataType.REAL, Shape.of(config.accumulate(), 3)));
      generatorResults =
          resources.own(device.allocate(DataType.REAL, Shape.of(config.accumulate(), 1)));
      total = resources.own(device.allocate(DataType.REAL, Shape.of(1)));
      penalty =
          config.penalty().counts()
              ? resources.own(
                  new DiscriminatorPenalty(
                      device,
                      randomness,
                      gan.discriminator(),
                      config.penalty(),
                      realImages,
                      fakeImages,
                      labels.real(), // the generated ones have the same
                      config.accumulate()))
              : null;
      calls = resources.own(new RepeatedCalls(device, () -> kernelCalls(false)));
      penalisedCalls = resources.own(new RepeatedCalls(device, () -> kernelCalls(true)));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private Updater updater(Device device, Network network, UpdateRule rule) {
    return resources.own(new Updater(device, network.parameters(), rule, config.accumulate()));
  }

  private int batchesOfStep() {
    return Math.multiplyExact(config.criticSteps(), config.accumulate());
  }

  @Override
  public GanStep step() {
    for (int i = 0; i < batchesOfStep(); i++) {
      batches.next(pixels);
      bytes(i).write(pixels);
      labels.write(i, batches);
    }
    generatorUpdater.schedule(step);
    discriminatorUpdater.schedule(step);
    boolean penalised = penalty != null && step % config.penalty().every() == 0;
    (penalised ? penalisedCalls : calls).run();
    step++;
    double[] d = means(discriminatorResults);
    OptionalDouble paid =
        penalty == null
            ? OptionalDouble.empty()
            : OptionalDouble.of(means(penalty.values())[0] / config.penalty().every());
    return new GanStep(step, batches.epoch(), d[0], means(generatorResults)[0], d[1], d[2], paid);
  }

  /** The means over the rows. */
  private static double[] means(Tensor results) {
    double[] values = results.toDoubles();
    int columns = results.shape().size(1);
    double[] means = Arrays.copyOf(values, columns);
    for (int i = columns; i < values.length; i++) {
      means[i % columns] += values[i];
    }
    double rows = results.shape().size(0);
    return Arrays.stream(means).map(sum -> sum / rows).toArray();
  }

  /**
   * What a step launches, in order: known from the second step on, and of a device that records.
   * Where only some steps have a penalty, a step without.
   */
  public List<KernelLaunch> launches() {
    return (penalty != null && config.penalty().every() == 1 ? penalisedCalls : calls).launches();
  }

  private Tensor bytes(int number) {
    return deviceBytes.rows(number * config.batch(), config.batch());
  }

  private void kernelCalls(boolean penalised) {
    for (int critic = 0; critic < config.criticSteps(); critic++) {
      discriminatorStep(critic, penalised);
    }
    generatorStep();
  }

  private void discriminatorStep(int critic, boolean penalised) {
    for (int i = 0; i < config.accumulate(); i++) {
      kernels.bytesToReal(
          realImages, bytes(critic * config.accumulate() + i), PIXEL_SCALE, PIXEL_SHIFT);
      labels.take(critic * config.accumulate() + i);
      generateImages();
      discriminateBoth.forward();
      kernels.ganDiscriminatorLoss(
          discriminatorResults.rows(i, 1).reshaped(Shape.of(3)),
          bothGradient,
          discriminateBoth.output(),
          config.loss(),
          config.labelSmoothing());
      discriminateBoth.backward(bothGradient, mode(i));
      if (penalised) {
        penalty.add(i);
      }
    }
    gan.discriminator().finishGradients();
    discriminatorUpdater.update(total);
    if (Double.isFinite(config.weightClip())) {
      Tensor values = gan.discriminator().weights();
      kernels.clamp(values, values, -config.weightClip(), config.weightClip());
    }
    gan.discriminator().normalise();
  }

  private void generatorStep() {
    for (int i = 0; i < config.accumulate(); i++) {
      if (i > 0) { // the first is the discriminator's last
        generateImages();
      }
      discriminateFake.forward();
      kernels.ganGeneratorLoss(
          generatorResults.rows(i, 1).reshaped(Shape.of(1)),
          fakeGradient,
          discriminateFake.output(),
          config.loss());
      discriminateFake.backward(fakeGradient, GradientMode.IGNORE);
      generate.backward(discriminateFake.inputGradient(), mode(i));
    }
    generatorUpdater.update(total);
    if (average != null) {
      average.update();
    }
  }

  private void generateImages() {
    randomness.advance();
    kernels.normal(generate.input(), 0, 1, randomness.stream(RandomStream.LATENT));
    generate.forward();
  }

  private static GradientMode mode(int batch) {
    return batch == 0 ? GradientMode.OVERWRITE : GradientMode.ACCUMULATE;
  }

  @Override
  public long steps() {
    return step;
  }

  public GanConfig config() {
    return config;
  }

  public Gan gan() {
    return gan;
  }

  @Override
  public int examplesOfStep() {
    return batchesOfStep() * config.batch();
  }

  /** The generator to sample from: the averaged one where there is an average. */
  public Network sampledGenerator() {
    return average == null ? gan.generator() : average.network();
  }

  /** To be called before sampling or saving: measures the statistics of the averaged generator. */
  public void prepareSampling() {
    if (average != null && averageStep != step) {
      average.measureStatistics();
      averageStep = step;
    }
  }

  @Override
  public int[] dataCursor() {
    return new int[] {batches.epoch(), batches.position()};
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = generatorUpdater.state("generator.");
    state.putAll(discriminatorUpdater.state("discriminator."));
    if (average != null) {
      average.state().forEach((name, tensor) -> state.put("ema." + name, tensor));
    }
    state.put("random.counter", randomness.counter());
    if (penalty != null) {
      state.put("discriminator.penalty", penalty.values());
    }
    return state;
  }

  @Override
  public void restore(long restoredStep, int epoch, int position) {
    batches.restore(epoch, position);
    step = restoredStep;
    averageStep = -1;
  }

  /** The norm of the generator's gradient of the last step. */
  public double generatorGradientNorm() {
    kernels.sumOfSquares(total, gan.generator().parameters().gradients());
    return Math.sqrt(total.toDoubles()[0]);
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
