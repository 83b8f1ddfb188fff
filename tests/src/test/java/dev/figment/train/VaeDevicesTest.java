package dev.figment.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.figment.cuda.CudaDevices;
import dev.figment.data.ImageDataset;
import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.Devices;
import dev.figment.device.KernelLaunch;
import dev.figment.device.Likelihood;
import dev.figment.device.Tensor;
import dev.figment.device.WatchedDevice;
import dev.figment.model.VaeArchitecture;
import dev.figment.model.VaeNet;
import dev.figment.nn.Network;
import dev.figment.optim.OptimizerKind;
import dev.figment.optim.OptimizerNumbers;
import dev.figment.optim.Schedule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The VAE trained on the simulated GPU and on the CPU. Random numbers and data are the same by
 * construction; sums differ in their order. The simulated GPU's checks are on.
 */
@Tag("sim")
class VaeDevicesTest {
  private static final ImageDataset DATA = VaeModels.squares(16, 5);

  private Device gpu;
  private Device cpu;

  @BeforeEach
  void open() {
    gpu = CudaDevices.openShipped();
    cpu = Devices.open("cpu", 1).device();
  }

  @AfterEach
  void close() {
    cpu.close();
    gpu.close();
  }

  @ParameterizedTest
  @EnumSource(VaeNet.class)
  void gradientsOfAStepAgree(VaeNet net) {
    gradientsAgree(config(net, Likelihood.BERNOULLI).binarize(true));
    gradientsAgree(
        config(net, Likelihood.GAUSSIAN_LEARNED)
            .accumulate(2)
            .gradientClip(10)
            .kl(new KlTerm(3, 0, 0, 0, 2, 0)));
    gradientsAgree(config(net, Likelihood.BERNOULLI).samples(3));
    gradientsAgree(
        VaeConfig.of(
                new VaeArchitecture(8, 8, 1, 3, 2, net, Likelihood.BERNOULLI)
                    .conditionalOn(DATA.classes()))
            .batch(4)
            .samples(2)
            .accumulate(2));
    gradientsAgree(config(net, Likelihood.BERNOULLI).adversarial(0.5));
  }

  private void gradientsAgree(VaeConfig.Builder config) {
    config.optimizer(OptimizerKind.SGD, new OptimizerNumbers(0, 0, 0, false, 0)).learningRate(1e-3);
    try (VaeTrainer on = new VaeTrainer(gpu, config.build(), DATA);
        VaeTrainer off = new VaeTrainer(cpu, config.build(), DATA)) {
      on.step();
      off.step();
      sameGradients(on.vae().encoder(), off.vae().encoder());
      sameGradients(on.vae().decoder(), off.vae().decoder());
    }
  }

  private static void sameGradients(Network mine, Network other) {
    for (String name : other.parameters().names()) {
      double[] expected = other.parameters().gradient(name).toDoubles();
      assertThat(distance(mine.parameters().gradient(name).toDoubles(), expected))
          .as(name)
          .isLessThanOrEqualTo(1e-4 * distance(expected, new double[expected.length]));
    }
  }

  @Test
  void lossesOfTheFirstStepsAgreeUnderAdam() {
    VaeConfig config = config(VaeNet.DENSE, Likelihood.BERNOULLI).build();
    try (VaeTrainer on = new VaeTrainer(gpu, config, DATA);
        VaeTrainer off = new VaeTrainer(cpu, config, DATA)) {
      for (int i = 0; i < 5; i++) {
        VaeStep mine = on.step();
        VaeStep other = off.step();
        assertThat(mine.loss()).isCloseTo(other.loss(), within(1e-4 * other.loss()));
        assertThat(mine.kl()).isCloseTo(other.kl(), within(1e-3 * (1 + other.kl())));
      }
    }
  }

  /** The weight of the KL and the capacity change from one replay to the next. */
  @Test
  void replaysGiveTheBitsOfCalls() {
    replays(
        config(VaeNet.DENSE, Likelihood.BERNOULLI)
            .binarize(true)
            .kl(new KlTerm(1, 3, 4, 0.05, 0, 0)));
    replays(
        config(VaeNet.CONV, Likelihood.GAUSSIAN_LEARNED)
            .kl(new KlTerm(5, 2, 0, 0, 3, 3))
            .gradientClip(1)
            .accumulate(2)
            .schedule(new Schedule(Schedule.Kind.COSINE, 9, 2)));
    replays(config(VaeNet.DENSE, Likelihood.BERNOULLI).binarize(true).samples(3));
    replays(config(VaeNet.CONV, Likelihood.BERNOULLI).adversarial(0.5));
  }

  private void replays(VaeConfig.Builder config) {
    Device unrecorded = new WatchedDevice(gpu, (name, arguments) -> {});
    try (VaeTrainer replayed = new VaeTrainer(gpu, config.build(), DATA);
        VaeTrainer called = new VaeTrainer(unrecorded, config.build(), DATA)) {
      for (int i = 0; i < 5; i++) {
        assertThat(replayed.step()).isEqualTo(called.step());
      }
      assertThat(replayed.launches()).isNotEmpty();
      assertThat(called.launches()).isEmpty();
      Map<String, double[]> mine = reals(replayed);
      reals(called)
          .forEach((name, values) -> assertThat(mine.get(name)).as(name).isEqualTo(values));
    }
  }

  @Test
  void aStepIsAFewLaunches() {
    VaeConfig config = config(VaeNet.DENSE, Likelihood.BERNOULLI).build();
    try (VaeTrainer trainer = new VaeTrainer(gpu, config, DATA)) {
      trainer.step();
      trainer.step();
      List<String> names = trainer.launches().stream().map(KernelLaunch::kernel).toList();
      assertThat(names).as("%s", names).isNotEmpty().hasSizeLessThanOrEqualTo(60);
      assertThat(names).contains("optimizer.adam");
    }
  }

  @Test
  void evaluationsAgree() {
    VaeConfig config = config(VaeNet.DENSE, Likelihood.BERNOULLI).build();
    try (VaeTrainer on = new VaeTrainer(gpu, config, DATA);
        VaeTrainer off = new VaeTrainer(cpu, config, DATA);
        VaeEvaluator mine = new VaeEvaluator(gpu, on.vae(), true, 2);
        VaeEvaluator other = new VaeEvaluator(cpu, off.vae(), true, 2)) {
      assertThat(mine.evaluate(DATA, 7).loss())
          .isCloseTo(other.evaluate(DATA, 7).loss(), within(1e-3));
      assertThat(mine.logLikelihood(DATA, 3, 4, done -> {}))
          .isCloseTo(other.logLikelihood(DATA, 3, 4, done -> {}), within(1e-3));
    }
  }

  private static Map<String, double[]> reals(VaeTrainer trainer) {
    Map<String, double[]> reals = new LinkedHashMap<>();
    for (Map.Entry<String, Tensor> entry : trainer.state().entrySet()) {
      if (entry.getValue().type() == DataType.REAL) {
        reals.put(entry.getKey(), entry.getValue().toDoubles());
      }
    }
    return reals;
  }

  private static double distance(double[] a, double[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(squares);
  }

  private static VaeConfig.Builder config(VaeNet net, Likelihood likelihood) {
    return VaeModels.config(net, likelihood, 2).batch(4);
  }
}
