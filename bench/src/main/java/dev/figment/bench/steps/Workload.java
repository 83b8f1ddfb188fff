package dev.figment.bench.steps;

import dev.figment.device.Device;
import dev.figment.device.Precision;
import dev.figment.nn.Recurrent;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
    void example(Device device, int batch, long seed, Path start, Path result) {
      GanWorkload.example(device, batch, seed, start, result);
    }
  },
  /** {@link GanWorkload} with products in bf16. */
  GAN_BF16(Precision.BF16) {
    @Override
    Contender contender(Device device, int batch) {
      return GAN.contender(device, batch);
    }

    @Override
    void example(Device device, int batch, long seed, Path start, Path result) {
      GAN.example(device, batch, seed, start, result);
    }
  },
  /** {@link VaeWorkload}. */
  VAE {
    @Override
    Contender contender(Device device, int batch) {
      return VaeWorkload.contender(device, batch);
    }

    @Override
    void example(Device device, int batch, long seed, Path start, Path result) {
      VaeWorkload.example(device, batch, seed, start, result);
    }
  },
  /** {@link RvaeWorkload} of GRUs. */
  RVAE_GRU {
    @Override
    Contender contender(Device device, int batch) {
      return RvaeWorkload.contender(Recurrent.Cell.GRU, device, batch);
    }

    @Override
    void example(Device device, int batch, long seed, Path start, Path result) {
      RvaeWorkload.example(Recurrent.Cell.GRU, device, batch, seed, start, result);
    }
  },
  /** {@link RvaeWorkload} of LSTMs. */
  RVAE_LSTM {
    @Override
    Contender contender(Device device, int batch) {
      return RvaeWorkload.contender(Recurrent.Cell.LSTM, device, batch);
    }

    @Override
    void example(Device device, int batch, long seed, Path start, Path result) {
      RvaeWorkload.example(Recurrent.Cell.LSTM, device, batch, seed, start, result);
    }
  };

  private final Precision precision;

  Workload() {
    this(Precision.FLOAT32);
  }

  Workload(Precision precision) {
    this.precision = precision;
  }

  /** Of its products. */
  public Precision precision() {
    return precision;
  }

  /** Ours. */
  abstract Contender contender(Device device, int batch);

  /** Trains one step of gradient descent and writes it as {@link Example} says. */
  abstract void example(Device device, int batch, long seed, Path start, Path result);

  /** Of its key. */
  public static Workload of(String key) {
    return Arrays.stream(values())
        .filter(it -> it.toString().equals(key))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No step is named " + key));
  }

  /**
   * Those whose key is {@code filter} or begins with it and a hyphen: rvae is both recurrent ones,
   * vae is not.
   *
   * @param filter empty for all
   */
  static List<Workload> matching(String filter) {
    return Arrays.stream(values())
        .filter(it -> filter.isEmpty() || (it + "-").startsWith(filter + "-"))
        .toList();
  }

  /** As in options and JSON: {@code rvae-gru}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
