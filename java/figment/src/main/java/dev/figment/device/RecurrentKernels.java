package dev.figment.device;

/**
 * Recurrent cells over whole sequences: T steps of N samples, time first. A step at a time is a
 * sequence of one step over row views of the same tensors. A part of the contract, {@link Kernels}.
 */
public interface RecurrentKernels {

  /**
   * Gated recurrent units, Cho et al. (2014), with the reset gate after the hidden product, as
   * PyTorch, cuDNN and Keras (reset_after) have them. With a = input gates + constant gates and p =
   * w h + bias, each in the order r, z, n: r = sigmoid(a_r + p_r), z = sigmoid(a_z + p_z), n =
   * tanh(a_n + r p_n), and the new state is (1 - z) n + z h.
   *
   * <p>A sample's steps from its length on hold the state, whatever their input gates are, NaN or
   * not; so in reverse its last step comes first. A length below 0 counts as 0, above T as T.
   *
   * @param states [T + 1][N][H]: the first row in time is the initial state and is read, the others
   *     are written. Forward row 0 is the initial state and row t + 1 the state after step t; in
   *     reverse row T is the initial state and row t the state after step t
   * @param gates [T][N][4 H]: r, z, n and p_n of each step, for backward, and 0 at held steps; null
   *     where there will be none
   * @param inputGates [T][N][3 H]: the input's product with its weights, and its bias
   * @param constantGates [N][3 H], added at every step; may be null
   * @param w [3 H][H]
   * @param bias [3 H] of the hidden product; may be null
   * @param lengths [N] INT32; null where all are T
   * @param reverse whether step T - 1 is the first
   */
  void gruForward(
      Tensor states,
      Tensor gates,
      Tensor inputGates,
      Tensor constantGates,
      Tensor w,
      Tensor bias,
      Tensor lengths,
      boolean reverse);

  /**
   * Backward through time. The gradient to w is that of a dense layer from the previous states to
   * dhiddenGates over all T N rows, to the bias its column sums, to constantGates the sum of
   * dinputGates over T: {@link #denseBackwardWeights} and {@link #columnSum}, once for all steps.
   *
   * @param dinputGates [T][N][3 H]; 0 at held steps
   * @param dhiddenGates [T][N][3 H], the gradient to p; 0 at held steps
   * @param dstate [N][H], updated: the gradient to the last state in time becomes that to the
   *     initial one
   * @param dy [T][N][H], the gradient to the state after each step, besides; null for none
   * @param states as forward left them
   * @param gates as forward left them
   */
  void gruBackward(
      Tensor dinputGates,
      Tensor dhiddenGates,
      Tensor dstate,
      Tensor dy,
      Tensor states,
      Tensor gates,
      Tensor w,
      Tensor lengths,
      boolean reverse);

  /**
   * Long short-term memory, Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al.
   * (2000). With a = input gates + constant gates + w h in the order i, f, g, o: the new cell c' =
   * sigmoid(a_f) c + sigmoid(a_i) tanh(a_g), the new state sigmoid(a_o) tanh(c'). States, lengths
   * and directions as in {@link #gruForward}.
   *
   * @param states [T + 1][N][H]; the initial state is read
   * @param cells [T + 1][N][H], alike
   * @param gates [T][N][4 H]: i, f, g and o of each step after their functions, for backward, and 0
   *     at held steps; null where there will be none
   * @param inputGates [T][N][4 H]
   * @param constantGates [N][4 H]; may be null
   * @param w [4 H][H]
   */
  void lstmForward(
      Tensor states,
      Tensor cells,
      Tensor gates,
      Tensor inputGates,
      Tensor constantGates,
      Tensor w,
      Tensor lengths,
      boolean reverse);

  /**
   * Backward through time, as {@link #gruBackward}; one gradient serves input and hidden product.
   *
   * @param dgates [T][N][4 H], the gradient to a; 0 at held steps
   * @param dstate [N][H], updated: the gradient to the last state becomes that to the initial one
   * @param dcell [N][H], updated alike for the cell
   * @param dy [T][N][H], the gradient to the state after each step, besides; null for none
   * @param cells as forward left them
   * @param gates as forward left them
   */
  void lstmBackward(
      Tensor dgates,
      Tensor dstate,
      Tensor dcell,
      Tensor dy,
      Tensor cells,
      Tensor gates,
      Tensor w,
      Tensor lengths,
      boolean reverse);
}
