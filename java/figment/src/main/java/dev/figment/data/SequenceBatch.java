package dev.figment.data;

/**
 * Windows side by side, time-major: T steps x N windows. The steps of a window from its length on
 * hold 0, as missing values do; the mask is 0 at both.
 *
 * @param steps T
 * @param size N
 * @param features F, 0 for symbols
 * @param values T x N x F scaled numbers; null for symbols
 * @param mask T x N x F: 1 where there is a value, else 0; null for symbols
 * @param symbols T x N; null for numbers
 * @param lengths N, each from 1 to T
 */
public record SequenceBatch(
    int steps, int size, int features, float[] values, float[] mask, int[] symbols, int[] lengths) {

  static SequenceBatch ofNumbers(int steps, int size, int features) {
    int count = Math.multiplyExact(Math.multiplyExact(steps, size), features);
    return new SequenceBatch(
        steps, size, features, new float[count], new float[count], null, new int[size]);
  }

  static SequenceBatch ofSymbols(int steps, int size) {
    int count = Math.multiplyExact(steps, size);
    return new SequenceBatch(steps, size, 0, null, null, new int[count], new int[size]);
  }
}
