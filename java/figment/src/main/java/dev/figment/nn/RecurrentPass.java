package dev.figment.nn;

import dev.figment.device.DataType;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/**
 * A {@link RecurrentNetwork}'s forward, and for training backward, computation over sequences of
 * one number of steps and one batch. Everything it needs is allocated when it is built; running it
 * allocates no memory of the device.
 *
 * <p>A sequence goes through as a whole, {@link #forward()}, or, where each step's input depends on
 * the state before, a step at a time: {@link #begin()}, then {@link #forwardStep} for each step,
 * and back {@link #beginBackward()}, {@link #backwardStep} from the last step to the first, {@link
 * #finishBackward}.
 *
 * <p>Inputs must be finite at steps past a sequence's length too: put zeros there.
 */
public final class RecurrentPass implements AutoCloseable {
  private final Recurrent stack;
  private final int steps;
  private final int batch;
  private final boolean ragged;
  private final Resources resources = new Resources();
  private final Tensor input;
  private final Tensor constant; // null without constants
  private final RecurrentStage[][] stages; // of each layer, each direction
  private final Tensor[][] outputGradients; // alike; null where nobody has one
  private final Tensor inputGradient; // null where nobody wants it
  private final Tensor constantGradient;

  private RecurrentPass(Builder plan) {
    stack = plan.network.description();
    steps = plan.steps;
    batch = plan.batch;
    ragged = plan.lengths != null;
    int directions = stack.directions();
    stages = new RecurrentStage[stack.layers()][directions];
    outputGradients = new Tensor[stack.layers()][directions];
    try {
      input = plan.input != null ? plan.input : allocate(plan, steps, batch, stack.inputs());
      constant =
          plan.constant != null || stack.constants() == 0
              ? plan.constant
              : allocate(plan, batch, stack.constants());
      Tensor scratch = directions == 1 ? null : allocate(plan, largest(plan.inputGradient));
      for (int layer = 0; layer < stack.layers(); layer++) {
        Tensor[] sources = layer == 0 ? new Tensor[] {input} : outputs(layer - 1);
        for (int direction = 0; direction < directions; direction++) {
          stages[layer][direction] =
              new RecurrentStage(plan, resources, layer, direction, sources, constant, scratch);
          boolean top = layer == stack.layers() - 1;
          if (plan.training && (plan.outputGradient || !top)) {
            outputGradients[layer][direction] = allocate(plan, steps, batch, stack.units());
          }
        }
      }
      inputGradient = plan.inputGradient ? allocate(plan, steps, batch, stack.inputs()) : null;
      constantGradient = plan.constantGradient ? allocate(plan, batch, stack.constants()) : null;
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private Tensor allocate(Builder plan, int... sizes) {
    return resources.own(plan.network.device().allocate(DataType.REAL, Shape.of(sizes)));
  }

  /** Elements of the largest second term that two directions add up. */
  private int largest(boolean ofInput) {
    int width = Math.max(stack.cell().gates() * stack.units(), ofInput ? stack.inputs() : 0);
    return Math.toIntExact(
        Math.max((long) steps * batch * width, (long) batch * stack.constants()));
  }

  private Tensor[] outputs(int layer) {
    Tensor[] outputs = new Tensor[stack.directions()];
    for (int direction = 0; direction < outputs.length; direction++) {
      outputs[direction] = stages[layer][direction].outputs();
    }
    return outputs;
  }

  // ---- what goes in and comes out

  /** T x N x inputs: write sequences here before {@link #forward()}. */
  public Tensor input() {
    return input;
  }

  /** N x constants. */
  public Tensor constant() {
    return planned(constant, "constants");
  }

  /** T x N x units: the top layer's state after each step; past a length the last one again. */
  public Tensor output(int direction) {
    return top(direction).outputs();
  }

  /** T x N x units: the top layer's state before each step, the initial one first in time. */
  public Tensor stateBefore(int direction) {
    return top(direction).before();
  }

  /**
   * N x units: where a layer begins; zeros until written, and kept from pass to pass. An LSTM's
   * cell begins at zero.
   */
  public Tensor initialState(int layer, int direction) {
    return stages[layer][direction].initialState();
  }

  /** N x units: where a layer ends, which is after the last valid step. */
  public Tensor lastState(int layer, int direction) {
    return stages[layer][direction].lastState();
  }

  /** T x N x units: write the gradient of {@link #output} here before backward. */
  public Tensor outputGradient(int direction) {
    return planned(outputGradients[stack.layers() - 1][direction], "its output's gradient");
  }

  /** N x units: the gradient of {@link #lastState} alone, zeros until written, and kept. */
  public Tensor lastStateGradient(int layer, int direction) {
    return planned(stages[layer][direction].lastStateGradient(), "training");
  }

  /** N x units: the gradient of {@link #initialState} after backward. */
  public Tensor initialStateGradient(int layer, int direction) {
    return planned(stages[layer][direction].initialStateGradient(), "training");
  }

  /** T x N x inputs: the gradient of {@link #input()} after backward. */
  public Tensor inputGradient() {
    return planned(inputGradient, "its input's gradient");
  }

  /** N x constants: the gradient of {@link #constant()} after backward. */
  public Tensor constantGradient() {
    return planned(constantGradient, "its constants' gradient");
  }

  private static Tensor planned(Tensor tensor, String what) {
    if (tensor == null) {
      throw new IllegalStateException("This pass was planned without " + what + ".");
    }
    return tensor;
  }

  private RecurrentStage top(int direction) {
    return stages[stack.layers() - 1][direction];
  }

  // ---- forward

  /** Computes the states of all steps. */
  public void forward() {
    begin();
    forward(0, steps);
  }

  /** Takes over the constants, before the first {@link #forwardStep}. */
  public void begin() {
    for (RecurrentStage stage : stages[0]) {
      stage.begin();
    }
  }

  /** Computes the states after one step from those before it. */
  public void forwardStep(int step) {
    requireSteps();
    forward(step, 1);
  }

  private void forward(int first, int count) {
    for (RecurrentStage[] layer : stages) {
      for (RecurrentStage stage : layer) {
        stage.forward(first, count);
      }
    }
  }

  // ---- backward

  /**
   * Propagates the gradients of outputs and last states back through the last {@link #forward()}.
   *
   * @param mode what to do with the gradients of the network's parameters
   */
  public void backward(GradientMode mode) {
    beginBackward();
    backward(0, steps);
    finishBackward(mode);
  }

  /** Takes over the last states' gradients, before the first {@link #backwardStep}. */
  public void beginBackward() {
    for (RecurrentStage[] layer : stages) {
      for (RecurrentStage stage : layer) {
        stage.beginBackward();
      }
    }
  }

  /** Back through one step; the input's gradient of that step is there afterwards. */
  public void backwardStep(int step) {
    requireSteps();
    backward(step, 1);
  }

  private void backward(int first, int count) {
    for (int layer = stack.layers() - 1; layer >= 0; layer--) {
      for (int direction = 0; direction < stack.directions(); direction++) {
        stages[layer][direction].backward(first, count, outputGradients[layer][direction]);
      }
      Tensor[] below = layer == 0 ? new Tensor[] {inputGradient} : outputGradients[layer - 1];
      for (int source = 0; source < below.length; source++) {
        for (int direction = 0;
            below[source] != null && direction < stack.directions();
            direction++) {
          boolean add = direction > 0;
          stages[layer][direction].sourceGradient(below[source], source, first, count, add);
        }
      }
    }
  }

  /** Computes the gradients that all steps share: of parameters and constants. */
  public void finishBackward(GradientMode mode) {
    for (RecurrentStage[] layer : stages) {
      for (int direction = 0; direction < layer.length; direction++) {
        layer[direction].finishBackward(constantGradient, direction > 0, mode);
      }
    }
  }

  private void requireSteps() {
    if (stack.bidirectional() || ragged) {
      throw new IllegalStateException(
          "Steps one at a time take a network that reads forward alone and sequences of one length.");
    }
  }

  @Override
  public void close() {
    resources.close();
  }

  /** The plan of a pass: infer with buffers of its own unless told otherwise. */
  public static final class Builder {
    private final RecurrentNetwork network;
    private final int steps;
    private final int batch;
    private boolean training;
    private boolean outputGradient = true;
    private boolean inputGradient;
    private boolean constantGradient;
    private Tensor lengths;
    private Tensor input;
    private Tensor constant;

    Builder(RecurrentNetwork network, int steps, int batch) {
      this.network = network;
      this.steps = steps;
      this.batch = batch;
    }

    /** With a backward. */
    public Builder training() {
      training = true;
      return this;
    }

    /** Backward begins at the last states alone: nothing reads the top layer's other states. */
    public Builder fromLastStates() {
      outputGradient = false;
      return this;
    }

    /** Backward also gives the gradient of the input. */
    public Builder withInputGradient() {
      inputGradient = true;
      return this;
    }

    /** Backward also gives the gradient of the constants. */
    public Builder withConstantGradient() {
      if (network.description().constants() == 0) {
        throw new FigmentException(
            "The gradient of a recurrent network's constants was asked for and it has none.");
      }
      constantGradient = true;
      return this;
    }

    /** The sequences' lengths, [N] INT32, read when the pass runs. */
    public Builder lengths(Tensor tensor) {
      if (tensor.type() != DataType.INT32) {
        throw new FigmentException(
            "A recurrent pass takes lengths of type INT32 and got %s.".formatted(tensor.type()));
      }
      require("lengths", tensor, batch);
      lengths = tensor;
      return this;
    }

    /** Reads its input from this tensor, T x N x inputs. */
    public Builder from(Tensor tensor) {
      require("input", tensor, steps, batch, network.description().inputs());
      input = tensor;
      return this;
    }

    /** Reads its constants from this tensor, N x constants. */
    public Builder constant(Tensor tensor) {
      require("constants", tensor, batch, network.description().constants());
      constant = tensor;
      return this;
    }

    private void require(String what, Tensor tensor, int... sizes) {
      Shape shape = Shape.of(sizes);
      if (!tensor.shape().equals(shape)) {
        throw new FigmentException(
            "A recurrent pass over %d steps of %d sequences takes its %s in shape %s and got %s."
                .formatted(steps, batch, what, shape, tensor.shape()));
      }
    }

    RecurrentNetwork network() {
      return network;
    }

    int steps() {
      return steps;
    }

    int batch() {
      return batch;
    }

    boolean isTraining() {
      return training;
    }

    Tensor lengths() {
      return lengths;
    }

    public RecurrentPass build() {
      return new RecurrentPass(this);
    }
  }
}
