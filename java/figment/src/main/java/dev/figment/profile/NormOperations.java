package dev.figment.profile;

import static dev.figment.profile.KernelCatalogue.IMAGES;
import static dev.figment.profile.Operation.reals;

import dev.figment.device.Activation;
import dev.figment.device.GradientMode;
import dev.figment.device.Kernels;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.List;
import java.util.function.Consumer;

/** batch_norm.cu and spectral_norm.cu. */
final class NormOperations {
  private static final long N = IMAGES.count();
  private static final int CHANNELS = IMAGES.size(-1);
  private static final long COLUMN = reals(CHANNELS);
  private static final int TILES = 128;

  /** Weights of a convolution 5x5 from 256 to 512 channels. */
  private static final Shape WEIGHTS = Shape.of(512, 5, 5, 256);

  private static final int ROWS = WEIGHTS.size(0);
  private static final int COLUMNS = (int) (WEIGHTS.count() / ROWS);

  private NormOperations() {}

  static List<Operation> all() {
    return List.of(
        forward(), forwardOfGiven(), infer(), backward(), spectralNorm(), spectralNormBackward());
  }

  private static Operation forward() {
    return Operation.of("batch_norm", "batch_norm_forward", IMAGES + " relu")
        // In: x, gamma, beta, both running moments. Out: those two, two moments, scale and shift.
        .kernel("batch_norm_statistics", 4 * N, reals(N), 4 * COLUMN, 6 * COLUMN)
        .kernel("batch_norm_apply", 3 * N, reals(N), reals(N), 3 * COLUMN)
        .calls(tensors -> forward(tensors, null));
  }

  private static Operation forwardOfGiven() {
    long given = (long) TILES * 3 * CHANNELS;
    return Operation.of(
            "batch_norm", "batch_norm_forward of given statistics", TILES + "x3x" + CHANNELS)
        .kernel("batch_norm_merge", 7 * given / 3, reals(given), 4 * COLUMN, 6 * COLUMN)
        .kernel("batch_norm_apply", 3 * N, reals(N), reals(N), 3 * COLUMN)
        .calls(tensors -> forward(tensors, given(tensors)));
  }

  /** Statistics of tiles of as many rows each. */
  private static Tensor given(Tensors tensors) {
    Tensor given = tensors.zeros(TILES, 3, CHANNELS);
    float[] numbers = new float[TILES * 3 * CHANNELS];
    float rows = (float) N / CHANNELS / TILES;
    for (int i = 0; i < numbers.length; i++) {
      int which = i / CHANNELS % 3;
      numbers[i] = which == 0 ? rows : which == 1 ? 0.01f * (i % 7) : rows / 3;
    }
    given.write(numbers);
    return given;
  }

  private static Consumer<Kernels> forward(Tensors tensors, Tensor statistics) {
    Tensor y = tensors.zeros(IMAGES);
    Tensor x = tensors.values(IMAGES);
    Tensor mean = tensors.zeros(CHANNELS);
    Tensor inverse = tensors.zeros(CHANNELS);
    Tensor runningMean = tensors.values(CHANNELS);
    Tensor runningVariance = tensors.values(Shape.of(CHANNELS), 0.5, 1);
    Tensor gamma = tensors.values(CHANNELS);
    Tensor beta = tensors.values(CHANNELS);
    return kernels ->
        kernels.batchNormForward(
            y,
            mean,
            inverse,
            runningMean,
            runningVariance,
            x,
            statistics,
            gamma,
            beta,
            0.9,
            1e-3,
            Activation.RELU);
  }

  private static Operation infer() {
    return Operation.of("batch_norm", "batch_norm_infer", IMAGES + " relu")
        .kernel("batch_norm_infer", 3 * N, reals(N), reals(N), 4 * COLUMN)
        .calls(
            tensors -> {
              Tensor y = tensors.zeros(IMAGES);
              Tensor x = tensors.values(IMAGES);
              Tensor gamma = tensors.values(CHANNELS);
              Tensor beta = tensors.values(CHANNELS);
              Tensor mean = tensors.values(CHANNELS);
              Tensor variance = tensors.values(Shape.of(CHANNELS), 0.5, 1);
              return kernels ->
                  kernels.batchNormInfer(y, x, gamma, beta, mean, variance, 1e-3, Activation.RELU);
            });
  }

  private static Operation backward() {
    return Operation.of("batch_norm", "batch_norm_backward", IMAGES + " relu")
        // In: dy, x, four of each channel. Out: dgamma, dbeta, tilt and level.
        .kernel("batch_norm_gradients", 8 * N, reals(N), reals(N), 4 * COLUMN, 4 * COLUMN)
        .kernel("batch_norm_input_gradient", 9 * N, reals(N), reals(N), reals(N), 6 * COLUMN)
        .calls(
            tensors -> {
              Tensor dx = tensors.zeros(IMAGES);
              Tensor dgamma = tensors.zeros(CHANNELS);
              Tensor dbeta = tensors.zeros(CHANNELS);
              Tensor dy = tensors.values(IMAGES);
              Tensor x = tensors.values(IMAGES);
              Tensor gamma = tensors.values(CHANNELS);
              Tensor beta = tensors.values(CHANNELS);
              Tensor mean = tensors.values(CHANNELS);
              Tensor inverse = tensors.values(Shape.of(CHANNELS), 0.5, 2);
              return kernels ->
                  kernels.batchNormBackward(
                      dx,
                      dgamma,
                      dbeta,
                      dy,
                      x,
                      gamma,
                      beta,
                      mean,
                      inverse,
                      Activation.RELU,
                      GradientMode.OVERWRITE);
            });
  }

  private static Operation spectralNorm() {
    long n = WEIGHTS.count();
    return Operation.of("spectral_norm", "spectral_norm", WEIGHTS)
        .kernel("spectral_columns", 2 * n, reals(n), reals(ROWS), reals(COLUMNS))
        .tiled(reals(n) + n + reals(COLUMNS)) // of u a sector for 32 columns of a row, from a cache
        .kernel("spectral_rows", 2 * n, reals(n), 2 * reals(COLUMNS), reals(ROWS), reals(1))
        .tiled(2 * reals(n) + 2 * reals(COLUMNS) + reals(ROWS)) // v for each row, from a cache
        .calls(
            tensors -> {
              Tensor inverse = tensors.zeros(1);
              Tensor u = tensors.values(ROWS);
              Tensor v = tensors.zeros(COLUMNS);
              Tensor w = tensors.values(WEIGHTS);
              return kernels -> kernels.spectralNorm(inverse, u, v, w);
            });
  }

  private static Operation spectralNormBackward() {
    long n = WEIGHTS.count();
    return Operation.of("spectral_norm", "spectral_norm_backward", WEIGHTS)
        .kernel("spectral_dot", 2 * n, reals(n), reals(n))
        .kernel("spectral_gradient", 3 * n, 2 * reals(n), reals(ROWS), reals(COLUMNS))
        .tiled(3 * reals(n) + reals(ROWS)) // v for each row, from a cache
        .calls(
            tensors -> {
              Tensor dw = tensors.values(WEIGHTS);
              Tensor w = tensors.values(WEIGHTS);
              Tensor u = tensors.values(ROWS);
              Tensor v = tensors.values(COLUMNS);
              Tensor inverse = tensors.values(Shape.of(1), 0.5, 1);
              return kernels -> kernels.spectralNormBackward(dw, w, u, v, inverse);
            });
  }
}
