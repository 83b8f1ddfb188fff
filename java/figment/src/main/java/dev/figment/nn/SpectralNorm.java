package dev.figment.nn;

import dev.figment.device.Activation;
import dev.figment.device.FigmentException;
import dev.figment.device.Kernels;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A dense layer or convolution whose weight is divided by its largest singular value, as a matrix
 * of its first axis, the outputs, and the rest: the layer's Lipschitz constant, with a convolution
 * of stride and padding taken for its weight. Source: Miyato et al., "Spectral Normalization for
 * Generative Adversarial Networks" (2018).
 *
 * <p>What is trained is the weight itself. The layer computes with {@code weight_normalised}, which
 * {@link Network#normalise} renews after each update by one step of the power iteration; the
 * gradient that its backward leaves is of that one, until {@link Network#finishGradients} turns it
 * into the weight's.
 *
 * @param layer the layer
 */
public record SpectralNorm(Layer layer) implements Layer {
  private static final String WEIGHT = "weight";
  private static final String NORMALISED = "weight_normalised";
  private static final String U = "weight_u";
  private static final String V = "weight_v";
  private static final String INVERSE = "weight_inverse_sigma";

  public SpectralNorm {
    boolean fit =
        layer instanceof Dense
            || (layer instanceof Convolution convolution && !convolution.transposed());
    if (!fit) {
      throw new FigmentException(
          "Spectral normalisation was asked for of a layer %s; it is for dense layers and convolutions."
              .formatted(layer.kind()));
    }
  }

  /** The same layers, those with weights normalised. */
  public static List<Layer> ofAll(List<Layer> layers) {
    return layers.stream()
        .map(
            layer ->
                layer instanceof Dense || layer instanceof Convolution
                    ? new SpectralNorm(layer)
                    : layer)
        .toList();
  }

  @Override
  public String kind() {
    return layer.kind();
  }

  @Override
  public Shape outputShape(Shape input) {
    return layer.outputShape(input);
  }

  @Override
  public List<ParameterSpec> parameters(Shape input) {
    List<ParameterSpec> specs = new ArrayList<>(layer.parameters(input));
    Shape weight =
        specs.stream().filter(spec -> spec.name().equals(WEIGHT)).findFirst().orElseThrow().shape();
    int rows = weight.size(0);
    int columns = Math.toIntExact(weight.count() / rows);
    specs.add(ParameterSpec.kept(U, Shape.of(rows), Initializer.normal(1)));
    specs.add(ParameterSpec.kept(V, Shape.of(columns), Initializer.ZEROS));
    specs.add(ParameterSpec.kept(INVERSE, Shape.of(1), Initializer.ONES));
    specs.add(ParameterSpec.kept(NORMALISED, weight, Initializer.ZEROS));
    return specs;
  }

  @Override
  public Optional<Layer> fusedWith(Layer next) {
    return layer.fusedWith(next).map(SpectralNorm::new);
  }

  @Override
  public Optional<Activation> ending() {
    return layer.ending();
  }

  @Override
  public int statisticsTiles(Kernels kernels, Shape input, int batch) {
    return layer.statisticsTiles(kernels, input, batch);
  }

  @Override
  public boolean isPiecewiseLinear() {
    return layer.isPiecewiseLinear();
  }

  @Override
  public ActivationTypes activationTypes() {
    return layer.activationTypes();
  }

  @Override
  public Stage plan(StagePlan plan) {
    return layer.plan(
        plan.with(name -> plan.value().apply(name.equals(WEIGHT) ? NORMALISED : name)));
  }

  /** A step of the power iteration, and the weight divided anew. */
  void normalise(Kernels kernels, Function<String, Tensor> value) {
    Tensor weight = value.apply(WEIGHT);
    Tensor inverse = value.apply(INVERSE);
    kernels.spectralNorm(inverse, value.apply(U), value.apply(V), weight);
    kernels.scaleBy(value.apply(NORMALISED), weight, inverse);
  }

  /** Turns the gradient of the normalised weight into the weight's. */
  void finishGradient(
      Kernels kernels, Function<String, Tensor> value, Function<String, Tensor> gradient) {
    kernels.spectralNormBackward(
        gradient.apply(WEIGHT),
        value.apply(WEIGHT),
        value.apply(U),
        value.apply(V),
        value.apply(INVERSE));
  }
}
