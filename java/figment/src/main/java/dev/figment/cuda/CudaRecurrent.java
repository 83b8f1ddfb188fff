package dev.figment.cuda;

import static dev.figment.cuda.CudaCalls.blocks;

import dev.figment.device.RecurrentKernels;
import dev.figment.device.Shape;
import dev.figment.device.Tensor;

/** The recurrent cells of {@link CudaKernels}: a launch of kernels/recurrent.cu for each step. */
interface CudaRecurrent extends RecurrentKernels, CudaCalls {
  /** Samples and units of a block: kTile of kernels/recurrent.cu. */
  long TILE = 16;

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
    Sequence s = new Sequence(states.shape(), lengths, reverse);
    for (int i = 0; i < s.steps(); i++) {
      int step = s.step(i);
      CudaLaunch launch =
          launch("gru_forward", s)
              .address(row(states, s.after(step)))
              .address(row(gates, step))
              .address(row(states, s.before(step)))
              .address(row(inputGates, step))
              .address(at(constantGates))
              .address(at(w))
              .address(at(bias));
      finish(launch, s, step);
    }
  }

  /** One launch more than there are steps: each finishes the one that is later in time. */
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
    Sequence s = new Sequence(states.shape(), lengths, reverse);
    for (int i = s.steps() - 1; i >= -1; i--) {
      boolean own = i >= 0;
      int step = own ? s.step(i) : 0;
      CudaLaunch launch =
          launch("gru_backward", s)
              .address(own ? row(dinputGates, step) : 0)
              .address(own ? row(dhiddenGates, step) : 0)
              .address(at(dstate))
              .address(own ? row(dy, step) : 0)
              .address(i + 1 < s.steps() ? row(dhiddenGates, s.step(i + 1)) : 0)
              .address(own ? row(states, s.before(step)) : 0)
              .address(own ? row(gates, step) : 0)
              .address(at(w));
      finish(launch, s, step);
    }
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
    Sequence s = new Sequence(states.shape(), lengths, reverse);
    for (int i = 0; i < s.steps(); i++) {
      int step = s.step(i);
      CudaLaunch launch =
          launch("lstm_forward", s)
              .address(row(states, s.after(step)))
              .address(row(cells, s.after(step)))
              .address(row(gates, step))
              .address(row(states, s.before(step)))
              .address(row(cells, s.before(step)))
              .address(row(inputGates, step))
              .address(at(constantGates))
              .address(at(w));
      finish(launch, s, step);
    }
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
    Sequence s = new Sequence(cells.shape(), lengths, reverse);
    for (int i = s.steps() - 1; i >= -1; i--) {
      boolean own = i >= 0;
      int step = own ? s.step(i) : 0;
      CudaLaunch launch =
          launch("lstm_backward", s)
              .address(own ? row(dgates, step) : 0)
              .address(at(dstate))
              .address(at(dcell))
              .address(own ? row(dy, step) : 0)
              .address(i + 1 < s.steps() ? row(dgates, s.step(i + 1)) : 0)
              .address(own ? row(cells, s.before(step)) : 0)
              .address(own ? row(cells, s.after(step)) : 0)
              .address(own ? row(gates, step) : 0)
              .address(at(w));
      finish(launch, s, step);
    }
  }

  // ---- sequences

  /** Sizes of states [T + 1][N][H], and how time runs. */
  record Sequence(Shape states, Tensor lengths, boolean reverse) {
    int steps() {
      return states.size(0) - 1;
    }

    int batch() {
      return states.size(1);
    }

    int units() {
      return states.size(2);
    }

    /** The i-th step in time. */
    int step(int i) {
      return reverse ? steps() - 1 - i : i;
    }

    /** The row of the state before a step. */
    int before(int step) {
      return reverse ? step + 1 : step;
    }

    int after(int step) {
      return reverse ? step : step + 1;
    }
  }

  private CudaLaunch launch(String kernel, Sequence s) {
    return device()
        .launch("recurrent", kernel)
        .grid(blocks(s.units(), TILE), blocks(s.batch(), TILE));
  }

  /** Adds what ends every kernel's arguments, and launches. */
  private void finish(CudaLaunch launch, Sequence s, int step) {
    launch
        .address(at(s.lengths()))
        .integer(step)
        .integer(s.batch())
        .integer(s.units())
        .on(device().stream());
  }

  /** The address of a row of the first axis; 0 of no tensor. */
  private long row(Tensor tensor, int row) {
    return tensor == null
        ? 0
        : at(tensor) + Float.BYTES * (tensor.count() / tensor.shape().size(0)) * row;
  }
}
