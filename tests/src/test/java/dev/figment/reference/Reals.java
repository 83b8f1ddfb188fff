package dev.figment.reference;

import dev.figment.device.GradientMode;
import dev.figment.device.Tensor;

/** The elements of a REAL tensor of the reference device, numbered from 0. */
record Reals(double[] array, int offset, int count) {
  static Reals of(Tensor tensor) {
    return new Reals(
        ((ReferenceMemory) tensor.memory()).reals(),
        Math.toIntExact(tensor.offset()),
        Math.toIntExact(tensor.count()));
  }

  double get(int index) {
    return array[offset + index];
  }

  void set(int index, double value) {
    array[offset + index] = value;
  }

  void add(int index, double value) {
    array[offset + index] += value;
  }

  void fill(double value) {
    for (int i = 0; i < count; i++) {
      set(i, value);
    }
  }

  /** A result that terms are added to: as it stands to accumulate, else from zero. */
  static Reals start(Tensor result, GradientMode mode) {
    Reals reals = Reals.of(result);
    if (mode == GradientMode.OVERWRITE) {
      reals.fill(0);
    }
    return reals;
  }

  /** A number on the device, of type INT32. */
  static int value(Tensor counter) {
    return ((ReferenceMemory) counter.memory()).ints()[(int) counter.offset()];
  }
}
