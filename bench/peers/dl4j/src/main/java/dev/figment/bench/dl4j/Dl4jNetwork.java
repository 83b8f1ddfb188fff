package dev.figment.bench.dl4j;

import dev.figment.io.SafetensorsReader;
import dev.figment.io.SafetensorsWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * One of our networks in DL4J, trained by gradients that come from outside, for which DL4J's
 * workspaces have to be off.
 */
final class Dl4jNetwork {
  /** What trains a network. */
  interface Updaters {
    /**
     * @param multiplier of the learning rate
     */
    IUpdater of(String network, double multiplier);
  }

  /** A parameter: its key in files, its name in DL4J. */
  private record Parameter(String key, String name, Layout layout) {}

  /** Layers one after another, with the parameters of the start of an example. */
  static final class Plan {
    private static final int KERNEL = 5;
    private static final Map<String, String> NAMES = Map.of("weight", "W", "bias", "b");

    private final String network;
    private final SafetensorsReader start;
    private final Updaters updaters;
    private final NeuralNetConfiguration.ListBuilder layers =
        new NeuralNetConfiguration.Builder()
            .miniBatch(false) // the gradients are the means already
            .trainingWorkspaceMode(WorkspaceMode.NONE)
            .inferenceWorkspaceMode(WorkspaceMode.NONE)
            .list();
    private final List<Parameter> parameters = new ArrayList<>();
    private IDropout dropout; // of the next layer's input
    private int count; // of layers

    Plan(String network, SafetensorsReader start, Updaters updaters) {
      this.network = network;
      this.start = start;
      this.updaters = updaters;
    }

    private String key(String layer, String parameter) {
      return network + "." + layer + "." + parameter;
    }

    private long[] shape(String layer) {
      return start.shape(key(layer, "weight"));
    }

    /**
     * Adds a layer with the trained parameters that the file has of it.
     *
     * @param layout of its weight
     */
    private Plan add(String layer, Layout layout, BaseLayer.Builder<?> builder) {
      String prefix = key(layer, "");
      for (String key : start.names()) {
        String multiplier = start.metadata().get(key);
        if (key.startsWith(prefix) && multiplier != null) {
          String ours = key.substring(prefix.length());
          String name = count + "_" + NAMES.getOrDefault(ours, ours);
          parameters.add(new Parameter(key, name, layout.of(start.shape(key))));
          builder.updater(updaters.of(network, Double.parseDouble(multiplier)));
        }
      }
      builder.dropOut(dropout);
      dropout = null;
      return add(builder.build());
    }

    private Plan add(Layer layer) {
      layers.layer(layer);
      count++;
      return this;
    }

    /** A dense layer. */
    Plan dense(String layer, Layout layout, IActivation activation) {
      long[] shape = shape(layer);
      if (layout == Layout.FROM_IMAGE) {
        layers.inputPreProcessor(
            count, new CnnToFeedForwardPreProcessor(Layout.SIDE, Layout.SIDE, channels(shape[1])));
      } else if (layout == Layout.TO_IMAGE) {
        layers.inputPreProcessor(
            count + 1,
            new FeedForwardToCnnPreProcessor(Layout.SIDE, Layout.SIDE, channels(shape[0])));
      }
      return add(
          layer,
          layout,
          new DenseLayer.Builder().nIn(shape[1]).nOut(shape[0]).activation(activation));
    }

    private static long channels(long features) {
      return features / (Layout.SIDE * Layout.SIDE);
    }

    /** A convolution of stride 2. */
    Plan convolution(String layer, IActivation activation) {
      long[] shape = shape(layer);
      return convolution(
          layer, 2, activation, new ConvolutionLayer.Builder().nIn(shape[3]).nOut(shape[0]));
    }

    Plan transposed(String layer, int stride, IActivation activation) {
      long[] shape = shape(layer);
      return convolution(
          layer, stride, activation, new Deconvolution2D.Builder().nIn(shape[0]).nOut(shape[3]));
    }

    private Plan convolution(
        String layer,
        int stride,
        IActivation activation,
        ConvolutionLayer.BaseConvBuilder<?> builder) {
      builder.kernelSize(KERNEL, KERNEL);
      builder.stride(stride, stride);
      builder.convolutionMode(ConvolutionMode.Same);
      builder.activation(activation);
      builder.hasBias(start.names().contains(key(layer, "bias")));
      return add(layer, Layout.IMAGES, builder);
    }

    /**
     * Batch norm and an activation.
     *
     * @param decay of the running statistics
     */
    Plan normalised(String layer, double decay, double epsilon, IActivation activation) {
      long channels = start.shape(key(layer, "gamma"))[0];
      return add(
              layer,
              Layout.DENSE,
              new BatchNormalization.Builder()
                  .nIn(channels)
                  .nOut(channels)
                  .decay(decay)
                  .eps(epsilon))
          .add(new ActivationLayer(activation));
    }

    /** Dropout, which DL4J has at a layer's input. */
    Plan dropped(IDropout of) {
      dropout = of;
      return this;
    }

    Dl4jNetwork build() {
      return new Dl4jNetwork(this);
    }
  }

  private final MultiLayerNetwork network;
  private final List<Parameter> parameters;
  private final SafetensorsReader start;
  private Gradient gradient;
  private int updates;

  private Dl4jNetwork(Plan plan) {
    parameters = plan.parameters;
    start = plan.start;
    network = new MultiLayerNetwork(plan.layers.build());
    network.init();
    for (Parameter parameter : parameters) {
      INDArray ours =
          Nd4j.createFromArray(start.floats(parameter.key()))
              .reshape('c', start.shape(parameter.key()));
      INDArray theirs = network.getParam(parameter.name());
      theirs.assign(parameter.layout().toDl4j(ours).reshape('c', theirs.shape()));
    }
  }

  /** The output, for training. */
  INDArray forward(INDArray x) {
    network.setInput(x);
    List<INDArray> activations = network.feedForward(true, false);
    return activations.get(activations.size() - 1);
  }

  /** The gradient of the last input, by that of the output. */
  INDArray backward(INDArray outputs) {
    Pair<Gradient, INDArray> gradients =
        network.backpropGradient(outputs, LayerWorkspaceMgr.noWorkspaces());
    gradient = gradients.getFirst();
    return gradients.getSecond();
  }

  /** Updates the parameters by their gradients of the last backward pass. */
  void update() {
    int examples = 1; // which it divides by only with miniBatch
    network
        .getUpdater()
        .update(network, gradient, updates, 0, examples, LayerWorkspaceMgr.noWorkspaces());
    updates++;
    network.params().subi(gradient.gradient());
  }

  /** Adds the parameters in our layout. */
  void writeTo(SafetensorsWriter writer) {
    for (Parameter parameter : parameters) {
      long[] shape = start.shape(parameter.key());
      INDArray value = network.getParam(parameter.name());
      writer.floats(parameter.key(), shape, () -> parameter.layout().toOurs(value, shape));
    }
  }
}
