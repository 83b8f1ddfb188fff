package dev.figment.eval;

import dev.figment.device.FigmentException;
import java.util.Arrays;
import java.util.Random;

/**
 * The directions in which points vary most, found one after another by power iteration on their
 * covariance (Hotelling, 1933). The same points give the same bits.
 *
 * @param coordinates of each point along each direction, its mean being the origin: points x
 *     components
 * @param shares of the points' variance that each direction has, 0 to 1
 */
public record PrincipalComponents(double[][] coordinates, double[] shares) {
  private static final int MOST_ITERATIONS = 1000;
  private static final double ACCURACY = 1e-10; // of a direction
  private static final double NOTHING = 1e-12; // of all variance

  /**
   * Projects points to their first components. A direction's sign is that which makes its largest
   * part positive; where nothing varies any more, coordinates are 0.
   *
   * @param points count x size, row-major
   * @param components at least 1
   */
  public static PrincipalComponents of(float[] points, int size, int components) {
    if (size < 1 || components < 1 || points.length < size || points.length % size != 0) {
      throw new FigmentException(
          "%d principal components of %d numbers in points of %d were asked for; give whole points, at least one."
              .formatted(components, points.length, size));
    }
    double[][] centred = centred(points, size);
    double[][] covariance = covariance(centred, size);
    double total = 0;
    for (int i = 0; i < size; i++) {
      total += covariance[i][i];
    }
    double[][] coordinates = new double[centred.length][components];
    double[] shares = new double[components];
    for (int component = 0; component < Math.min(components, size); component++) {
      double[] direction = direction(covariance);
      double variance = dot(direction, product(covariance, direction));
      if (!(variance > NOTHING * total)) {
        break;
      }
      shares[component] = variance / total;
      for (int i = 0; i < centred.length; i++) {
        coordinates[i][component] = dot(centred[i], direction);
      }
      for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++) {
          covariance[i][j] -= variance * direction[i] * direction[j];
        }
      }
    }
    return new PrincipalComponents(coordinates, shares);
  }

  private static double[][] centred(float[] points, int size) {
    int count = points.length / size;
    double[] mean = new double[size];
    for (int i = 0; i < points.length; i++) {
      mean[i % size] += points[i] / (double) count;
    }
    double[][] centred = new double[count][size];
    for (int i = 0; i < points.length; i++) {
      centred[i / size][i % size] = points[i] - mean[i % size];
    }
    return centred;
  }

  private static double[][] covariance(double[][] centred, int size) {
    double[][] covariance = new double[size][size];
    for (double[] point : centred) {
      for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++) {
          covariance[i][j] += point[i] * point[j] / centred.length;
        }
      }
    }
    return covariance;
  }

  /** The direction of the largest variance, from a start that no direction is orthogonal to. */
  private static double[] direction(double[][] covariance) {
    Random start = new Random(1);
    double[] direction = new double[covariance.length];
    Arrays.setAll(direction, i -> start.nextGaussian());
    normalise(direction);
    for (int iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
      double[] next = product(covariance, direction);
      normalise(next);
      double change = 0;
      for (int i = 0; i < next.length; i++) {
        change = Math.max(change, Math.abs(next[i] - direction[i]));
      }
      direction = next;
      if (change < ACCURACY) {
        break;
      }
    }
    return direction;
  }

  /** To length 1, the largest part positive; nothing where it is 0. */
  private static void normalise(double[] vector) {
    double length = Math.sqrt(dot(vector, vector));
    double largest = 0;
    for (double part : vector) {
      largest = Math.abs(part) > Math.abs(largest) ? part : largest;
    }
    for (int i = 0; length > 0 && i < vector.length; i++) {
      vector[i] *= Math.signum(largest) / length;
    }
  }

  private static double[] product(double[][] matrix, double[] vector) {
    double[] product = new double[vector.length];
    for (int i = 0; i < vector.length; i++) {
      product[i] = dot(matrix[i], vector);
    }
    return product;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
