package dev.figment.train;

import dev.figment.data.SequenceBatch;
import dev.figment.data.SequenceDataset;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Kernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.Rvae;
import dev.figment.model.RvaeArchitecture;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What a recurrent VAE makes of sequences: moments of their latents and bounds of their likelihood.
 * Random numbers depend on the seed and the sequence's place alone.
 */
public final class RvaeEvaluator implements AutoCloseable {
  private static final int BATCH = 64;

  private final Kernels kernels;
  private final RvaeArchitecture architecture;
  private final boolean freeRunning;
  private final long seed;
  private final Resources resources = new Resources();
  private final RvaePass pass;
  private final Tensor counter;
  private final Tensor kl;
  private final Tensor result;
  private final Tensor ofSteps; // T x batch

  /**
   * @param freeRunning whether the decoder reads its own means
   */
  public RvaeEvaluator(Device device, Rvae rvae, boolean freeRunning, long seed) {
    this.freeRunning = freeRunning;
    this.seed = seed;
    kernels = device.kernels();
    architecture = rvae.architecture();
    try {
      pass = resources.own(new RvaePass(device, rvae, BATCH, false));
      counter = resources.own(device.allocate(DataType.INT32, Shape.of(1)));
      kl = real(device, architecture.latent());
      result = real(device, 1);
      ofSteps = real(device, architecture.steps() * BATCH);
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private Tensor real(Device device, int size) {
    return resources.own(device.allocate(DataType.REAL, Shape.of(size)));
  }

  /** Encodes sequences; a batch that they do not fill has the last one again. */
  private SequenceBatch encode(SequenceDataset data, int[] windows, int first) {
    int[] filled =
        IntStream.range(0, BATCH)
            .map(i -> windows[Math.min(first + i, windows.length - 1)])
            .toArray();
    SequenceBatch batch = data.batch(BATCH);
    data.gather(filled, batch);
    pass.load(batch);
    pass.encode();
    return batch;
  }

  private void check(SequenceDataset data, int[] windows) {
    RvaeData.check(architecture, data);
    if (windows.length == 0) {
      throw new FigmentException(
          "No window of %s was asked for; give at least one.".formatted(data.name()));
    }
  }

  /**
   * The evidence lower bound of sequences and what their latents say.
   *
   * @param windows which of the data
   * @param draws of z a sequence, at least 1
   */
  public RvaeEvaluation evaluate(SequenceDataset data, int[] windows, int draws) {
    check(data, windows);
    int latent = architecture.latent();
    double[] losses = new double[windows.length];
    double[] klSums = new double[latent];
    double[] sums = new double[latent];
    double[] squares = new double[latent];
    double reconstruction = 0;
    double length = 0;
    for (int first = 0; first < windows.length; first += BATCH) {
      int part = Math.min(BATCH, windows.length - first);
      SequenceBatch batch = encode(data, windows, first);
      float[] moments = pass.moments().toFloats();
      for (int row = 0; row < part; row++) {
        length += batch.lengths()[row];
        for (int i = 0; i < latent; i++) {
          double mean = moments[2 * row * latent + i];
          double v = clamped(moments[(2 * row + 1) * latent + i]);
          double nats = (Math.exp(v) - 1 - v + mean * mean) / 2;
          losses[first + row] += nats;
          klSums[i] += nats;
          sums[i] += mean;
          squares[i] += mean * mean;
        }
      }
      for (int draw = 0; draw < draws; draw++) {
        float[] lossOfSteps = drawOnce(first / BATCH * draws + draw);
        for (int row = 0; row < part; row++) {
          double loss = 0;
          for (int step = 0; step < architecture.steps(); step++) {
            loss += lossOfSteps[step * BATCH + row];
          }
          losses[first + row] += loss / draws;
          reconstruction += loss / draws;
        }
      }
    }
    double[] activity = new double[latent];
    for (int i = 0; i < latent; i++) {
      klSums[i] /= windows.length;
      double mean = sums[i] / windows.length;
      activity[i] = squares[i] / windows.length - mean * mean;
    }
    return new RvaeEvaluation(
        new VaeEvaluation(windows.length, reconstruction / windows.length, klSums, activity),
        length / windows.length,
        losses);
  }

  /** The reconstruction loss of each step from one latent vector a sequence. */
  private float[] drawOnce(int number) {
    counter.write(number);
    RandomStream noise = new RandomStream(seed, counter, RandomStream.EVALUATION);
    kernels.reparameterizeForward(pass.z(), kl, pass.moments(), noise);
    if (freeRunning) {
      pass.decodeFreely();
    } else {
      pass.decode(null);
    }
    pass.reconstructionLoss(result, ofSteps);
    return ofSteps.toFloats();
  }

  private static double clamped(double logVariance) {
    double bound = Kernels.LOG_VARIANCE_BOUND;
    return Math.min(bound, Math.max(-bound, logVariance));
  }

  /**
   * The posterior means of sequences.
   *
   * @return windows x latent
   */
  public float[] means(SequenceDataset data, int[] windows) {
    check(data, windows);
    int latent = architecture.latent();
    float[] means = new float[Math.multiplyExact(windows.length, latent)];
    for (int first = 0; first < windows.length; first += BATCH) {
      encode(data, windows, first);
      float[] moments = pass.moments().toFloats();
      for (int row = 0; row < Math.min(BATCH, windows.length - first); row++) {
        System.arraycopy(moments, 2 * row * latent, means, (first + row) * latent, latent);
      }
    }
    return means;
  }

  /** The first windows, or windows evenly spread, where fewer than all are wanted. */
  public static int[] spread(SequenceDataset data, int most) {
    int count = Math.min(most, data.size());
    return IntStream.range(0, count).map(i -> (int) ((long) i * data.size() / count)).toArray();
  }

  /** The lengths of windows. */
  public static int[] lengths(SequenceDataset data, int[] windows) {
    SequenceBatch batch = data.batch(windows.length);
    data.gather(windows, batch);
    return Arrays.copyOf(batch.lengths(), windows.length);
  }

  @Override
  public void close() {
    resources.close();
  }
}
