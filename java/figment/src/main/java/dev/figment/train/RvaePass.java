package dev.figment.train;

import dev.figment.data.SequenceBatch;
import dev.figment.device.Activation;
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
import dev.figment.nn.Network;
import dev.figment.nn.Pass;
import dev.figment.nn.RecurrentPass;

/**
 * What the networks of an {@link Rvae} compute for a batch of sequences, forward and, for training,
 * backward. Everything is allocated when it is built. The decoder reads the steps before, some of
 * them blanked, or runs freely on the means that it said itself.
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
  private final Tensor moments; // N x 2 latent
  private final Tensor momentsPart; // of a second direction; null without one
  private final Tensor z; // N x latent
  private final Pass[] initial; // of each layer, into the decoder's initial states
  private final RecurrentPass decode;
  private final Tensor keep; // (T - 1) N: the share of inputs kept; null without steps before
  private final Tensor kept; // (T - 1) N: 1 where an input is kept, else 0
  private final Tensor prediction; // T N x outputs
  private final Tensor dprediction; // null without training
  private final Tensor dz;
  private final Tensor dblanked; // (T - 1) N x inputs, of a decoder that reads symbols
  private boolean dropping;

  /** Plans for {@code batch} sequences of up to the architecture's steps. */
  RvaePass(Device device, Rvae rvae, int batch, boolean training) {
    this.rvae = rvae;
    this.batch = batch;
    kernels = device.kernels();
    architecture = rvae.architecture();
    steps = architecture.steps();
    int rows = Math.multiplyExact(steps, batch);
    boolean text = architecture.isText();
    try {
      symbols =
          text
              ? resources.own(device.allocate(DataType.INT32, Shape.of(steps, batch)))
              : null;
      mask = text ? null : real(device, rows, architecture.features());
      lengths = resources.own(device.allocate(DataType.INT32, Shape.of(batch)));
      RecurrentPass.Builder encoder = rvae.encoder().pass(steps, batch).lengths(lengths);
      RecurrentPass.Builder decoder = rvae.decoder().pass(steps, batch);
      z = real(device, batch, architecture.latent());
      decoder.constant(z);
      if (training) {
        encoder.training().fromLastStates();
        decoder.training().withConstantGradient().withInputGradient();
        if (text) {
          encoder.withInputGradient();
        }
      }
      encode = resources.own(encoder.build());
      moments = real(device, batch, 2 * architecture.latent());
      momentsPart =
          architecture.bidirectional() ? real(device, batch, 2 * architecture.latent()) : null;
      decode = resources.own(decoder.build());
      initial = new Pass[architecture.layers()];
      for (int layer = 0; layer < initial.length; layer++) {
        Pass.Builder plan =
            rvae.initial(layer).pass(batch).from(z).into(decode.initialState(layer, 0));
        initial[layer] =
            resources.own((training ? plan.training().withInputGradient() : plan).build());
      }
      int before = (steps - 1) * batch;
      keep = before == 0 ? null : real(device, before);
      kept = before == 0 ? null : real(device, before);
      prediction = real(device, rows, architecture.outputs());
      dprediction = training ? real(device, rows, architecture.outputs()) : null;
      dz = training ? real(device, batch, architecture.latent()) : null;
      dblanked =
          training && text && before > 0 ? real(device, before, architecture.inputs()) : null;
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
    if (architecture.isText()) {
      symbols.write(sequences.symbols());
    } else {
      encode.input().write(sequences.values());
      mask.write(sequences.mask());
    }
  }

  /** N x latent: write latents here, or draw them from {@link #moments()}, before decoding. */
  Tensor z() {
    return z;
  }

  /** N x 2 latent: means, then log variances, after {@link #encode}. */
  Tensor moments() {
    return moments;
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
    head(moments, encode.lastState(top(), 0), rvae.moments(0));
    if (momentsPart != null) {
      head(momentsPart, encode.lastState(top(), 1), rvae.moments(1));
      kernels.add(moments, moments, momentsPart);
    }
  }

  /**
   * z and the steps before each -> predictions.
   *
   * @param blanks draws the inputs that {@link #inputDropout} blanks; null to blank none
   */
  void decode(RandomStream blanks) {
    start();
    if (steps > 1) {
      Tensor read = inputs(decode.input(), 1, steps - 1);
      Tensor before = inputs(encode.input(), 0, steps - 1);
      if (dropping && blanks != null) {
        kernels.bernoulli(kept, keep, blanks);
        kernels.scaleRows(read, before, kept);
      } else {
        kernels.copy(read, before);
      }
    }
    decode.forward();
    head(prediction, states(0, steps), rvae.output());
  }

  /** z alone -> predictions of numbers, each step's means being the next one's input. */
  void decodeFreely() {
    start();
    for (int step = 0; step < steps; step++) {
      if (step > 0) {
        kernels.copyColumns(
            inputs(decode.input(), step, 1),
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
    decode.forwardStep(step);
    head(ofSteps(prediction, step, 1), states(step, 1), rvae.output());
  }

  /** N x inputs: what the decoder reads at a step; zeros at the first one. */
  Tensor input(int step) {
    return inputs(decode.input(), step, 1);
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

  // ---- backward

  /** From the loss's gradient to that of z, which it returns, N x latent. */
  Tensor backwardDecoder(GradientMode mode, boolean freely) {
    if (freely) {
      backwardFreely(mode);
    } else {
      backwardHead(outputGradients(0, steps), dprediction, rvae.output());
      decode.backward(mode);
    }
    headWeights(dprediction, states(0, steps), rvae.output(), mode);
    Tensor sum = decode.constantGradient();
    for (int layer = 0; layer < initial.length; layer++) {
      initial[layer].backward(decode.initialStateGradient(layer, 0), mode);
      kernels.add(dz, sum, initial[layer].inputGradient());
      sum = dz;
    }
    return dz;
  }

  private void backwardFreely(GradientMode mode) {
    decode.beginBackward();
    for (int step = steps - 1; step >= 0; step--) {
      Tensor gradient = ofSteps(dprediction, step, 1);
      if (step < steps - 1) { // the means went into the step after
        kernels.copyColumns(
            gradient,
            0,
            inputs(decode.inputGradient(), step + 1, 1),
            0,
            architecture.features(),
            GradientMode.ACCUMULATE);
      }
      backwardHead(outputGradients(step, 1), gradient, rvae.output());
      decode.backwardStep(step);
    }
    decode.finishBackward(mode);
  }

  /** From the gradient of the moments to those of encoder and embedding. */
  void backwardEncoder(Tensor dmoments, GradientMode mode) {
    for (int direction = 0; direction < architecture.encoder().directions(); direction++) {
      backwardHead(encode.lastStateGradient(top(), direction), dmoments, rvae.moments(direction));
      headWeights(dmoments, encode.lastState(top(), direction), rvae.moments(direction), mode);
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
    Tensor gradient = inputs(decode.inputGradient(), 1, steps - 1);
    if (dropping) {
      kernels.scaleRows(dblanked, gradient, kept);
      gradient = dblanked;
    }
    rvae.embedding().backward(gradient, symbolRows(steps - 1), GradientMode.ACCUMULATE);
  }

  // ---- a dense layer on all rows; its names are those of the network's only layer

  private static final String WEIGHT = "dense_1.weight";
  private static final String BIAS = "dense_1.bias";

  private void head(Tensor y, Tensor x, Network network) {
    Tensor bias = hasBias(network) ? network.parameters().value(BIAS) : null;
    kernels.denseForward(y, x, network.parameters().value(WEIGHT), bias, Activation.IDENTITY);
  }

  private void backwardHead(Tensor dx, Tensor dy, Network network) {
    kernels.denseBackwardData(dx, dy, network.parameters().value(WEIGHT));
  }

  private void headWeights(Tensor dy, Tensor x, Network network, GradientMode mode) {
    Tensor bias = hasBias(network) ? network.parameters().gradient(BIAS) : null;
    kernels.denseBackwardWeights(network.parameters().gradient(WEIGHT), bias, dy, x, mode);
  }

  private static boolean hasBias(Network network) {
    return network.parameters().names().contains(BIAS);
  }

  // ---- views

  private int top() {
    return architecture.layers() - 1;
  }

  /** The rows of some steps of a tensor [T N][...]. */
  private Tensor ofSteps(Tensor tensor, int first, int count) {
    return tensor.rows(first * batch, count * batch);
  }

  /** Some steps of a tensor [T][N][inputs] as rows. */
  private Tensor inputs(Tensor tensor, int first, int count) {
    return tensor.rows(first, count).reshaped(Shape.of(count * batch, architecture.inputs()));
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
