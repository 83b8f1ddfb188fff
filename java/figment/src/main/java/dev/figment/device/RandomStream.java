package dev.figment.device;

/**
 * Where random numbers come from: Philox4x32-10 with key = {@code seed} and counter words 0,1 =
 * element index / 4, word 2 = the value in {@code counter}, word 3 = {@code stream}. Element i
 * takes output word i mod 4. The counter lives in device memory so that a recorded graph of kernels
 * draws anew each time it is replayed. Source: Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3" (SC 2011).
 *
 * @param seed the run's seed
 * @param counter a scalar INT32 tensor
 * @param stream which use of randomness: {@link #LATENT}, {@link #dropout(int)}, ...
 */
public record RandomStream(long seed, Tensor counter, int stream) {
  /** Latent vectors. */
  public static final int LATENT = 0;

  /** Initial parameters. */
  public static final int INITIALISATION = 1;

  /** The order of an epoch. */
  public static final int SHUFFLE = 2;

  /** The noise of a reparameterization. */
  public static final int EPSILON = 3;

  /** The latent vectors that a run's sample pictures are made of. */
  public static final int SAMPLES = 4;

  /** Flips and shifts of training images. */
  public static final int AUGMENTATION = 5;

  /** The latent vectors that the statistics of an averaged generator are measured on. */
  public static final int STATISTICS = 6;

  /** The dynamic binarisation of images. */
  public static final int BINARIZATION = 7;

  /** The noise of reparameterizations in an evaluation. */
  public static final int EVALUATION = 8;

  /** Where between a real and a generated image a penalty looks. */
  public static final int INTERPOLATION = 9;

  /** Data that are made, not read. */
  public static final int GENERATED_DATA = 10;

  /** The resamples of a bootstrap. */
  public static final int BOOTSTRAP = 11;

  /** What is drawn step by step of generated sequences. */
  public static final int OBSERVATIONS = 12;

  /** Dropout layer {@code index} of a network. */
  public static int dropout(int index) {
    return 16 + index;
  }
}
