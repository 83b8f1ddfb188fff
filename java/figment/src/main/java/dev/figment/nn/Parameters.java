package dev.figment.nn;

import dev.figment.device.DataType;
import dev.figment.device.Device;
import dev.figment.device.FigmentException;
import dev.figment.device.RandomStream;
import dev.figment.device.Resources;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a network: one flat arena for what an optimizer trains, one of the same layout for
 * its gradients, and one for what is only kept (running statistics). Names are {@code
 * dense_1.weight}; the layout is their order, each tensor padded to 64 bytes of float32 with zeros
 * that stay zero.
 */
public final class Parameters implements AutoCloseable {
  private static final int ALIGNMENT = 16;

  /** A parameter and where it is. */
  private record Entry(ParameterSpec spec, long offset) {}

  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final Tensor values;
  private final Tensor gradients;
  private final Tensor kept;
  private final Resources resources = new Resources();

  Parameters(Device device, Map<String, ParameterSpec> specs) {
    long trainedLength = 0;
    long keptLength = 0;
    for (Map.Entry<String, ParameterSpec> spec : specs.entrySet()) {
      boolean trained = spec.getValue().trained();
      entries.put(spec.getKey(), new Entry(spec.getValue(), trained ? trainedLength : keptLength));
      long padded = padded(spec.getValue());
      if (trained) {
        trainedLength += padded;
      } else {
        keptLength += padded;
      }
    }
    try {
      values = resources.own(arena(device, trainedLength));
      gradients = resources.own(arena(device, trainedLength));
      kept = resources.own(arena(device, keptLength));
    } catch (RuntimeException e) {
      resources.close();
      throw e;
    }
  }

  private static Tensor arena(Device device, long length) {
    return device.allocate(DataType.REAL, Shape.of(Math.toIntExact(Math.max(1, length))));
  }

  /** Draws every initial value; {@code stream} gives the seed, its counter goes up by one each. */
  void initialise(Device device, RandomStream stream) {
    for (Map.Entry<String, Entry> entry : entries.entrySet()) {
      device.kernels().increment(stream.counter());
      entry
          .getValue()
          .spec()
          .initializer()
          .initialise(device.kernels(), value(entry.getKey()), stream);
    }
  }

  /** All names, trained and kept, in canonical order. */
  public List<String> names() {
    return new ArrayList<>(entries.keySet());
  }

  /** The value of a parameter. */
  public Tensor value(String name) {
    Entry entry = entry(name);
    Tensor arena = entry.spec().trained() ? values : kept;
    return new Tensor(arena.memory(), entry.offset(), entry.spec().shape());
  }

  /** The gradient of a trained parameter. */
  public Tensor gradient(String name) {
    Entry entry = entry(name);
    if (!entry.spec().trained()) {
      throw new FigmentException(name + " is not trained and has no gradient.");
    }
    return new Tensor(gradients.memory(), entry.offset(), entry.spec().shape());
  }

  public boolean isTrained(String name) {
    return entry(name).spec().trained();
  }

  /** All trained values, flat. */
  public Tensor values() {
    return values;
  }

  /** The trained values after those of a trained parameter, flat. */
  Tensor valuesAfter(String name) {
    Entry entry = entry(name);
    long offset = entry.offset() + padded(entry.spec());
    return new Tensor(values.memory(), offset, Shape.of(Math.toIntExact(values.count() - offset)));
  }

  /** All gradients, flat, laid out as {@link #values()}. */
  public Tensor gradients() {
    return gradients;
  }

  /** All that is only kept, flat: running statistics. */
  public Tensor kept() {
    return kept;
  }

  /**
   * A run of the trained arena that learns at one rate.
   *
   * @param offset its first element
   * @param length its elements
   * @param rate times the optimizer's learning rate
   */
  public record Group(long offset, int length, double rate) {}

  /** The trained arena in runs of one rate each, in order. */
  public List<Group> groups() {
    List<Group> groups = new ArrayList<>();
    for (Entry entry : entries.values()) {
      if (entry.spec().trained()) {
        long end = entry.offset() + padded(entry.spec());
        int last = groups.size() - 1;
        boolean goesOn = last >= 0 && groups.get(last).rate() == entry.spec().rate();
        long start = goesOn ? groups.remove(last).offset() : entry.offset();
        groups.add(new Group(start, Math.toIntExact(end - start), entry.spec().rate()));
      }
    }
    return groups;
  }

  private static long padded(ParameterSpec spec) {
    return (spec.shape().count() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Trained numbers, padding not counted. */
  public long trainedCount() {
    return entries.values().stream()
        .filter(entry -> entry.spec().trained())
        .mapToLong(entry -> entry.spec().shape().count())
        .sum();
  }

  private Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new FigmentException(
          "A parameter %s was asked for; there are %s.".formatted(name, entries.keySet()));
    }
    return entry;
  }

  @Override
  public void close() {
    resources.close();
  }
}
