package dev.figment.bench.dl4j;

import dev.figment.io.SafetensorsReader;
import dev.figment.io.SafetensorsWriter;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Dense layers with LeakyReLUs between them, trained by gradients that come from outside, for which
 * DL4J's workspaces have to be off.
 */
final class DenseStack {
  private static final double SLOPE = 0.2;

  private final String name;
  private final int layers;
  private final int batch;
  private final MultiLayerNetwork network;
  private int updates;

  /**
   * Takes a network from the start of an example.
   *
   * @param batch examples of a step
   */
  DenseStack(String name, int layers, SafetensorsReader start, IUpdater updater, int batch) {
    this.name = name;
    this.layers = layers;
    this.batch = batch;
    NeuralNetConfiguration.ListBuilder plan =
        new NeuralNetConfiguration.Builder()
            .updater(updater)
            .miniBatch(false) // the gradients are the means already
            .trainingWorkspaceMode(WorkspaceMode.NONE)
            .inferenceWorkspaceMode(WorkspaceMode.NONE)
            .list();
    for (int layer = 1; layer <= layers; layer++) {
      long[] shape = start.shape(key(layer, "weight"));
      plan.layer(
          new DenseLayer.Builder()
              .nIn(shape[1])
              .nOut(shape[0])
              .activation(layer < layers ? new ActivationLReLU(SLOPE) : new ActivationIdentity())
              .build());
    }
    network = new MultiLayerNetwork(plan.build());
    network.init();
    for (int layer = 1; layer <= layers; layer++) {
      long[] shape = start.shape(key(layer, "weight"));
      INDArray weight = Nd4j.createFromArray(start.floats(key(layer, "weight")));
      network.getParam(weight(layer)).assign(weight.reshape('c', shape).transpose());
      INDArray bias = Nd4j.createFromArray(start.floats(key(layer, "bias")));
      network.getParam(bias(layer)).assign(bias.reshape('c', 1, shape[0]));
    }
  }

  private String key(int layer, String parameter) {
    return name + ".dense_" + layer + "." + parameter;
  }

  private static String weight(int layer) {
    return layer - 1 + "_W";
  }

  private static String bias(int layer) {
    return layer - 1 + "_b";
  }

  INDArray forward(INDArray x) {
    network.setInput(x);
    return network.feedForward(true, false).get(layers);
  }

  /** Updates the parameters by the gradient of the output; the gradient of the input. */
  INDArray backward(INDArray gradient) {
    Pair<Gradient, INDArray> gradients =
        network.backpropGradient(gradient, LayerWorkspaceMgr.noWorkspaces());
    network
        .getUpdater()
        .update(network, gradients.getFirst(), updates, 0, batch, LayerWorkspaceMgr.noWorkspaces());
    updates++;
    network.params().subi(gradients.getFirst().gradient());
    return gradients.getSecond();
  }

  /** Adds the parameters in our layout. */
  void writeTo(SafetensorsWriter writer) {
    for (int layer = 1; layer <= layers; layer++) {
      INDArray weight = network.getParam(weight(layer)).transpose();
      INDArray bias = network.getParam(bias(layer));
      writer.floats(
          key(layer, "weight"), weight.shape().clone(), () -> weight.dup('c').data().asFloat());
      writer.floats(
          key(layer, "bias"), new long[] {bias.length()}, () -> bias.dup('c').data().asFloat());
    }
  }
}
