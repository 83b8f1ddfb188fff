package dev.figment.train;

import dev.figment.data.SeriesWindow;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.Philox;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.Rvae;
import dev.figment.model.RvaeArchitecture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Makes sequences step by step with an {@link Rvae}'s decoder: what is drawn at a step is read at
 * the next. Random numbers depend on the seed and the sequence's place alone.
 */
public final class RvaeSampler implements AutoCloseable {
  private static final double UNIT = 0x1p-32;
  private static final double TEXT_TEMPERATURE = 0.7;

  private final Kernels kernels;
  private final Rvae rvae;
  private final RvaeArchitecture architecture;
  private final RvaeData data;
  private final boolean freeRunning;
  private final int batch;
  private final RvaePass pass;
  private final Tensor counter;
  private final Tensor noise; // batch x latents latent
  private final Tensor symbols; // batch; null for numbers
  private final Resources resources = new Resources();

  /**
   * @param freeRunning whether the decoder was trained to read its own means, not what is drawn
   * @param batch sequences at a time: the memory that it takes
   */
  public RvaeSampler(Device device, Rvae rvae, RvaeData data, boolean freeRunning, int batch) {
    this.rvae = rvae;
    this.data = data;
    this.freeRunning = freeRunning;
    this.batch = batch;
    kernels = device.kernels();
    architecture = rvae.architecture();
    try {
      pass = resources.own(new RvaePass(device, rvae, batch, false));
      counter = resources.own(device.allocate(DataType.INT32, Shape.of(1)));
      noise = resources.own(device.allocate(DataType.REAL, Shape.of(batch, numbers())));
      symbols =
          architecture.isText()
              ? resources.own(device.allocate(DataType.INT32, Shape.of(batch)))
              : null;
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  /** Numbers of a sequence's latents. */
  private int numbers() {
    return Math.multiplyExact(architecture.latents(), architecture.latent());
  }

  /**
   * The first latents of a seed, drawn from the prior; of a latent a step in the prior's own scale.
   *
   * @return number x latents x latent size, row-major, standard normal
   */
  public float[] latents(long seed, int number) {
    int size = numbers();
    float[] latents = new float[Math.multiplyExact(number, size)];
    RandomStream stream = new RandomStream(seed, counter, RandomStream.SAMPLES);
    for (int first = 0; first < number; first += batch) {
      counter.write(first / batch);
      kernels.normal(noise, 0, 1, stream);
      int part = Math.min(batch, number - first);
      System.arraycopy(noise.toFloats(), 0, latents, first * size, part * size);
    }
    return latents;
  }

  /**
   * The temperature of what is shown: means of numbers, as of pixels, and drawn symbols, of which
   * the unlikely ones, misspellings above all, are drawn less often than the decoder says.
   */
  public static double usualTemperature(RvaeData data) {
    return data.scaling() == null ? TEXT_TEMPERATURE : 0;
  }

  /** The first sequences of a seed, with lengths as the training data have them. */
  public MadeSequences sample(long seed, int number, double temperature) {
    return generate(latents(seed, number), data.drawLengths(number, seed), temperature, seed);
  }

  /** Sequences of posterior means, as {@link RvaeEvaluator#means} gives them, without a draw. */
  public MadeSequences reconstruct(float[] means, int[] lengths) {
    return generate(means, lengths, 0, 0, false);
  }

  /**
   * Sequences of latents. Those of a latent a step are in the prior's scale: z is the prior's mean,
   * given the steps made before, and so many of its deviations more.
   *
   * @param latents number x latents x latent size
   * @param lengths of each sequence, at most the architecture's steps
   * @param temperature times the deviation of a number, and the divisor of a symbol's logits; 0
   *     takes the mean, or the likeliest symbol. A number that is drawn is kept in the range of the
   *     training data: beyond it the decoder has never read one, and one far out draws the next
   *     further out still
   * @param seed what is drawn
   */
  public MadeSequences generate(float[] latents, int[] lengths, double temperature, long seed) {
    if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
      throw new FigmentException(
          "A temperature of %s was asked for; give 0 or more.".formatted(temperature));
    }
    return generate(latents, lengths, temperature, seed, architecture.latentPerStep());
  }

  private MadeSequences generate(
      float[] latents, int[] lengths, double temperature, long seed, boolean scaled) {
    MadeSequences made = new MadeSequences(List.of(), List.of());
    int size = numbers();
    for (int first = 0; first < lengths.length; first += batch) {
      int part = Math.min(batch, lengths.length - first);
      float[] z =
          Arrays.copyOf(
              Arrays.copyOfRange(latents, first * size, (first + part) * size), batch * size);
      int[] ends = Arrays.copyOfRange(lengths, first, first + part);
      made = joined(made, part(z, ends, first, temperature, seed, scaled));
    }
    return made;
  }

  private static MadeSequences joined(MadeSequences a, MadeSequences b) {
    List<SeriesWindow> series = new ArrayList<>(a.series());
    series.addAll(b.series());
    List<String> texts = new ArrayList<>(a.texts());
    texts.addAll(b.texts());
    return new MadeSequences(series, texts);
  }

  private MadeSequences part(
      float[] z, int[] lengths, int first, double temperature, long seed, boolean scaled) {
    int steps = Arrays.stream(lengths).max().orElse(1);
    boolean text = architecture.isText();
    int features = architecture.features();
    float[] values = new float[text ? 0 : steps * lengths.length * features];
    int[][] drawn = new int[text ? lengths.length : 0][steps];
    if (!architecture.latentPerStep()) {
      pass.z().write(z);
    }
    pass.start();
    for (int step = 0; step < steps; step++) {
      if (architecture.latentPerStep()) {
        pass.z(step).write(latents(z, step, scaled));
      }
      pass.step(step);
      float[] said = pass.prediction(step).toFloats();
      if (text) {
        int[] next = symbols(said, step, first, temperature, seed);
        for (int n = 0; n < lengths.length; n++) {
          drawn[n][step] = next[n];
        }
        if (step + 1 < steps) {
          symbols.write(next);
          rvae.embedding().forward(pass.input(step + 1), symbols);
        }
      } else {
        float[] next = numbers(said, step, first, temperature, seed);
        System.arraycopy(
            next, 0, values, step * lengths.length * features, lengths.length * features);
        if (step + 1 < steps) {
          pass.input(step + 1).write(freeRunning ? numbers(said, step, first, 0, seed) : next);
        }
      }
    }
    if (!text) {
      return new MadeSequences(data.scaling().restore(values, lengths), List.of());
    }
    List<String> texts = new ArrayList<>();
    for (int n = 0; n < lengths.length; n++) {
      texts.add(data.vocabulary().decode(Arrays.copyOf(drawn[n], lengths[n])));
    }
    return new MadeSequences(List.of(), texts);
  }

  /**
   * The latents of a step, batch x latent size.
   *
   * @param scaled whether they are given in the prior's scale
   */
  private float[] latents(float[] given, int step, boolean scaled) {
    int latent = architecture.latent();
    float[] prior = scaled ? pass.prior(step).toFloats() : null;
    float[] z = new float[batch * latent];
    for (int n = 0; n < batch; n++) {
      for (int i = 0; i < latent; i++) {
        double value = given[n * numbers() + step * latent + i];
        if (scaled) {
          double deviation = Math.exp(clamped(prior[(2 * n + 1) * latent + i]) / 2);
          value = prior[2 * n * latent + i] + deviation * value;
        }
        z[n * latent + i] = (float) value;
      }
    }
    return z;
  }

  /** Draws batch x features numbers of what was said of them. */
  private float[] numbers(float[] said, int step, int first, double temperature, long seed) {
    int features = architecture.features();
    Likelihood likelihood = architecture.likelihood();
    int outputs = architecture.outputs();
    float[] drawn = new float[batch * features];
    for (int n = 0; n < batch; n++) {
      for (int f = 0; f < features; f++) {
        double value = said[n * outputs + f];
        if (temperature > 0) {
          double logVariance =
              likelihood.kind() == Likelihood.Kind.GAUSSIAN_LEARNED
                  ? clamped(said[n * outputs + features + f])
                  : -Math.log(likelihood.precision());
          long element = (long) (first + n) * features + f;
          value += temperature * Math.exp(logVariance / 2) * normal(element, step, seed);
          value = data.scaling().inRange(f, value);
        }
        drawn[n * features + f] = (float) value;
      }
    }
    return drawn;
  }

  private static double clamped(double logVariance) {
    double bound = Kernels.LOG_VARIANCE_BOUND;
    return Math.min(bound, Math.max(-bound, logVariance));
  }

  /** By Box and Muller. */
  private static double normal(long element, int step, long seed) {
    int[] words = Philox.block(element, step, RandomStream.OBSERVATIONS, seed);
    double radius = Math.sqrt(-2 * Math.log(unit(words[0])));
    return radius * Math.cos(2 * Math.PI * unit(words[1]));
  }

  private static double unit(int word) {
    return (Integer.toUnsignedLong(word) + 0.5) * UNIT;
  }

  /** Draws a symbol for each sequence of the batch. */
  private int[] symbols(float[] logits, int step, int first, double temperature, long seed) {
    int count = architecture.symbols();
    int[] drawn = new int[batch];
    for (int n = 0; n < batch; n++) {
      int from = n * count;
      int best = 0;
      for (int s = 1; s < count; s++) {
        best = logits[from + s] > logits[from + best] ? s : best;
      }
      drawn[n] = best;
      if (temperature > 0) {
        double u = unit(Philox.block(first + n, step, RandomStream.OBSERVATIONS, seed)[0]);
        drawn[n] = pick(logits, from, count, logits[from + best], temperature, u);
      }
    }
    return drawn;
  }

  /** The symbol whose part of the softmax's mass holds the share u. */
  private static int pick(
      float[] logits, int from, int count, float largest, double temperature, double u) {
    double[] mass = new double[count];
    double sum = 0;
    for (int s = 0; s < count; s++) {
      mass[s] = Math.exp((logits[from + s] - largest) / temperature);
      sum += mass[s];
    }
    double left = u * sum;
    int symbol = 0;
    while (symbol < count - 1 && left >= mass[symbol]) {
      left -= mass[symbol++];
    }
    return symbol;
  }

  @Override
  public void close() {
    resources.close();
  }
}
