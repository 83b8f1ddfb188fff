package dev.figment.device;

/** {@link RecurrentKernels} of {@link CheckedKernels}. */
interface CheckedRecurrent extends RecurrentKernels {
  Kernels kernels();

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
    RecurrentChecks.gruForward(states, gates, inputGates, constantGates, w, bias, lengths, reverse);
    kernels().gruForward(states, gates, inputGates, constantGates, w, bias, lengths, reverse);
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
    RecurrentChecks.gruBackward(
        dinputGates, dhiddenGates, dstate, dy, states, gates, w, lengths, reverse);
    kernels()
        .gruBackward(dinputGates, dhiddenGates, dstate, dy, states, gates, w, lengths, reverse);
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
    RecurrentChecks.lstmForward(
        states, cells, gates, inputGates, constantGates, w, lengths, reverse);
    kernels().lstmForward(states, cells, gates, inputGates, constantGates, w, lengths, reverse);
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
    RecurrentChecks.lstmBackward(dgates, dstate, dcell, dy, cells, gates, w, lengths, reverse);
    kernels().lstmBackward(dgates, dstate, dcell, dy, cells, gates, w, lengths, reverse);
  }
}
