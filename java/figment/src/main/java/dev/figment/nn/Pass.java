package dev.figment.nn;

import dev.figment.device.Activation;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Nonlinearity;
import dev.figment.device.NotSupportedException;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.nn.Layer.ActivationTypes;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A network's forward, and for training backward, computation over a fixed batch size. Everything
 * it needs is allocated when it is built; running it allocates nothing. It owns what backward
 * needs, so passes of one network do not disturb each other.
 */
public final class Pass implements AutoCloseable {
  private final Network network;
  private final int batch;
  private final Resources resources = new Resources();
  private final Stage[] stages;
  private final DataType[] types; // of each layer's input, then of the output
  private final Tensor[] inputs; // of each layer, then the output
  private final Tensor[] inputGradients; // of each layer; null where nobody wants it
  private final Nonlinearity[] ends; // of each layer of products; null of others
  private final boolean[] undone; // whether a layer's gradient comes as the one before its end
  private final Nonlinearity[] before; // what a layer of products also goes back through
  private final Tensor[] statistics; // of each layer's input; null where they do not come with it
  private final Tensor counter; // null without random stages
  private final Tensor labels; // null where no layer takes labels
  private final Tensor[] tangents; // of each layer's input, then of the output; null unless planned
  private final Tensor[] deltas; // what the last backward left in each stage's dy

  private Pass(Builder builder) {
    network = builder.network;
    batch = builder.batch;
    int count = network.layers().size();
    stages = new Stage[count];
    types = types(builder);
    inputs = new Tensor[count + 1];
    inputGradients = new Tensor[count];
    statistics = new Tensor[count + 1];
    ends = new Nonlinearity[count];
    undone = new boolean[count];
    before = new Nonlinearity[count];
    boolean random =
        builder.training && network.layers().stream().anyMatch(layer -> layer instanceof Dropout);
    try {
      counter =
          random ? resources.own(network.device().allocate(DataType.INT32, Shape.of(1))) : null;
      labels = labels(builder);
      bindTensors(builder);
      bindEnds(builder);
      if (builder.training) {
        bindGradients(builder.inputGradient, builder.secondOrder);
        bindStatistics();
      }
      tangents = builder.secondOrder ? bindTangents() : null;
      deltas = new Tensor[count];
      planStages(builder.training);
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  /**
   * What layers leave for one another is of the device's type where both of them take it. What the
   * network takes and gives is REAL, and all of it for second-order terms.
   */
  private DataType[] types(Builder builder) {
    List<Layer> layers = network.layers();
    int count = layers.size();
    DataType[] result = new DataType[count + 1];
    Arrays.fill(result, DataType.REAL);
    for (int i = 1; i < count && !builder.secondOrder; i++) {
      if (layers.get(i - 1).activationTypes() != ActivationTypes.REAL
          && layers.get(i).activationTypes() != ActivationTypes.REAL) {
        result[i] = network.device().activations();
      }
    }
    for (int i = 0; i < count; i++) {
      if (layers.get(i).activationTypes() == ActivationTypes.ALIKE && result[i] == DataType.REAL) {
        result[i + 1] = DataType.REAL;
      }
    }
    for (int i = count - 1; i >= 0; i--) {
      if (layers.get(i).activationTypes() == ActivationTypes.ALIKE
          && result[i + 1] == DataType.REAL) {
        result[i] = DataType.REAL;
      }
    }
    return result;
  }

  private Tensor allocate(int layer) {
    return resources.own(
        network.device().allocate(types[layer], network.shape(layer).batched(batch)));
  }

  private Tensor labels(Builder builder) {
    if (network.classes() == 0) {
      return null;
    }
    return builder.labels != null
        ? builder.labels
        : resources.own(network.device().allocate(DataType.INT32, Shape.of(batch)));
  }

  private void planStages(boolean training) {
    for (int i = 0; i < stages.length; i++) {
      if (!isView(i)) {
        stages[i] = network.layers().get(i).plan(stagePlan(i, training));
      }
    }
  }

  /**
   * A layer of products ends with its activation or the dropout after it, and goes back through the
   * end of the one before it, so that neither takes a pass of its own.
   */
  private void bindEnds(Builder builder) {
    Nonlinearity made = Nonlinearity.of(builder.inputActivation); // what the input comes from
    int maker = -1;
    for (int i = 0; i < stages.length; i++) {
      before[i] = Nonlinearity.NONE;
      if (isView(i)) {
        continue;
      }
      Optional<Activation> ending = network.layers().get(i).ending();
      if (ending.isPresent()) {
        before[i] = made;
        if (maker >= 0) {
          undone[maker] = true;
        }
        ends[i] = end(i, ending.get(), builder.training);
      }
      made = ending.isPresent() ? ends[i] : Nonlinearity.NONE;
      maker = ending.isPresent() ? i : -1;
    }
    if (maker == stages.length - 1 && maker >= 0) { // no reshape or dropout comes after it
      undone[maker] = builder.endUndone;
    }
  }

  private Nonlinearity end(int layer, Activation activation, boolean training) {
    int next = layer + 1;
    if (next == stages.length || !(isView(next) && network.layers().get(next) instanceof Dropout)) {
      return Nonlinearity.of(activation);
    }
    Dropout dropout = (Dropout) network.layers().get(next);
    return training
        ? new Nonlinearity(dropout.activation(), dropout.probability(), random(next, 0))
        : Nonlinearity.of(dropout.activation());
  }

  /** The numbers that a layer draws anew in each forward pass. */
  private RandomStream random(int layer, int draw) {
    long earlier =
        network.layers().subList(0, layer).stream().filter(Dropout.class::isInstance).count();
    return new RandomStream(
        network.randomness().seed(),
        counter,
        RandomStream.dropout(Math.toIntExact(earlier) + draw));
  }

  private void bindTensors(Builder builder) {
    int count = stages.length;
    inputs[0] = builder.input != null ? builder.input : allocate(0);
    int last = count - 1;
    while (last >= 0 && isView(last)) {
      last--;
    }
    for (int i = 0; i < count; i++) {
      Shape shape = network.shape(i + 1);
      if (isView(i)) {
        inputs[i + 1] = inputs[i].reshaped(shape.batched(batch));
      } else if (i == last && builder.output != null) {
        inputs[i + 1] = builder.output.reshaped(shape.batched(batch));
      } else {
        inputs[i + 1] = allocate(i + 1);
      }
    }
  }

  /** A layer right before a batch norm may find the statistics of what it writes in passing. */
  private void bindStatistics() {
    for (int i = 1; i < stages.length; i++) {
      if (network.layers().get(i) instanceof BatchNorm) {
        int tiles =
            network
                .layers()
                .get(i - 1)
                .statisticsTiles(network.device().kernels(), network.shape(i - 1), batch);
        if (tiles > 0) {
          Shape shape = Shape.of(tiles, 3, network.shape(i).size(-1));
          statistics[i] = resources.own(network.device().allocate(DataType.REAL, shape));
        }
      }
    }
  }

  private Tensor[] bindTangents() {
    Tensor[] bound = new Tensor[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      bound[i] =
          i > 0 && isView(i - 1)
              ? bound[i - 1].reshaped(inputs[i].shape())
              : resources.own(network.device().allocate(DataType.REAL, inputs[i].shape()));
    }
    return bound;
  }

  /**
   * Two buffers of a type that take turns hold the gradients between stages; second-order terms
   * need them all.
   */
  private void bindGradients(boolean inputGradient, boolean keepAll) {
    Map<DataType, Tensor[]> turns = new EnumMap<>(DataType.class);
    int turn = 0;
    boolean anyBelow = inputGradient;
    boolean[] wanted = new boolean[stages.length];
    for (int i = 0; i < stages.length; i++) {
      wanted[i] = anyBelow;
      anyBelow |= !network.layers().get(i).parameters(network.shape(i)).isEmpty();
    }
    for (int i = 0; i < stages.length; i++) {
      if (!wanted[i]) {
        continue;
      }
      if (i == 0 || (keepAll && !isView(i - 1))) {
        inputGradients[i] = allocate(i);
      } else if (isView(i - 1) && inputGradients[i - 1] != null) {
        inputGradients[i] = inputGradients[i - 1].reshaped(inputs[i].shape());
      } else {
        Tensor[] two = turns.computeIfAbsent(types[i], type -> new Tensor[2]);
        if (two[turn] == null) {
          two[turn] = resources.own(network.device().allocate(types[i], largest(types[i])));
        }
        inputGradients[i] = new Tensor(two[turn].memory(), 0, inputs[i].shape());
        turn = 1 - turn;
      }
    }
  }

  private Shape largest(DataType type) {
    long largest = 0;
    for (int i = 1; i < stages.length; i++) {
      if (types[i] == type) {
        largest = Math.max(largest, inputs[i].count());
      }
    }
    return Shape.of(Math.toIntExact(largest));
  }

  private StagePlan stagePlan(int layer, boolean training) {
    Device device = network.device();
    return new StagePlan(
        device.kernels(),
        batch,
        training,
        inputs[layer],
        inputs[layer + 1],
        statistics[layer],
        statistics[layer + 1],
        labels,
        ends[layer],
        undone[layer],
        before[layer],
        name -> network.value(layer, name),
        name -> network.gradient(layer, name),
        shape -> resources.own(device.allocate(DataType.REAL, shape)),
        draw -> random(layer, draw));
  }

  /** Batch x input shape: write samples here before {@link #forward()}. */
  public Tensor input() {
    return inputs[0];
  }

  /** INT32 [batch]: write labels here before {@link #forward()}, where the network takes some. */
  public Tensor labels() {
    if (labels == null) {
      throw new IllegalStateException("This pass is of a network that takes no labels.");
    }
    return labels;
  }

  /** Batch x output shape. */
  public Tensor output() {
    return inputs[inputs.length - 1];
  }

  /** The gradient of the input after {@link #backward}, where the plan asked for it. */
  public Tensor inputGradient() {
    if (inputGradients.length == 0 || inputGradients[0] == null) {
      throw new IllegalStateException("This pass was planned without its input's gradient.");
    }
    return inputGradients[0];
  }

  /** Computes the output from the input. */
  public void forward() {
    if (counter != null) {
      network.randomness().advance();
      network.device().kernels().copy(counter, network.randomness().counter());
    }
    for (Stage stage : stages) {
      if (stage != null) {
        stage.forward();
      }
    }
  }

  /**
   * Propagates a gradient back through the last {@link #forward()}.
   *
   * @param outputGradient batch x output shape; overwritten
   * @param mode what to do with the gradients of the network's parameters
   */
  public void backward(Tensor outputGradient, GradientMode mode) {
    Network.check("output's gradient", outputGradient, batch, network.outputShape());
    Tensor dy = outputGradient;
    for (int i = stages.length - 1; i >= 0; i--) {
      if (stages[i] == null) {
        dy = dy.reshaped(inputs[i].shape());
      } else {
        deltas[i] = dy;
        stages[i].backward(inputGradients[i], dy, mode);
        dy = inputGradients[i];
        if (dy == null) {
          return;
        }
      }
    }
  }

  /**
   * The second-order term of a penalty R on the {@link #inputGradient()} g of the last {@link
   * #backward}: adds the gradient of R with respect to the network's parameters. Between the kinks
   * of a piecewise linear network g is a product of its weights, so that R's gradient is each
   * layer's weight gradient with the layer's input replaced by a tangent: the direction dR/dg,
   * pushed forward through the linearised layers. Source: Drucker and Le Cun (1992), "double
   * backpropagation", worked out for these layers.
   *
   * @param direction dR/dg, batch x input shape
   * @param mode what to do with the gradients of the network's parameters
   */
  public void secondOrder(Tensor direction, GradientMode mode) {
    if (tangents == null) {
      throw new IllegalStateException("This pass was planned without second-order terms.");
    }
    Network.check("direction", direction, batch, network.inputShape());
    network.device().kernels().copy(tangents[0], direction);
    for (int i = 0; i < stages.length; i++) {
      if (stages[i] != null) {
        stages[i].tangent(tangents[i + 1], tangents[i], deltas[i], mode);
      }
    }
  }

  /** Whether a layer does nothing of its own: a dropout that the layer before it ends with, too. */
  private boolean isView(int layer) {
    Layer it = network.layers().get(layer);
    return it instanceof Reshape
        || (it instanceof Dropout
            && layer > 0
            && network.layers().get(layer - 1).ending().equals(Optional.of(Activation.IDENTITY)));
  }

  @Override
  public void close() {
    resources.close();
  }

  /** The plan of a pass: infer with buffers of its own unless told otherwise. */
  public static final class Builder {
    private final Network network;
    private final int batch;
    private boolean training;
    private boolean inputGradient;
    private Activation inputActivation = Activation.IDENTITY;
    private boolean endUndone;
    private boolean secondOrder;
    private Tensor input;
    private Tensor labels;
    private Tensor output;

    Builder(Network network, int batch) {
      this.network = network;
      this.batch = batch;
    }

    /** Batch statistics, dropout and a backward. */
    public Builder training() {
      training = true;
      return this;
    }

    /** Backward also gives the gradient of the input. */
    public Builder withInputGradient() {
      inputGradient = true;
      return this;
    }

    /**
     * Backward also gives the gradient of what {@code activation} made the input of, for a network
     * whose first layer of products is its first layer.
     */
    public Builder withInputGradientBefore(Activation activation) {
      Layer first = network.layers().get(0);
      if (first.ending().isEmpty() && !activation.equals(Activation.IDENTITY)) {
        throw new NotSupportedException(
            "The gradient before the input's %s was asked for and the first layer (%s) cannot go back through it; ask for the input's gradient."
                .formatted(activation.kind(), first.kind()));
      }
      inputActivation = activation;
      return withInputGradient();
    }

    /**
     * Backward is given the gradient before {@link Network#outputActivation()}, not after it: as a
     * pass {@linkplain #withInputGradientBefore of another network} leaves it.
     */
    public Builder gradientComesBeforeActivation() {
      endUndone = true;
      return this;
    }

    /** Backward also prepares {@link Pass#secondOrder}. */
    public Builder withSecondOrder() {
      for (int i = 0; i < network.layers().size(); i++) {
        if (!network.layers().get(i).isPiecewiseLinear()) {
          throw new NotSupportedException(
              "A penalty on the gradient was asked for and layer %d (%s) is not piecewise linear; penalties are worked out for dense and convolution layers with ReLU or LeakyReLU and dropout."
                  .formatted(i + 1, network.layers().get(i).kind()));
        }
      }
      inputGradient = true;
      secondOrder = true;
      return this;
    }

    /** Reads its input from this tensor. */
    public Builder from(Tensor tensor) {
      Network.check("input", tensor, batch, network.inputShape());
      input = tensor;
      return this;
    }

    /**
     * Reads the labels of its samples from this tensor, INT32 [batch]; does nothing where the
     * network takes none.
     */
    public Builder labelled(Tensor tensor) {
      if (tensor != null && !tensor.shape().equals(Shape.of(batch))) {
        throw new FigmentException(
            "A pass over %d samples takes as many labels and got shape %s."
                .formatted(batch, tensor.shape()));
      }
      labels = tensor;
      return this;
    }

    /** Writes its output to this tensor. */
    public Builder into(Tensor tensor) {
      Network.check("output", tensor, batch, network.outputShape());
      output = tensor;
      return this;
    }

    public Pass build() {
      return new Pass(this);
    }
  }
}
