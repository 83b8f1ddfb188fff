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
  GAN(Precision.FLOAT32, GanWorkload::contender, GanWorkload::example),
  /** {@link GanWorkload} with products in bf16. */
  GAN_BF16(Precision.BF16, GanWorkload::contender, GanWorkload::example),
  /** {@link VaeWorkload}. */
  VAE(Precision.FLOAT32, VaeWorkload::contender, VaeWorkload::example),
  /** {@link RvaeWorkload} of GRUs. */
  RVAE_GRU(Recurrent.Cell.GRU),
  /** {@link RvaeWorkload} of LSTMs. */
  RVAE_LSTM(Recurrent.Cell.LSTM);

  /** What makes a contender. */
  private interface Timed {
    Contender contender(Device device, int batch);
  }

  /** What trains and writes an example. */
  private interface Repeated {
    void example(Device device, int batch, long seed, Path start, Path result);
  }

  private final Precision precision;
  private final Timed timed;
  private final Repeated repeated;

  Workload(Precision precision, Timed timed, Repeated repeated) {
    this.precision = precision;
    this.timed = timed;
    this.repeated = repeated;
  }

  Workload(Recurrent.Cell cell) {
    this(
        Precision.FLOAT32,
        (device, batch) -> RvaeWorkload.contender(cell, device, batch),
        (device, batch, seed, start, result) ->
            RvaeWorkload.example(cell, device, batch, seed, start, result));
  }

  /** Of its products. */
  public Precision precision() {
    return precision;
  }

  /** Ours. */
  Contender contender(Device device, int batch) {
    return timed.contender(device, batch);
  }

  /** Trains one step of gradient descent and writes it as {@link Example} says. */
  void example(Device device, int batch, long seed, Path start, Path result) {
    repeated.example(device, batch, seed, start, result);
  }

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
