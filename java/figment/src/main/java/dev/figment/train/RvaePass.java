package dev.figment.train;

import dev.figment.data.SequenceBatch;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Likelihood;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.Rvae;
import dev.figment.model.RvaeArchitecture;
import dev.figment.nn.Pass;
import dev.figment.nn.RecurrentPass;

/**
 * What the networks of an {@link Rvae} compute for a batch of sequences, forward and, for training,
 * backward. Everything is allocated when it is built. The decoder reads the steps before, some of
 * them blanked, or runs freely on the means that it said itself.
 *
 * <p>There are as many latents as sequences, N, or with a latent a step T N of them, time first,
 * and then a {@link StepPrior}.
 */
final class RvaePass implements AutoCloseable {
  private final Kernels kernels;
  private final Rvae rvae;
  private final RvaeArchitecture architecture;
  private final int batch;
  private final int steps;
  private final Resources resources = new Resources();

  private final Tensor symbols; // T x N; null for numbers
  private final Tensor mask; // T N x F; null for symbols
  private final Tensor lengths; // N
  private final RecurrentPass encode;
  private final DenseHead[] heads; // of each direction, from encoder to moments
  private final Tensor moments; // latents x 2 latent
  private final Tensor momentsPart; // of a second direction; null without one
  private final Tensor klToStandard; // latent: of each dimension, to a standard normal prior
  private final Tensor z; // latents x latent
  private final Pass[] initial; // of each layer, into the decoder's initial states; or none
  private final Tensor read; // T x N x inputs: what the decoder reads of the steps before
  private final RecurrentPass decode;
  private final StepPrior prior; // null with one latent a sequence
  private final DenseHead output;
  private final Tensor keep; // (T - 1) N: the share of inputs kept; null without steps before
  private final Tensor kept; // (T - 1) N: 1 where an input is kept, else 0
  private final Tensor prediction; // T N x outputs
  private final Tensor dprediction; // null without training
  private final Tensor dz;
  private final Tensor dmoments;
  private final Tensor dread; // null where nobody wants it
  private final Tensor dblanked; // (T - 1) N x inputs, of a decoder that reads symbols
  private final Tensor none; // [1]: 0
  private boolean dropping;

  /** Plans for {@code batch} sequences of up to the architecture's steps. */
  RvaePass(Device device, Rvae rvae, int batch, boolean training) {
    this.rvae = rvae;
    this.batch = batch;
    kernels = device.kernels();
    architecture = rvae.architecture();
    steps = architecture.steps();
    int rows = Math.multiplyExact(steps, batch);
    int latents = Math.multiplyExact(architecture.latents(), batch);
    int latent = architecture.latent();
    boolean text = architecture.isText();
    boolean perStep = architecture.latentPerStep();
    try {
      symbols =
          text ? resources.own(device.allocate(DataType.INT32, Shape.of(steps, batch))) : null;
      mask = text ? null : real(device, rows, architecture.features());
      lengths = resources.own(device.allocate(DataType.INT32, Shape.of(batch)));
      RecurrentPass.Builder encoder = rvae.encoder().pass(steps, batch).lengths(lengths);
      RecurrentPass.Builder decoder = rvae.decoder().pass(steps, batch);
      z = real(device, latents, latent);
      if (!perStep) {
        decoder.constant(z);
      }
      if (training) {
        encoder.training();
        decoder.training().withInputGradient();
        if (!perStep) {
          encoder.fromLastStates();
          decoder.withConstantGradient();
        }
        if (text) {
          encoder.withInputGradient();
        }
      }
      encode = resources.own(encoder.build());
      heads = new DenseHead[architecture.encoder().directions()];
      for (int direction = 0; direction < heads.length; direction++) {
        heads[direction] = new DenseHead(kernels, rvae.moments(direction));
      }
      moments = real(device, latents, 2 * latent);
      momentsPart = architecture.bidirectional() ? real(device, latents, 2 * latent) : null;
      klToStandard = real(device, latent);
      decode = resources.own(decoder.build());
      read = perStep ? real(device, steps, batch, architecture.inputs()) : decode.input();
      prior = perStep ? resources.own(new StepPrior(device, rvae, decode, batch, training)) : null;
      output = new DenseHead(kernels, rvae.output());
      initial = new Pass[rvae.initial().size()];
      for (int layer = 0; layer < initial.length; layer++) {
        Pass.Builder plan =
            rvae.initial().get(layer).pass(batch).from(z).into(decode.initialState(layer, 0));
        initial[layer] =
            resources.own((training ? plan.training().withInputGradient() : plan).build());
      }
      int before = (steps - 1) * batch;
      keep = before == 0 ? null : real(device, before);
      kept = before == 0 ? null : real(device, before);
      prediction = real(device, rows, architecture.outputs());
      dprediction = training ? real(device, rows, architecture.outputs()) : null;
      dz = training ? real(device, latents, latent) : null;
      dmoments = training ? real(device, latents, 2 * latent) : null;
      if (training) {
        dread =
            perStep ? real(device, steps, batch, architecture.inputs()) : decode.inputGradient();
      } else {
        dread = null;
      }
      dblanked =
          training && text && before > 0 ? real(device, before, architecture.inputs()) : null;
      none = training ? real(device, 1) : null;
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private Tensor real(Device device, int... sizes) {
    return resources.own(device.allocate(DataType.REAL, Shape.of(sizes)));
  }

  /** Blanks this share of what the decoder reads, step by step; 0 for none. */
  void inputDropout(double share) {
    dropping = share > 0 && keep != null;
    if (dropping) {
      kernels.fill(keep, 1 - share);
    }
  }

  /** Copies a batch to the device. */
  void load(SequenceBatch sequences) {
    lengths.write(sequences.lengths());
    if (prior != null) {
      prior.load(sequences.lengths());
    }
    if (architecture.isText()) {
      symbols.write(sequences.symbols());
    } else {
      encode.input().write(sequences.values());
      mask.write(sequences.mask());
    }
  }

  /** Latents x latent: write latents here, or {@link #draw} them, before decoding. */
  Tensor z() {
    return z;
  }

  /** N x latent: the latents of a step, where every step has one. */
  Tensor z(int step) {
    return ofSteps(z, step, 1);
  }

  /** Latents x 2 latent: means, then log variances, after {@link #encode}. */
  Tensor moments() {
    return moments;
  }

  /**
   * T N x 2 latent: the moments of the prior, given what the decoder read and the latents before
   * each; null where it is the standard normal distribution.
   */
  Tensor prior() {
    return prior == null ? null : prior.forward(0, steps);
  }

  /** N x 2 latent: the moments of the prior of a step, given the steps before. */
  Tensor prior(int step) {
    return prior.forward(step, 1);
  }

  /** T N x outputs: what the decoder says of each step. */
  Tensor prediction() {
    return prediction;
  }

  // ---- forward

  /** sequences -> moments. */
  void encode() {
    if (symbols != null) {
      rvae.embedding().forward(inputs(encode.input(), 0, steps), symbolRows(steps));
    }
    encode.forward();
    heads[0].forward(moments, encoded(0));
    if (momentsPart != null) {
      heads[1].forward(momentsPart, encoded(1));
      kernels.add(moments, moments, momentsPart);
    }
  }

  /** Draws z from the moments. */
  void draw(RandomStream noise) {
    kernels.reparameterizeForward(z, klToStandard, moments, noise);
  }

  /**
   * z and the steps before each -> predictions.
   *
   * @param blanks draws the inputs that {@link #inputDropout} blanks; null to blank none
   */
  void decode(RandomStream blanks) {
    start();
    if (steps > 1) {
      Tensor after = inputs(read, 1, steps - 1);
      Tensor before = inputs(encode.input(), 0, steps - 1);
      if (dropping && blanks != null) {
        kernels.bernoulli(kept, keep, blanks);
        kernels.scaleRows(after, before, kept);
      } else {
        kernels.copy(after, before);
      }
    }
    join(0, steps);
    decode.forward();
    output.forward(prediction, states(0, steps));
  }

  /** z alone -> predictions of numbers, each step's means being the next one's input. */
  void decodeFreely() {
    start();
    for (int step = 0; step < steps; step++) {
      if (step > 0) {
        kernels.copyColumns(
            inputs(read, step, 1),
            0,
            ofSteps(prediction, step - 1, 1),
            0,
            architecture.features(),
            GradientMode.OVERWRITE);
      }
      step(step);
    }
  }

  /** z -> where the decoder begins; then {@link #step} for each step. */
  void start() {
    for (Pass pass : initial) {
      pass.forward();
    }
    decode.begin();
  }

  /** The predictions of one step, from its {@link #input}. */
  void step(int step) {
    join(step, 1);
    decode.forwardStep(step);
    output.forward(ofSteps(prediction, step, 1), states(step, 1));
  }

  /** Puts what is read of the steps before and the latents of these steps side by side. */
  private void join(int first, int count) {
    if (prior != null) {
      Tensor both = joined(decode.input(), first, count);
      int inputs = architecture.inputs();
      kernels.copyColumns(both, 0, inputs(read, first, count), 0, inputs, GradientMode.OVERWRITE);
      kernels.copyColumns(
          both, inputs, ofSteps(z, first, count), 0, architecture.latent(), GradientMode.OVERWRITE);
    }
  }

  /** N x inputs: what the decoder reads at a step; zeros at the first one. */
  Tensor input(int step) {
    return inputs(read, step, 1);
  }

  /** N x outputs: what the decoder says of a step. */
  Tensor prediction(int step) {
    return ofSteps(prediction, step, 1);
  }

  /**
   * -log p(x | z) in nats a sequence, the mean over the batch, and its gradient in training.
   *
   * @param result [1]
   * @param ofSteps T N: each step's; may be null
   */
  void reconstructionLoss(Tensor result, Tensor ofSteps) {
    if (symbols != null) {
      kernels.crossEntropy(
          result, ofSteps, dprediction, prediction, symbolRows(steps), null, batch);
    } else {
      Likelihood likelihood = architecture.likelihood();
      kernels.reconstructionLoss(
          result,
          ofSteps,
          dprediction,
          prediction,
          inputs(encode.input(), 0, steps),
          mask,
          likelihood,
          batch);
    }
  }

  /**
   * KL(q(z | x) || p(z)) in nats a sequence, the mean over the batch; after decoding, in training.
   *
   * @param result [1], neither weighed nor free
   * @param beta [1], its weight in the gradients
   */
  void kl(Tensor result, Tensor beta, double freeBits) {
    if (prior == null) {
      kernels.sum(result, klToStandard);
    } else {
      prior.kl(result, moments, beta, freeBits);
    }
  }

  // ---- backward

  /**
   * From both losses to the gradients of all parameters.
   *
   * @param freely whether {@link #decodeFreely} decoded
   * @param beta [1], as {@link #kl} had it, and so the free bits
   * @param noise as {@link #draw} had it
   */
  void backward(
      GradientMode mode, boolean freely, Tensor beta, double freeBits, RandomStream noise) {
    if (prior != null) {
      prior.backward(mode);
    }
    if (freely) {
      backwardFreely(mode);
    } else {
      output.backward(outputGradients(0, steps), dprediction);
      if (prior != null) {
        prior.addToOutputGradient(0, steps);
      }
      decode.backward(mode);
      split(0, steps);
    }
    output.backwardWeights(dprediction, states(0, steps), mode);
    backwardStart(mode);
    Tensor weight = prior == null ? beta : none; // a prior has gradients of its own
    kernels.reparameterizeBackward(dmoments, dz, moments, klToStandard, weight, freeBits, noise);
    if (prior != null) {
      kernels.add(dmoments, dmoments, prior.posteriorGradient());
    }
    backwardEncoder(mode);
  }

  /** The gradient of latents that the decoder begins at and reads at every step. */
  private void backwardStart(GradientMode mode) {
    for (int layer = 0; layer < initial.length; layer++) {
      initial[layer].backward(decode.initialStateGradient(layer, 0), mode);
      Tensor sum = layer == 0 ? decode.constantGradient() : dz;
      kernels.add(dz, sum, initial[layer].inputGradient());
    }
  }

  /** What {@link #join} put together, of the gradients. */
  private void split(int first, int count) {
    if (prior != null) {
      Tensor both = joined(decode.inputGradient(), first, count);
      int inputs = architecture.inputs();
      kernels.copyColumns(inputs(dread, first, count), 0, both, 0, inputs, GradientMode.OVERWRITE);
      kernels.copyColumns(
          ofSteps(dz, first, count),
          0,
          both,
          inputs,
          architecture.latent(),
          GradientMode.OVERWRITE);
    }
  }

  private void backwardFreely(GradientMode mode) {
    decode.beginBackward();
    for (int step = steps - 1; step >= 0; step--) {
      Tensor gradient = ofSteps(dprediction, step, 1);
      if (step < steps - 1) { // the means went into the step after
        kernels.copyColumns(
            gradient,
            0,
            inputs(dread, step + 1, 1),
            0,
            architecture.features(),
            GradientMode.ACCUMULATE);
      }
      output.backward(outputGradients(step, 1), gradient);
      if (prior != null) {
        prior.addToOutputGradient(step, 1);
      }
      decode.backwardStep(step);
      split(step, 1);
    }
    decode.finishBackward(mode);
  }

  /** From the gradient of the moments to those of encoder and embedding. */
  private void backwardEncoder(GradientMode mode) {
    for (int direction = 0; direction < heads.length; direction++) {
      heads[direction].backward(encodedGradient(direction), dmoments);
      heads[direction].backwardWeights(dmoments, encoded(direction), mode);
    }
    encode.backward(mode);
    if (symbols != null) {
      rvae.embedding().backward(inputs(encode.inputGradient(), 0, steps), symbolRows(steps), mode);
      if (steps > 1) {
        backwardInputs();
      }
    }
  }

  private void backwardInputs() {
    Tensor gradient = inputs(dread, 1, steps - 1);
    if (dropping) {
      kernels.scaleRows(dblanked, gradient, kept);
      gradient = dblanked;
    }
    rvae.embedding().backward(gradient, symbolRows(steps - 1), GradientMode.ACCUMULATE);
  }

  // ---- views

  /** Latents x units: the states that the moments are of. */
  private Tensor encoded(int direction) {
    return prior == null
        ? encode.lastState(architecture.layers() - 1, direction)
        : unitRows(encode.output(direction), 0, steps);
  }

  private Tensor encodedGradient(int direction) {
    return prior == null
        ? encode.lastStateGradient(architecture.layers() - 1, direction)
        : unitRows(encode.outputGradient(direction), 0, steps);
  }

  /** The rows of some steps of a tensor [T N][...]. */
  private Tensor ofSteps(Tensor tensor, int first, int count) {
    return tensor.rows(first * batch, count * batch);
  }

  /** Some steps of a tensor [T][N][inputs] as rows. */
  private Tensor inputs(Tensor tensor, int first, int count) {
    return tensor.rows(first, count).reshaped(Shape.of(count * batch, architecture.inputs()));
  }

  /** Some steps of a tensor [T][N][inputs + latent] as rows. */
  private Tensor joined(Tensor tensor, int first, int count) {
    int width = architecture.decoder().inputs();
    return tensor.rows(first, count).reshaped(Shape.of(count * batch, width));
  }

  private Tensor states(int first, int count) {
    return unitRows(decode.output(0), first, count);
  }

  private Tensor outputGradients(int first, int count) {
    return unitRows(decode.outputGradient(0), first, count);
  }

  private Tensor unitRows(Tensor tensor, int first, int count) {
    return tensor.rows(first, count).reshaped(Shape.of(count * batch, architecture.units()));
  }

  private Tensor symbolRows(int count) {
    return symbols.rows(0, count).reshaped(Shape.of(count * batch));
  }

  @Override
  public void close() {
    resources.close();
  }
}
