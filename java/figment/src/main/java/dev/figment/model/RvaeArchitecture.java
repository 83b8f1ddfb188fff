package dev.figment.model;

import dev.figment.device.FigmentException;
import dev.figment.device.Likelihood;
import dev.figment.nn.Recurrent;

/**
 * The networks of a recurrent VAE over sequences of at most {@code steps} steps, each of {@code
 * features} numbers or one of {@code symbols} symbols. The encoder reads a sequence; its last valid
 * states give the moments of q(z | x). The decoder begins at a state made of z, gets z again at
 * every step, and says of each step what its distribution is, given those before.
 *
 * <p>Source: Bowman et al., "Generating sentences from a continuous space" (2016), with z at every
 * step as Fabius and van Amersfoort, "Variational recurrent auto-encoders" (2014), have it in the
 * initial state.
 *
 * <p>With a latent per step it is a variational recurrent network (Chung et al., "A recurrent
 * latent variable model for sequential data", 2015): the decoder begins at zero and reads z_t
 * beside the step before. The prior of z_t is a Gaussian whose moments are read from the decoder's
 * state before the step (equation 5); q(z_t | x) is read from the encoder's state after it, as in
 * Bayer and Osendorfer, "Learning stochastic recurrent networks" (2014), and where the encoder
 * reads both ways from the whole sequence, as in Fraccaro et al., "Sequential neural models with
 * stochastic layers" (2016).
 *
 * @param steps T, of the longest sequence
 * @param features F; 0 for symbols
 * @param symbols V; 0 for numbers
 * @param cell of encoder and decoder
 * @param units of each layer and direction
 * @param layers of encoder and decoder
 * @param bidirectional whether the encoder reads both ways
 * @param latent numbers of z, or of each step's
 * @param embedding numbers that a symbol is read as; 0 for numbers
 * @param likelihood of a number; null for symbols, which are categorical
 * @param latentPerStep whether every step has a latent vector of its own
 */
public record RvaeArchitecture(
    int steps,
    int features,
    int symbols,
    Recurrent.Cell cell,
    int units,
    int layers,
    boolean bidirectional,
    int latent,
    int embedding,
    Likelihood likelihood,
    boolean latentPerStep) {
  public RvaeArchitecture {
    if (steps < 1 || units < 1 || layers < 1 || latent < 1) {
      throw new FigmentException(
          "A recurrent VAE of %d steps, %d units, %d layers and latent size %d was asked for; each must be at least 1."
              .formatted(steps, units, layers, latent));
    }
    boolean numbers = features > 0 && symbols == 0 && embedding == 0 && likelihood != null;
    boolean text = features == 0 && symbols > 0 && embedding > 0 && likelihood == null;
    if (!numbers && !text) {
      throw new FigmentException(
          "A recurrent VAE of %d features with likelihood %s and of %d symbols embedded in %d numbers was asked for; give the one or the other."
              .formatted(features, likelihood, symbols, embedding));
    }
  }

  /** Of sequences of numbers. */
  public static RvaeArchitecture ofNumbers(
      int steps,
      int features,
      Recurrent.Cell cell,
      int units,
      int layers,
      boolean bidirectional,
      int latent,
      Likelihood likelihood) {
    return new RvaeArchitecture(
        steps, features, 0, cell, units, layers, bidirectional, latent, 0, likelihood, false);
  }

  /** Of sequences of symbols. */
  public static RvaeArchitecture ofSymbols(
      int steps,
      int symbols,
      Recurrent.Cell cell,
      int units,
      int layers,
      boolean bidirectional,
      int latent,
      int embedding) {
    return new RvaeArchitecture(
        steps, 0, symbols, cell, units, layers, bidirectional, latent, embedding, null, false);
  }

  /** The same with a latent vector at every step, or with one. */
  public RvaeArchitecture withLatentPerStep(boolean perStep) {
    return new RvaeArchitecture(
        steps,
        features,
        symbols,
        cell,
        units,
        layers,
        bidirectional,
        latent,
        embedding,
        likelihood,
        perStep);
  }

  /** Whether the steps are symbols. */
  public boolean isText() {
    return symbols > 0;
  }

  /** Numbers that a step is read as. */
  public int inputs() {
    return isText() ? embedding : features;
  }

  /** Numbers that the decoder says of a step: means, then log variances; or logits. */
  public int outputs() {
    return isText() ? symbols : Math.multiplyExact(likelihood.outputs(), features);
  }

  /** Latent vectors of a sequence. */
  public int latents() {
    return latentPerStep ? steps : 1;
  }

  /** sequence -> states. */
  public Recurrent encoder() {
    return new Recurrent(cell, inputs(), 0, units, layers, bidirectional);
  }

  /** the steps before, and z at every step -> states. */
  public Recurrent decoder() {
    if (latentPerStep) {
      return new Recurrent(cell, Math.addExact(inputs(), latent), 0, units, layers, false);
    }
    return new Recurrent(cell, inputs(), latent, units, layers, false);
  }
}
