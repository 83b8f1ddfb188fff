package dev.figment.cpu;

import static dev.figment.cpu.CpuCalls.check;

import dev.figment.device.RecurrentKernels;
import dev.figment.device.Tensor;

/** The recurrent cells of {@link CpuKernels}. */
interface CpuRecurrent extends RecurrentKernels, CpuCalls {
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
    long ctx = device().context("gruForward");
    check(
        ctx,
        CpuNative.gruForward(
            ctx,
            at(states),
            at(gates),
            at(inputGates),
            at(constantGates),
            at(w),
            at(bias),
            at(lengths),
            reverse ? 1 : 0,
            states.shape().size(0) - 1,
            states.shape().size(1),
            states.shape().size(2)));
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
    long ctx = device().context("gruBackward");
    check(
        ctx,
        CpuNative.gruBackward(
            ctx,
            at(dinputGates),
            at(dhiddenGates),
            at(dstate),
            at(dy),
            at(states),
            at(gates),
            at(w),
            at(lengths),
            reverse ? 1 : 0,
            states.shape().size(0) - 1,
            states.shape().size(1),
            states.shape().size(2)));
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
    long ctx = device().context("lstmForward");
    check(
        ctx,
        CpuNative.lstmForward(
            ctx,
            at(states),
            at(cells),
            at(gates),
            at(inputGates),
            at(constantGates),
            at(w),
            at(lengths),
            reverse ? 1 : 0,
            states.shape().size(0) - 1,
            states.shape().size(1),
            states.shape().size(2)));
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
    long ctx = device().context("lstmBackward");
    check(
        ctx,
        CpuNative.lstmBackward(
            ctx,
            at(dgates),
            at(dstate),
            at(dcell),
            at(dy),
            at(cells),
            at(gates),
            at(w),
            at(lengths),
            reverse ? 1 : 0,
            cells.shape().size(0) - 1,
            cells.shape().size(1),
            cells.shape().size(2)));
  }
}
