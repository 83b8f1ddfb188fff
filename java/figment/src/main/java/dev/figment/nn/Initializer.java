package dev.figment.nn;

import dev.figment.device.FigmentException;
import dev.figment.device.Kernels;
import dev.figment.device.RandomStream;
import dev.figment.device.Tensor;
import java.util.Arrays;

/** The first value of a parameter. */
@FunctionalInterface
public interface Initializer {
  Initializer ZEROS = (kernels, parameter, stream) -> kernels.fill(parameter, 0);
  Initializer ONES = (kernels, parameter, stream) -> kernels.fill(parameter, 1);

  /** Fills {@code parameter}; every random number comes from {@code stream}. */
  void initialise(Kernels kernels, Tensor parameter, RandomStream stream);

  /**
   * Glorot's uniform start, +-sqrt(6 / (fanIn + fanOut)) (Glorot and Bengio, 2010), for weights
   * [out][receptive field...][in]: a fan counts the receptive field.
   */
  static Initializer glorotUniform() {
    return (kernels, parameter, stream) -> {
      int out = parameter.shape().size(0);
      int in = parameter.shape().size(-1);
      double field = (double) parameter.count() / out / in;
      double limit = Math.sqrt(6 / (field * (in + out)));
      kernels.uniform(parameter, -limit, limit, stream);
    };
  }

  /** Normal numbers of mean 0. */
  static Initializer normal(double deviation) {
    return (kernels, parameter, stream) -> kernels.normal(parameter, 0, deviation, stream);
  }

  /**
   * A looks-linear start for dense weights [out][in] (Balduzzi et al., "The shattered gradients
   * problem", 2017, arXiv 1702.08591): w = [[a, -a], [-a, a]], so that a stack of such layers with
   * (leaky) ReLU between is a linear map at first and distinct inputs stay distinct. The first
   * layer of a stack mirrors its outputs alone, the last its inputs alone.
   *
   * @param gain the standard deviation of a, times the square root of the number of its inputs
   * @param mirrorInputs whether the input is a mirrored pair of halves
   * @param mirrorOutputs whether the output is to be one
   */
  static Initializer looksLinear(double gain, boolean mirrorInputs, boolean mirrorOutputs) {
    return (kernels, parameter, stream) -> {
      int out = parameter.shape().size(0);
      int in = parameter.shape().size(-1);
      if (mirrorInputs && in % 2 != 0 || mirrorOutputs && out % 2 != 0) {
        throw new FigmentException(
            "A looks-linear start was asked for weights %s; a mirrored side must be even."
                .formatted(parameter.shape()));
      }
      int columns = mirrorInputs ? in / 2 : in;
      int rows = mirrorOutputs ? out / 2 : out;
      kernels.normal(parameter, 0, gain / Math.sqrt(columns), stream);
      // Some rows at a time, for the weights of a wide layer are many.
      int most = Math.max(1, (1 << 18) / in);
      for (int first = 0; first < rows; first += most) {
        int count = Math.min(most, rows - first);
        float[] upper = parameter.rows(first, count).toFloats();
        for (int i = 0; mirrorInputs && i < upper.length; i += in) {
          for (int column = 0; column < columns; column++) {
            upper[i + columns + column] = -upper[i + column];
          }
        }
        parameter.rows(first, count).write(upper);
        if (mirrorOutputs) {
          for (int i = 0; i < upper.length; i++) {
            upper[i] = -upper[i];
          }
          parameter.rows(rows + first, count).write(upper);
        }
      }
    };
  }

  /** Ones from an element on, zeros elsewhere. */
  static Initializer onesFrom(int first, int count) {
    return (kernels, parameter, stream) -> {
      double[] values = new double[Math.toIntExact(parameter.count())];
      Arrays.fill(values, first, first + count, 1);
      parameter.write(values);
    };
  }

  /**
   * Weights [k n][n] of k random orthogonal matrices one below the other, normal numbers made
   * orthonormal row by row (Saxe et al., "Exact solutions to the nonlinear dynamics of learning in
   * deep linear neural networks", 2014): a state goes through with its length.
   */
  static Initializer orthogonal() {
    return (kernels, parameter, stream) -> {
      int size = parameter.shape().size(-1);
      if (parameter.shape().size(0) % size != 0) {
        throw new FigmentException(
            "An orthogonal start was asked for weights %s; it takes square matrices one below the other."
                .formatted(parameter.shape()));
      }
      kernels.normal(parameter, 0, 1, stream);
      double[] w = parameter.toDoubles();
      for (int first = 0; first < w.length; first += size * size) {
        Orthogonal.rows(w, first, size);
      }
      parameter.write(w);
    };
  }
}
