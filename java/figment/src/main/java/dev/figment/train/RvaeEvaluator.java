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

  private final RvaeArchitecture architecture;
  private final boolean freeRunning;
  private final long seed;
  private final Resources resources = new Resources();
  private final RvaePass pass;
  private final Tensor counter;
  private final Tensor result;
  private final Tensor ofSteps; // T x batch

  /**
   * @param freeRunning whether the decoder reads its own means
   */
  public RvaeEvaluator(Device device, Rvae rvae, boolean freeRunning, long seed) {
    this.freeRunning = freeRunning;
    this.seed = seed;
    architecture = rvae.architecture();
    try {
      pass = resources.own(new RvaePass(device, rvae, BATCH, false));
      counter = resources.own(device.allocate(DataType.INT32, Shape.of(1)));
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
   * The evidence lower bound of sequences and what their latents say. With a latent a step, the
   * prior of each is given the latents drawn before it, and activity is over all steps.
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
    double latents = 0;
    for (int first = 0; first < windows.length; first += BATCH) {
      int part = Math.min(BATCH, windows.length - first);
      int[] lengths = encode(data, windows, first).lengths();
      float[] moments = pass.moments().toFloats();
      for (int row = 0; row < part; row++) {
        length += lengths[row];
        int own = latents(lengths[row]);
        latents += own;
        for (int k = 0; k < own; k++) {
          for (int i = 0; i < latent; i++) {
            double mean = moments[2 * (k * BATCH + row) * latent + i];
            sums[i] += mean;
            squares[i] += mean * mean;
          }
        }
      }
      for (int draw = 0; draw < draws; draw++) {
        float[] lossOfSteps = drawOnce(first / BATCH * draws + draw);
        Tensor prior = pass.prior();
        float[] priors = prior == null ? null : prior.toFloats();
        for (int row = 0; row < part; row++) {
          for (int k = 0; k < latents(lengths[row]); k++) {
            for (int i = 0; i < latent; i++) {
              double nats = kl(moments, priors, k * BATCH + row, i) / draws;
              losses[first + row] += nats;
              klSums[i] += nats;
            }
          }
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
      double mean = sums[i] / latents;
      activity[i] = squares[i] / latents - mean * mean;
    }
    return new RvaeEvaluation(
        new VaeEvaluation(windows.length, reconstruction / windows.length, klSums, activity),
        length / windows.length,
        losses);
  }

  /** Latents of a sequence. */
  private int latents(int length) {
    return architecture.latentPerStep() ? length : 1;
  }

  /** KL(q || p) of a dimension of a row of moments; of a standard normal prior without one. */
  private double kl(float[] moments, float[] priors, int row, int dimension) {
    int mean = 2 * row * architecture.latent() + dimension;
    int logVariance = mean + architecture.latent();
    double priorMean = priors == null ? 0 : priors[mean];
    double priorVariance = priors == null ? 0 : clamped(priors[logVariance]);
    double wider = clamped(moments[logVariance]) - priorVariance;
    double apart = moments[mean] - priorMean;
    return (Math.exp(wider) - 1 - wider + apart * apart * Math.exp(-priorVariance)) / 2;
  }

  /** The reconstruction loss of each step from one draw of the latents. */
  private float[] drawOnce(int number) {
    counter.write(number);
    RandomStream noise = new RandomStream(seed, counter, RandomStream.EVALUATION);
    pass.draw(noise);
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
   * @return windows x latents x latent
   */
  public float[] means(SequenceDataset data, int[] windows) {
    check(data, windows);
    int latent = architecture.latent();
    int latents = architecture.latents();
    float[] means = new float[Math.multiplyExact(windows.length, latents * latent)];
    for (int first = 0; first < windows.length; first += BATCH) {
      encode(data, windows, first);
      float[] moments = pass.moments().toFloats();
      for (int row = 0; row < Math.min(BATCH, windows.length - first); row++) {
        for (int k = 0; k < latents; k++) {
          int to = ((first + row) * latents + k) * latent;
          System.arraycopy(moments, 2 * (k * BATCH + row) * latent, means, to, latent);
        }
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
