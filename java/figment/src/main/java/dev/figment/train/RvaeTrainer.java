package dev.figment.train;

import dev.figment.data.SequenceBatch;
import dev.figment.data.SequenceBatches;
import dev.figment.data.SequenceDataset;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.GradientMode;
import dev.figment.device.KernelLaunch;
import dev.figment.device.Kernels;
import dev.figment.device.RandomStream;
import dev.figment.device.RepeatedCalls;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.Rvae;
import dev.figment.model.RvaeArchitecture;
import dev.figment.nn.Parameters;
import dev.figment.nn.Randomness;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Trains an {@link Rvae} step by step on the reconstruction and the weighted KL of {@link KlTerm},
 * through one sample of the latent vector a sequence, or a step. The KL's weight lies in device
 * memory, so that a recorded step can be replayed while it changes.
 */
public final class RvaeTrainer implements Trainer<RvaeStep> {
  private final Kernels kernels;
  private final RvaeConfig config;
  private final SequenceBatches batches;
  private final Randomness randomness;
  private final Rvae rvae;
  private final Map<String, Updater> updaters = new LinkedHashMap<>(); // of each part
  private final Resources resources = new Resources();

  private final RvaePass[] passes; // of each batch of an update
  private final Tensor reconstructions; // accumulate
  private final Tensor kls; // accumulate
  private final Tensor beta; // [1]
  private final Tensor total; // [1]: norm or sum of a tensor
  private final RepeatedCalls calls;
  private long step;

  /** Builds, initialises and plans everything on {@code device}. */
  public RvaeTrainer(Device device, RvaeConfig config, SequenceDataset data) {
    this.config = config;
    kernels = device.kernels();
    RvaeArchitecture architecture = config.architecture();
    RvaeData.check(architecture, data);
    int batch = config.batch();
    batches = resources.own(new SequenceBatches(data, batch, config.seed(), RandomStream.SHUFFLE));
    try {
      randomness = resources.own(new Randomness(device, config.seed()));
      rvae = resources.own(new Rvae(device, randomness, architecture)).initialise();
      for (Map.Entry<String, Parameters> part : rvae.parts().entrySet()) {
        updaters.put(
            part.getKey(),
            resources.own(
                new Updater(device, part.getValue(), config.update(), config.accumulate())));
      }
      passes = new RvaePass[config.accumulate()];
      for (int i = 0; i < passes.length; i++) {
        passes[i] = resources.own(new RvaePass(device, rvae, batch, true));
        passes[i].inputDropout(config.inputDropout());
      }
      reconstructions = real(device, Shape.of(config.accumulate()));
      kls = real(device, Shape.of(config.accumulate()));
      beta = real(device, Shape.of(1));
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

  @Override
  public RvaeStep step() {
    double lengths = 0;
    for (RvaePass pass : passes) {
      SequenceBatch batch = batches.next();
      pass.load(batch);
      lengths += Arrays.stream(batch.lengths()).average().orElseThrow();
    }
    for (Updater updater : updaters.values()) {
      updater.schedule(step);
    }
    double weight = config.kl().weight(step);
    beta.write(weight);
    calls.run();
    step++;
    return new RvaeStep(
        step, batches.epoch(), mean(reconstructions), mean(kls), weight, lengths / passes.length);
  }

  private static double mean(Tensor results) {
    return Arrays.stream(results.toDoubles()).average().orElseThrow();
  }

  /** What a step launches, in order: known from the second step on, of a device that records. */
  public List<KernelLaunch> launches() {
    return calls.launches();
  }

  private void kernelCalls() {
    for (int i = 0; i < passes.length; i++) {
      batch(i);
    }
    updaters.values().forEach(updater -> updater.update(total));
  }

  private void batch(int number) {
    RvaePass pass = passes[number];
    randomness.advance();
    RandomStream noise = randomness.stream(RandomStream.EPSILON);
    pass.encode();
    pass.draw(noise);
    if (config.freeRunning()) {
      pass.decodeFreely();
    } else {
      pass.decode(randomness.stream(RandomStream.dropout(0)));
    }
    pass.reconstructionLoss(reconstructions.rows(number, 1), null);
    double freeBits = config.kl().freeBits();
    pass.kl(kls.rows(number, 1), beta, freeBits);
    GradientMode mode = number == 0 ? GradientMode.OVERWRITE : GradientMode.ACCUMULATE;
    pass.backward(mode, config.freeRunning(), beta, freeBits, noise);
  }

  @Override
  public long steps() {
    return step;
  }

  public RvaeConfig config() {
    return config;
  }

  public Rvae rvae() {
    return rvae;
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
    Map<String, Tensor> state = new LinkedHashMap<>();
    updaters.forEach((part, updater) -> state.putAll(updater.state(part + ".")));
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
