package dev.figment.device;

/**
 * An element-wise activation. All of them have a derivative that their output alone gives, so
 * backward passes need no saved input.
 *
 * @param kind which function
 * @param slope the slope below zero, for {@link Kind#LEAKY_RELU} only (0 for the others)
 */
public record Activation(Kind kind, float slope) {
  /** The functions; the order is the C ABI's. */
  public enum Kind {
    IDENTITY,
    RELU,
    LEAKY_RELU,
    TANH,
    SIGMOID
  }

  public static final Activation IDENTITY = new Activation(Kind.IDENTITY, 0);
  public static final Activation RELU = new Activation(Kind.RELU, 0);
  public static final Activation TANH = new Activation(Kind.TANH, 0);
  public static final Activation SIGMOID = new Activation(Kind.SIGMOID, 0);

  public Activation {
    boolean leaky = kind == Kind.LEAKY_RELU;
    if (leaky ? !(slope > 0 && slope < 1) : slope != 0) {
      throw new FigmentException(
          kind + " got slope " + slope + "; LEAKY_RELU takes one between 0 and 1, others take 0.");
    }
  }

  /** Whether its second derivative is 0 wherever there is one. */
  public boolean isPiecewiseLinear() {
    return kind != Kind.TANH && kind != Kind.SIGMOID;
  }

  /** LeakyReLU: x for x > 0, slope * x else (Maas et al., 2013). */
  public static Activation leakyRelu(double slope) {
    return new Activation(Kind.LEAKY_RELU, (float) slope);
  }
}
