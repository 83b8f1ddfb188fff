package dev.figment.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.figment.cuda.CudaDevices;
import dev.figment.device.SelfCheck.Failure;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The check of a GPU at its first use. */
class SelfCheckTest {
  @Test
  @Tag("sim")
  void theSimulatedGpuPasses() {
    try (Device gpu = CudaDevices.openShipped();
        Device cpu = Devices.open("cpu", 1).device()) {
      assertThat(SelfCheck.run(gpu, cpu)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fill", "convTransposeForward", "denseBackwardWeights", "adam"})
  void aWrongKernelIsNamed(String operation) {
    try (Device cpu = Devices.open("cpu", 1).device()) {
      Device wrong =
          new WatchedDevice(
              cpu,
              (name, arguments) -> {
                if (name.equals(operation)) {
                  Tensor result = (Tensor) arguments[0];
                  float[] values = result.toFloats();
                  values[values.length - 1] += 0.01f; // one element of its first result
                  result.write(values);
                }
              });
      Optional<Failure> failure = SelfCheck.run(wrong, cpu);
      assertThat(failure).isPresent();
      assertThat(failure.get().operation()).isEqualTo(operation);
      assertThat(failure.get().shown()).contains("where the device cpu has");
    }
  }

  @Test
  void aKernelThatFailsIsNamed() {
    try (Device cpu = Devices.open("cpu", 1).device()) {
      Device failing =
          new WatchedDevice(
              cpu,
              (name, arguments) -> {
                if (name.equals("columnSum")) {
                  throw new FigmentException("The device is lost.");
                }
              });
      assertThat(SelfCheck.run(failing, cpu))
          .contains(new Failure("columnSum", "it failed: The device is lost."));
    }
  }

  @Test
  void notANumberIsADifference() {
    try (Device cpu = Devices.open("cpu", 1).device()) {
      Device wrong =
          new WatchedDevice(
              cpu,
              (name, arguments) -> {
                if (name.equals("scale")) {
                  Tensor result = (Tensor) arguments[0];
                  result.memory().write(result.offset(), new float[] {Float.NaN}, 0, 1);
                }
              });
      assertThat(SelfCheck.run(wrong, cpu).map(Failure::operation)).contains("scale");
    }
  }

  @Test
  void everyOperationIsChecked() {
    Set<String> called = new TreeSet<>();
    try (Device cpu = Devices.open("cpu", 1).device()) {
      Device watched = new WatchedDevice(cpu, (name, arguments) -> called.add(name));
      assertThat(SelfCheck.run(watched, cpu)).isEmpty();
    }
    assertThat(called)
        .as("add what is missing to SelfCheckCases")
        .containsAll(
            Arrays.stream(Kernels.class.getMethods())
                .filter(method -> method.getReturnType() == void.class)
                .filter(method -> !method.isDefault()) // what only some devices have
                .map(Method::getName)
                .collect(Collectors.toSet()));
  }
}
