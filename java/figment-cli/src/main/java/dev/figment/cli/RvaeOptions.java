package dev.figment.cli;

import dev.figment.data.SequenceDataset;
import dev.figment.data.SequenceRequest;
import dev.figment.data.Sequences;
import dev.figment.data.SeriesDataset;
import dev.figment.data.TextDataset;
import dev.figment.device.Likelihood;
import dev.figment.model.RvaeArchitecture;
import dev.figment.nn.Recurrent;
import dev.figment.train.RvaeConfig;
import dev.figment.train.TrainingRun;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a recurrent VAE's training that a file may hold, under the same names. */
final class RvaeOptions implements TrainingOptions {
  /** Steps of a run that says nothing of them. */
  static final long DEFAULT_STEPS = 5000;

  private static final String LEARNED = "learned";

  /** Defaults that depend on what a step is. */
  private record Usual(
      int batch,
      int units,
      boolean bidirectional,
      double inputDropout,
      long betaWarmup,
      double freeBits) {
    static final Usual OF_NUMBERS = new Usual(64, 64, false, 0.5, 1000, 0);
    static final Usual OF_TEXT = new Usual(32, 128, true, 0, 100, 0.5);
  }

  /** Options that decide what is computed, so that a run keeps them to its end. */
  static final List<String> DECIDING =
      List.of(
          "--columns",
          "--window",
          "--stride",
          "--scale",
          "--cell",
          "--units",
          "--layers",
          "--bidirectional",
          "--latent",
          "--latent-per-step",
          "--embedding",
          "--variance",
          "--input-dropout",
          "--free-running",
          "--batch",
          "--beta",
          "--beta-warmup",
          "--beta-cycle",
          "--free-bits",
          "--optimizer",
          "--lr",
          "--beta1",
          "--beta2",
          "--momentum",
          "--nesterov",
          "--weight-decay",
          "--schedule",
          "--schedule-steps",
          "--warmup",
          "--clip-grad",
          "--accumulate",
          "--seed");

  /** The cells of --cell. */
  enum Cell {
    GRU,
    LSTM;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Mixin SequenceOptions sequences;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = {
        "Training steps in all, those before --resume counted (default: " + DEFAULT_STEPS + ")."
      })
  Long steps;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Times to see each window, in place of --steps.")
  Integer epochs;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Windows a step (default: 64; of text 32).")
  Integer batch;

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      defaultValue = "gru",
      description = "The recurrent layers: gru or lstm (default: ${DEFAULT-VALUE}).")
  Cell cell;

  @Option(
      names = "--units",
      paramLabel = "N",
      description = "Numbers of a layer's state (default: 64; of text 128).")
  Integer units;

  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Layers of encoder and decoder (default: ${DEFAULT-VALUE}).")
  int layers;

  @Option(
      names = "--bidirectional",
      arity = "0..1",
      fallbackValue = "true",
      hideParamSyntax = true,
      description = "Let the encoder read both ways (default: false; of text true).")
  Boolean bidirectional;

  @Option(
      names = "--latent",
      paramLabel = "N",
      defaultValue = "16",
      description = "Numbers that a window is encoded in (default: ${DEFAULT-VALUE}).")
  int latent;

  @Option(
      names = "--latent-per-step",
      arity = "0..1",
      defaultValue = "false",
      fallbackValue = "true",
      hideParamSyntax = true,
      description = {
        "Encode every step in as many, with a prior learned from the steps before (default:"
            + " ${DEFAULT-VALUE})."
      })
  boolean latentPerStep;

  @Option(
      names = "--embedding",
      paramLabel = "N",
      defaultValue = "32",
      description = "Numbers that a character is read as (default: ${DEFAULT-VALUE}).")
  int embedding;

  @Option(
      names = "--variance",
      paramLabel = "V",
      defaultValue = LEARNED,
      description = {
        "Of a number, in scaled units: a number, or learned, which the decoder then says of each"
            + " (default: ${DEFAULT-VALUE})."
      })
  String variance;

  @Option(
      names = "--input-dropout",
      paramLabel = "P",
      description = {
        "Share of the steps before that the decoder does not get to read, 1 for all (default: 0.5; 0"
            + " with --free-running and of text)."
      })
  Double inputDropout;

  @Option(
      names = "--free-running",
      arity = "0..1",
      defaultValue = "false",
      fallbackValue = "true",
      hideParamSyntax = true,
      description = {
        "Train the decoder on its own means in place of the steps before; not for text (default:"
            + " ${DEFAULT-VALUE})."
      })
  boolean freeRunning;

  @Mixin KlOptions kl;

  @Mixin final OptimizerOptions optimization = new OptimizerOptions(0.002);

  @Mixin RunningOptions running;

  @Option(
      names = "--log-every",
      paramLabel = "N",
      defaultValue = "10",
      description = "Steps between two lines of metrics.jsonl (default: ${DEFAULT-VALUE}).")
  int logEvery;

  @Option(
      names = "--sample-every",
      paramLabel = "N",
      defaultValue = "1000",
      description = {
        "Steps between two pictures of samples, of reconstructions, and evaluations on held-out"
            + " windows (default: ${DEFAULT-VALUE})."
      })
  int sampleEvery;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      defaultValue = "1000",
      description = {
        "Steps between two checkpoints, the most that a crash can lose (default: ${DEFAULT-VALUE})."
      })
  int checkpointEvery;

  /** What the trainer needs to know, for data of a form; once everything is settled. */
  RvaeConfig config(SequenceDataset data) {
    return optimization
        .to(RvaeConfig.of(architecture(data)))
        .inputDropout(inputDropout)
        .freeRunning(freeRunning)
        .batch(batch)
        .seed(running.seed)
        .kl(kl.term(0, 0))
        .build();
  }

  private RvaeArchitecture architecture(SequenceDataset data) {
    Recurrent.Cell kind = Recurrent.Cell.valueOf(cell.name());
    RvaeArchitecture architecture =
        data instanceof SeriesDataset series
            ? RvaeArchitecture.ofNumbers(
                data.steps(),
                series.features(),
                kind,
                units,
                layers,
                bidirectional,
                latent,
                variance.equals(LEARNED)
                    ? Likelihood.GAUSSIAN_LEARNED
                    : Likelihood.gaussian(Double.parseDouble(variance)))
            : RvaeArchitecture.ofSymbols(
                data.steps(),
                ((TextDataset) data).vocabulary().size(),
                kind,
                units,
                layers,
                bidirectional,
                latent,
                embedding);
    return architecture.withLatentPerStep(latentPerStep);
  }

  /** The data, in the form that they are to have. */
  SequenceRequest request() {
    return sequences.request(running.seed);
  }

  @Override
  public void settle() {
    optimization.settle();
    Usual usual = Sequences.isText(sequences.data) ? Usual.OF_TEXT : Usual.OF_NUMBERS;
    kl.settle(usual.betaWarmup, usual.freeBits);
    batch = orElse(batch, usual.batch);
    units = orElse(units, usual.units);
    bidirectional = orElse(bidirectional, usual.bidirectional);
    inputDropout = orElse(inputDropout, freeRunning ? 0 : usual.inputDropout);
  }

  private static <T> T orElse(T given, T usual) {
    return given == null ? usual : given;
  }

  @Override
  public void check(OptionLimits limits) {
    sequences.check(limits);
    optimization.check(limits);
    kl.check(limits);
    limits.atLeastOne("--steps", steps);
    limits.atLeastOne("--epochs", epochs);
    limits.atLeastOne("--batch", batch);
    limits.atLeastOne("--units", units);
    limits.atLeastOne("--layers", layers);
    limits.atLeastOne("--latent", latent);
    limits.atLeastOne("--embedding", embedding);
    limits.atLeastOne("--log-every", logEvery);
    limits.atLeastOne("--sample-every", sampleEvery);
    limits.atLeastOne("--checkpoint-every", checkpointEvery);
    if (running.plan != null) {
      throw limits.refusal(
          "--plan %s names kernels of convolutions, of which a recurrent VAE has none; leave it out."
              .formatted(running.plan));
    }
    if (!(inputDropout >= 0 && inputDropout <= 1)) {
      throw limits.refusal(
          "--input-dropout %s was asked for; give 0 to 1.".formatted(inputDropout));
    }
    if (freeRunning && inputDropout > 0) {
      throw limits.refusal(
          "--input-dropout %s was given with --free-running, whose decoder reads no input; leave one of them out."
              .formatted(inputDropout));
    }
    if (!VaeOptions.isVariance(variance)) {
      throw limits.refusal(
          "--variance %s was given; give a number above 0, or learned.".formatted(variance));
    }
  }

  @Override
  public String model() {
    return "rvae";
  }

  @Override
  public List<String> deciding() {
    return DECIDING;
  }

  @Override
  public UpdateOptions updates() {
    return optimization.updates;
  }

  @Override
  public RunningOptions running() {
    return running;
  }

  @Override
  public void settleRun(long total) {
    sequences.data = sequences.lasting();
    steps = epochs == null ? Long.valueOf(total) : null;
  }

  @Override
  public int batch() {
    return batch;
  }

  @Override
  public TrainingRun.Every every() {
    return new TrainingRun.Every(logEvery, sampleEvery, checkpointEvery);
  }

  @Override
  public long totalSteps(int examples) {
    if (epochs == null) {
      return steps == null ? DEFAULT_STEPS : steps;
    }
    long batches = (long) epochs * (examples / batch);
    return (batches + optimization.accumulate - 1) / optimization.accumulate;
  }

  @Override
  public String summary() {
    return String.format(
        Locale.ROOT,
        "%s of %d units, latent %d%s, %s, beta %s, %s",
        cell,
        units,
        latent,
        latentPerStep ? " a step" : "",
        freeRunning ? "free-running" : "input dropout " + ConfigFile.plain(inputDropout),
        ConfigFile.plain(kl.beta),
        optimization.summary());
  }
}
