package dev.figment.nn;

import dev.figment.device.Activation;
import dev.figment.device.Device;
import dev.figment.device.Kernels;
import dev.figment.device.Nonlinearity;
import dev.figment.device.Shape;
import java.util.List;
import java.util.Optional;

/**
 * One layer of a {@link Network}: an immutable description. Shapes here are of one sample, without
 * the batch axis.
 */
public interface Layer {
  /** Which {@linkplain Device#activations() types} its input and output may have. */
  enum ActivationTypes {
    /** Both REAL. */
    REAL,
    /** Both of one type. */
    ALIKE,
    /** Each of any. */
    ANY
  }

  /** The field's name of the layer, which its parameters' names begin with: {@code dense}. */
  String kind();

  /** The shape of a sample after this layer; a FigmentException where {@code input} is unfit. */
  Shape outputShape(Shape input);

  /** What this layer learns and keeps, in canonical order. */
  default List<ParameterSpec> parameters(Shape input) {
    return List.of();
  }

  /** Prepares the layer for a pass of a fixed batch size. */
  Stage plan(StagePlan plan);

  /**
   * The activation of a layer of products (dense, convolution), which can end with any {@link
   * Nonlinearity} and undo the one before it: see {@link StagePlan}. Others have none.
   */
  default Optional<Activation> ending() {
    return Optional.empty();
  }

  /**
   * How many tiles of statistics of its output this layer can leave for a batch norm after it; 0
   * for none.
   */
  default int statisticsTiles(Kernels kernels, Shape input, int batch) {
    return 0;
  }

  /** The types that its input and output, and their gradients, may have. */
  default ActivationTypes activationTypes() {
    return ActivationTypes.REAL;
  }

  /** Whether its output is a piecewise linear function of its input, a sample at a time. */
  default boolean isPiecewiseLinear() {
    return false;
  }

  /** One layer that does the work of this one and {@code next}, if there is one. */
  default Optional<Layer> fusedWith(Layer next) {
    return Optional.empty();
  }
}
