package dev.figment.eval;

/** How alike two samples are: a positive definite kernel. */
@FunctionalInterface
public interface SampleKernel {
  /** Of two vectors of one length. */
  double of(float[] a, float[] b);

  /** The squared Euclidean distance of two vectors. */
  static double squaredDistance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = (double) a[i] - b[i];
      sum += difference * difference;
    }
    return sum;
  }
}
