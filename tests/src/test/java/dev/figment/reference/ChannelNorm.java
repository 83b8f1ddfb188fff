package dev.figment.reference;

import dev.figment.device.Activation;

/** Batch normalization of x [rows][C]. Source: Ioffe and Szegedy (2015). */
final class ChannelNorm {
  private final int channels;
  private final int rows;
  private final Activation activation;

  ChannelNorm(int count, int channels, Activation activation) {
    this.channels = channels;
    this.rows = count / channels;
    this.activation = activation;
  }

  /** Of each channel: the mean, and the sum of squared distances from it. */
  record Moments(double[] mean, double[] squares) {}

  /** The moments of x. */
  Moments moments(Reals x) {
    Moments moments = new Moments(new double[channels], new double[channels]);
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int i = 0; i < rows; i++) {
        sum += x.get(i * channels + c);
      }
      moments.mean[c] = sum / rows;
      for (int i = 0; i < rows; i++) {
        double distance = x.get(i * channels + c) - moments.mean[c];
        moments.squares[c] += distance * distance;
      }
    }
    return moments;
  }

  /** The moments of all rows from those of tiles: [tiles][count, mean, squares][C]. */
  Moments given(Reals statistics) {
    Moments moments = new Moments(new double[channels], new double[channels]);
    int tiles = statistics.count() / (3 * channels);
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int t = 0; t < tiles; t++) {
        int at = t * 3 * channels + c;
        if (statistics.get(at) > 0) {
          sum += statistics.get(at) * statistics.get(at + channels);
        }
      }
      moments.mean[c] = sum / rows;
      for (int t = 0; t < tiles; t++) {
        int at = t * 3 * channels + c;
        if (statistics.get(at) > 0) {
          double distance = statistics.get(at + channels) - moments.mean[c];
          moments.squares[c] +=
              statistics.get(at + 2 * channels) + statistics.get(at) * distance * distance;
        }
      }
    }
    return moments;
  }

  /** Writes the batch's statistics and moves the running ones towards them. */
  void statistics(
      Reals mean,
      Reals inverseDeviation,
      Reals runningMean,
      Reals runningVariance,
      Moments moments,
      double momentum,
      double epsilon) {
    for (int c = 0; c < channels; c++) {
      double average = moments.mean[c];
      double squares = moments.squares[c];
      double unbiased = squares / Math.max(rows - 1, 1);
      mean.set(c, average);
      inverseDeviation.set(c, 1 / Math.sqrt(squares / rows + epsilon));
      runningMean.set(c, momentum * runningMean.get(c) + (1 - momentum) * average);
      runningVariance.set(c, momentum * runningVariance.get(c) + (1 - momentum) * unbiased);
    }
  }

  /** y = activation(gamma (x - mean) inverseDeviation + beta). */
  void apply(Reals y, Reals x, Reals gamma, Reals beta, Reals mean, Reals inverseDeviation) {
    for (int i = 0; i < rows * channels; i++) {
      int c = i % channels;
      double normalized = (x.get(i) - mean.get(c)) * inverseDeviation.get(c);
      y.set(i, ReferenceActivation.value(activation, gamma.get(c) * normalized + beta.get(c)));
    }
  }

  /** dx, and dgamma and dbeta added to where they are wanted. */
  void backward(
      Reals dx,
      Reals dgamma,
      Reals dbeta,
      Reals dy,
      Reals x,
      Reals gamma,
      Reals beta,
      Reals mean,
      Reals inverseDeviation) {
    for (int c = 0; c < channels; c++) {
      double[] normalized = new double[rows];
      double[] gradient = new double[rows];
      double sum = 0;
      double product = 0;
      for (int i = 0; i < rows; i++) {
        int at = i * channels + c;
        normalized[i] = (x.get(at) - mean.get(c)) * inverseDeviation.get(c);
        double y =
            ReferenceActivation.value(activation, gamma.get(c) * normalized[i] + beta.get(c));
        gradient[i] = dy.get(at) * ReferenceActivation.derivative(activation, y);
        sum += gradient[i];
        product += gradient[i] * normalized[i];
      }
      for (int i = 0; i < rows; i++) {
        double centred = gradient[i] - sum / rows - normalized[i] * product / rows;
        dx.set(i * channels + c, gamma.get(c) * inverseDeviation.get(c) * centred);
      }
      if (dgamma != null) {
        dgamma.add(c, product);
        dbeta.add(c, sum);
      }
    }
  }
}
