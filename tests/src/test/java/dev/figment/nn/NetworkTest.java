package dev.figment.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.figment.device.Activation;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.GradientMode;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import dev.figment.model.GanArchitecture;
import dev.figment.reference.ReferenceDevice;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NetworkTest {
  private static final GanArchitecture SMALL = new GanArchitecture(16, 16, 1, 5, 2);

  private final Resources resources = new Resources();
  private final Device device = resources.own(new ReferenceDevice());
  private final Randomness randomness = resources.own(new Randomness(device, 3));

  @AfterEach
  void close() {
    resources.close();
  }

  @Test
  void theGanHasThePublishedShapes() {
    GanArchitecture published = new GanArchitecture(28, 28, 1, 100, 64);
    Network generator = network(Shape.of(100), published.generator(), true);
    Network discriminator = network(published.image(), published.discriminator(), true);

    assertThat(generator.outputShape()).isEqualTo(Shape.of(28, 28, 1));
    assertThat(generator.parameters().value("dense_4.weight").shape())
        .isEqualTo(Shape.of(12544, 1024));
    assertThat(generator.parameters().value("conv_transpose_1.weight").shape())
        .isEqualTo(Shape.of(256, 5, 5, 128));
    assertThat(generator.parameters().names()).doesNotContain("conv_transpose_1.bias");
    // 25,856 + 131,584 + 525,312 + 12,857,600 + 819,200 + 256 + 204,800 + 128 + 1,601
    assertThat(generator.parameters().trainedCount()).isEqualTo(14_566_337);
    assertThat(discriminator.outputShape()).isEqualTo(Shape.of(1));
    // 1,664 + 204,928 + 6,273
    assertThat(discriminator.parameters().trainedCount()).isEqualTo(212_865);
  }

  @Test
  void aDenseLayerWithoutBiasHasAWeightAlone() {
    List<Layer> layers =
        List.of(Dense.of(3).withoutBias().learningAt(2), new ActivationLayer(Activation.RELU));
    Network network = network(Shape.of(5), layers, true);

    assertThat(network.layers()).hasSize(1);
    assertThat(network.parameters().names()).containsExactly("dense_1.weight");
    Pass pass = resources.own(network.pass(2).training().build());
    pass.input().write(new double[10]);
    pass.forward();
    assertThat(pass.output().toDoubles()).containsOnly(0);
  }

  @Test
  void fusedLayersComputeWhatTheSingleOnesDo() {
    compareFused(SMALL.image(), SMALL.discriminator(), 6);
    compareFused(Shape.of(SMALL.latent()), SMALL.generator(), 10);
  }

  private void compareFused(Shape input, List<Layer> layers, int expectedFused) {
    Network fused = network(input, layers, true);
    Network single = network(input, layers, false);
    assertThat(fused.layers()).hasSize(expectedFused);
    assertThat(single.layers()).hasSameSizeAs(layers);
    for (String name : fused.parameters().names()) {
      single.parameters().value(name).write(fused.parameters().value(name).toDoubles());
    }
    double[][] results = new double[2][];
    double[][] gradients = new double[2][];
    for (int i = 0; i < 2; i++) {
      Network network = i == 0 ? fused : single;
      Pass pass = resources.own(network.pass(3).training().build());
      randomness.counter().write(1);
      device.kernels().uniform(pass.input(), -1, 1, randomness.stream(RandomStream.LATENT));
      pass.forward();
      results[i] = pass.output().toDoubles();
      Tensor dy = resources.own(device.allocate(DataType.REAL, pass.output().shape()));
      device.kernels().uniform(dy, -1, 1, randomness.stream(RandomStream.EPSILON));
      pass.backward(dy, GradientMode.OVERWRITE);
      gradients[i] = network.parameters().gradients().toDoubles();
    }
    assertThat(results[0]).usingComparatorWithPrecision(1e-12).containsExactly(results[1]);
    assertThat(gradients[0]).usingComparatorWithPrecision(1e-11).containsExactly(gradients[1]);
  }

  @Test
  void accumulatingAddsAndPassesDoNotDisturbEachOther() {
    Network network = network(SMALL.image(), SMALL.discriminator(), true);
    Pass first = trainedPass(network, 2, 1);
    Pass second = trainedPass(network, 3, 2);
    Tensor dyFirst = filled(first.output().shape(), 1);
    Tensor dySecond = filled(second.output().shape(), -0.5);
    first.forward();
    first.backward(dyFirst, GradientMode.OVERWRITE);
    double[] alone = network.parameters().gradients().toDoubles();
    second.forward();
    second.backward(dySecond, GradientMode.OVERWRITE);
    double[] other = network.parameters().gradients().toDoubles();

    // The same again, interleaved: both forwards before both backwards, the second accumulating.
    randomness.counter().write(0);
    first = trainedPass(network, 2, 1);
    second = trainedPass(network, 3, 2);
    randomness.counter().write(2);
    first.forward();
    second.forward();
    device.kernels().fill(dyFirst, 1);
    device.kernels().fill(dySecond, -0.5);
    first.backward(dyFirst, GradientMode.OVERWRITE);
    second.backward(dySecond, GradientMode.ACCUMULATE);
    double[] both = network.parameters().gradients().toDoubles();

    double[] sum = new double[both.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = alone[i] + other[i];
    }
    assertThat(both).usingComparatorWithPrecision(1e-12).containsExactly(sum);
  }

  @Test
  void inferenceUsesRunningStatisticsAndKeepsThem() {
    Network network = network(Shape.of(4, 4, 3), List.of(BatchNorm.of(0.8, 1e-3)), true);
    network.parameters().value("batch_norm_1.running_mean").write(1.0, 2.0, 3.0);
    network.parameters().value("batch_norm_1.running_variance").write(4.0, 9.0, 16.0);
    Pass pass = resources.own(network.pass(1).build());
    device.kernels().fill(pass.input(), 5);
    pass.forward();

    assertThat(pass.output().toDoubles()[0]).isEqualTo(4 / Math.sqrt(4 + 1e-3));
    assertThat(pass.output().toDoubles()[1]).isEqualTo(3 / Math.sqrt(9 + 1e-3));
    assertThat(network.parameters().value("batch_norm_1.running_mean").toDoubles())
        .containsExactly(1, 2, 3);
  }

  @Test
  void looksLinearStartsAreLinear() {
    Activation leaky = Activation.leakyRelu(0.2);
    Network network =
        network(
            Shape.of(6),
            List.of(
                new Dense(8, leaky, Initializer.looksLinear(1, false, true), 1),
                new Dense(10, leaky, Initializer.looksLinear(1, true, true), 1),
                new Dense(4, Activation.IDENTITY, Initializer.looksLinear(1, true, false), 1)),
            true);
    Pass pass = resources.own(network.pass(3).build());
    double[] x = {1, -2, 3, 0.5, -1, 2, -3, 1, 0.25, 4, -1, 1, -2, -1, 3.25, 4.5, -2, 3};
    pass.input().write(x); // the third sample is the sum of the others
    pass.forward();
    double[] y = pass.output().toDoubles();
    for (int i = 0; i < 4; i++) {
      assertThat(y[8 + i])
          .isCloseTo(y[i] + y[4 + i], org.assertj.core.api.Assertions.within(1e-12));
      assertThat(Math.abs(y[i])).isGreaterThan(1e-3);
    }
  }

  @Test
  void unfitLayersAndTensorsAreRefused() {
    assertThatThrownBy(() -> network(Shape.of(4, 4, 1), List.of(Dense.of(3)), true))
        .isInstanceOf(FigmentException.class)
        .hasMessageContaining("4x4x1");
    assertThatThrownBy(() -> network(Shape.of(6), List.of(new Reshape(Shape.of(2, 2, 2))), true))
        .hasMessageContaining("8 and 6");
    Network network = network(Shape.of(6), List.of(Dense.of(3)), true);
    Tensor wrong = filled(Shape.of(2, 5), 0);
    assertThatThrownBy(() -> network.pass(2).from(wrong))
        .hasMessageContaining("2x6")
        .hasMessageContaining("2x5");
    assertThatThrownBy(() -> network.parameters().value("dense_2.weight"))
        .hasMessageContaining("dense_1.weight");
  }

  private Network network(Shape input, List<Layer> layers, boolean fuse) {
    return resources.own(new Network(device, randomness, input, layers, fuse)).initialise();
  }

  private Pass trainedPass(Network network, int batch, int draw) {
    Pass pass = resources.own(network.pass(batch).training().build());
    randomness.counter().write(draw);
    device.kernels().uniform(pass.input(), -1, 1, randomness.stream(RandomStream.LATENT));
    return pass;
  }

  private Tensor filled(Shape shape, double value) {
    Tensor tensor = resources.own(device.allocate(DataType.REAL, shape));
    device.kernels().fill(tensor, value);
    return tensor;
  }
}
