package dev.figment.reference;

import dev.figment.device.RecurrentKernels;
import dev.figment.device.Tensor;
import java.util.Arrays;

/** The recurrent cells of {@link ReferenceKernels}, in plain loops: a unit of a step at a time. */
interface ReferenceRecurrent extends RecurrentKernels {
  @Override
  default void gruForward(
      Tensor states,
      Tensor gates,
      Tensor inputGates,
      Tensor constantGates,
      Tensor w,
      Tensor bias,
      Tensor lengths,
      boolean reverse) {
    Sequence sizes = new Sequence(states, lengths, reverse);
    int units = sizes.units;
    Reals h = Reals.of(states);
    sizes.forEach(
        (t, n, u) -> {
          int before = sizes.before(t, n, u);
          int after = sizes.after(t, n, u);
          double[] kept = new double[4];
          if (sizes.holds(t, n)) {
            h.set(after, h.get(before));
          } else {
            double[] a = sizes.given(inputGates, constantGates, t, n, u, 3);
            double[] p = sizes.hidden(h, t, n, u, w, 3);
            for (int gate = 0; bias != null && gate < 3; gate++) {
              p[gate] += Reals.of(bias).get(gate * units + u);
            }
            double r = ReferenceActivation.sigmoid(a[0] + p[0]);
            double z = ReferenceActivation.sigmoid(a[1] + p[1]);
            double candidate = Math.tanh(a[2] + r * p[2]);
            h.set(after, (1 - z) * candidate + z * h.get(before));
            kept = new double[] {r, z, candidate, p[2]};
          }
          sizes.write(gates, t, n, u, kept);
        });
  }

  @Override
  default void gruBackward(
      Tensor dinputGates,
      Tensor dhiddenGates,
      Tensor dstate,
      Tensor dy,
      Tensor states,
      Tensor gates,
      Tensor w,
      Tensor lengths,
      boolean reverse) {
    Sequence sizes = new Sequence(states, lengths, reverse);
    Reals h = Reals.of(states);
    Reals carried = Reals.of(dstate);
    sizes.backThroughTime(
        (t, n) -> {
          double[] through = new double[sizes.units];
          for (int u = 0; u < sizes.units; u++) {
            double dh = carried.get(n * sizes.units + u) + sizes.outer(dy, t, n, u);
            double[] input = new double[3];
            double[] hidden = new double[3];
            through[u] = dh;
            if (!sizes.holds(t, n)) {
              double[] kept = sizes.read(gates, t, n, u);
              double r = kept[0];
              double z = kept[1];
              double candidate = kept[2];
              double dcandidate = dh * (1 - z) * (1 - candidate * candidate);
              double dz = dh * (h.get(sizes.before(t, n, u)) - candidate) * z * (1 - z);
              double dr = dcandidate * kept[3] * r * (1 - r);
              input = new double[] {dr, dz, dcandidate};
              hidden = new double[] {dr, dz, dcandidate * r};
              through[u] = dh * z;
            }
            sizes.write(dinputGates, t, n, u, input);
            sizes.write(dhiddenGates, t, n, u, hidden);
          }
          sizes.carry(carried, through, dhiddenGates, t, n, w, 3);
        });
  }

  @Override
  default void lstmForward(
      Tensor states,
      Tensor cells,
      Tensor gates,
      Tensor inputGates,
      Tensor constantGates,
      Tensor w,
      Tensor lengths,
      boolean reverse) {
    Sequence sizes = new Sequence(states, lengths, reverse);
    Reals h = Reals.of(states);
    Reals c = Reals.of(cells);
    sizes.forEach(
        (t, n, u) -> {
          int before = sizes.before(t, n, u);
          int after = sizes.after(t, n, u);
          double[] kept = new double[4];
          if (sizes.holds(t, n)) {
            h.set(after, h.get(before));
            c.set(after, c.get(before));
          } else {
            double[] a = sizes.given(inputGates, constantGates, t, n, u, 4);
            double[] p = sizes.hidden(h, t, n, u, w, 4);
            for (int gate = 0; gate < 4; gate++) {
              double x = a[gate] + p[gate];
              kept[gate] = gate == 2 ? Math.tanh(x) : ReferenceActivation.sigmoid(x);
            }
            c.set(after, kept[1] * c.get(before) + kept[0] * kept[2]);
            h.set(after, kept[3] * Math.tanh(c.get(after)));
          }
          sizes.write(gates, t, n, u, kept);
        });
  }

  @Override
  default void lstmBackward(
      Tensor dgates,
      Tensor dstate,
      Tensor dcell,
      Tensor dy,
      Tensor cells,
      Tensor gates,
      Tensor w,
      Tensor lengths,
      boolean reverse) {
    Sequence sizes = new Sequence(cells, lengths, reverse);
    Reals c = Reals.of(cells);
    Reals carried = Reals.of(dstate);
    Reals carriedCell = Reals.of(dcell);
    sizes.backThroughTime(
        (t, n) -> {
          double[] through = new double[sizes.units];
          for (int u = 0; u < sizes.units; u++) {
            int at = n * sizes.units + u;
            double dh = carried.get(at) + sizes.outer(dy, t, n, u);
            double[] d = new double[4];
            if (sizes.holds(t, n)) {
              through[u] = dh;
            } else {
              double[] kept = sizes.read(gates, t, n, u);
              double i = kept[0];
              double f = kept[1];
              double g = kept[2];
              double o = kept[3];
              double shown = Math.tanh(c.get(sizes.after(t, n, u)));
              double dc = carriedCell.get(at) + dh * o * (1 - shown * shown);
              d[0] = dc * g * i * (1 - i);
              d[1] = dc * c.get(sizes.before(t, n, u)) * f * (1 - f);
              d[2] = dc * i * (1 - g * g);
              d[3] = dh * shown * o * (1 - o);
              carriedCell.set(at, dc * f);
            }
            sizes.write(dgates, t, n, u, d);
          }
          sizes.carry(carried, through, dgates, t, n, w, 4);
        });
  }

  // ---- sequences

  /** Sizes of a call, the order of its steps and what is common to the cells. */
  final class Sequence {
    private final int steps;
    private final int batch;
    private final int units;
    private final Tensor lengths;
    private final boolean reverse;

    /** Sizes from states [T + 1][N][H]. */
    private Sequence(Tensor states, Tensor lengths, boolean reverse) {
      steps = states.shape().size(0) - 1;
      batch = states.shape().size(1);
      units = states.shape().size(2);
      this.lengths = lengths;
      this.reverse = reverse;
    }

    private interface Unit {
      void visit(int step, int sample, int unit);
    }

    private interface Sample {
      void visit(int step, int sample);
    }

    private void forEach(Unit body) {
      for (int i = 0; i < steps; i++) {
        for (int n = 0; n < batch; n++) {
          for (int u = 0; u < units; u++) {
            body.visit(reverse ? steps - 1 - i : i, n, u);
          }
        }
      }
    }

    private void backThroughTime(Sample body) {
      for (int i = steps - 1; i >= 0; i--) {
        for (int n = 0; n < batch; n++) {
          body.visit(reverse ? steps - 1 - i : i, n);
        }
      }
    }

    private boolean holds(int step, int sample) {
      return lengths != null
          && step >= ((ReferenceMemory) lengths.memory()).ints()[(int) lengths.offset() + sample];
    }

    /** Where the state before a step is among the states. */
    private int before(int step, int sample, int unit) {
      return ((reverse ? step + 1 : step) * batch + sample) * units + unit;
    }

    private int after(int step, int sample, int unit) {
      return ((reverse ? step : step + 1) * batch + sample) * units + unit;
    }

    /** A unit's input gates and constant gates, added up. */
    private double[] given(
        Tensor input, Tensor constant, int step, int sample, int unit, int gates) {
      double[] result = new double[gates];
      for (int gate = 0; gate < gates; gate++) {
        int column = (sample * gates + gate) * units + unit;
        result[gate] = Reals.of(input).get(step * batch * gates * units + column);
        if (constant != null) {
          result[gate] += Reals.of(constant).get(column);
        }
      }
      return result;
    }

    /** A unit's rows of w times the sample's state before a step. */
    private double[] hidden(Reals states, int step, int sample, int unit, Tensor w, int gates) {
      Reals weights = Reals.of(w);
      double[] result = new double[gates];
      for (int gate = 0; gate < gates; gate++) {
        for (int k = 0; k < units; k++) {
          result[gate] +=
              weights.get((gate * units + unit) * units + k) * states.get(before(step, sample, k));
        }
      }
      return result;
    }

    /** Writes a unit's numbers of a step, unless nobody wants them. */
    private void write(Tensor tensor, int step, int sample, int unit, double[] values) {
      for (int gate = 0; tensor != null && gate < values.length; gate++) {
        int row = (step * batch + sample) * values.length;
        Reals.of(tensor).set((row + gate) * units + unit, values[gate]);
      }
    }

    private double[] read(Tensor kept, int step, int sample, int unit) {
      double[] values = new double[4];
      Arrays.setAll(
          values, gate -> Reals.of(kept).get(((step * batch + sample) * 4 + gate) * units + unit));
      return values;
    }

    private double outer(Tensor dy, int step, int sample, int unit) {
      return dy == null ? 0 : Reals.of(dy).get((step * batch + sample) * units + unit);
    }

    /**
     * A sample's gradient to the state before a step: what went past the gates, and through them.
     */
    private void carry(
        Reals carried, double[] past, Tensor dgates, int step, int sample, Tensor w, int gates) {
      Reals d = Reals.of(dgates);
      Reals weights = Reals.of(w);
      for (int u = 0; u < units; u++) {
        double sum = past[u];
        for (int j = 0; j < gates * units; j++) {
          sum += d.get((step * batch + sample) * gates * units + j) * weights.get(j * units + u);
        }
        carried.set(sample * units + u, sum);
      }
    }
  }
}
