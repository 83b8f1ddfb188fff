package dev.figment.bench.steps;

import dev.figment.device.Device;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** The training steps that are timed. */
public enum Workload {
  /** {@link GanWorkload}. */
  GAN {
    @Override
    Contender contender(Device device, int batch) {
      return GanWorkload.contender(device, batch);
    }

    @Override
    void example(Device device, int batch, Path start, Path result) {
      GanWorkload.example(device, batch, start, result);
    }
  },
  /** {@link VaeWorkload}. */
  VAE {
    @Override
    Contender contender(Device device, int batch) {
      return VaeWorkload.contender(device, batch);
    }

    @Override
    void example(Device device, int batch, Path start, Path result) {
      VaeWorkload.example(device, batch, start, result);
    }
  };

  /** Ours. */
  abstract Contender contender(Device device, int batch);

  /** Trains one step of gradient descent and writes it as {@link Example} says. */
  abstract void example(Device device, int batch, Path start, Path result);

  /** Of its key. */
  public static Workload of(String key) {
    return Arrays.stream(values())
        .filter(it -> it.toString().equals(key))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No step is named " + key));
  }

  /** As in options and JSON: {@code gan}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
