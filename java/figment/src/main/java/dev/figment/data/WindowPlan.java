package dev.figment.data;

import dev.figment.device.FigmentException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where windows lie in a series.
 *
 * @param steps T, what none is longer than
 * @param starts the first row of each
 * @param lengths the rows of each, from 1 to T
 */
record WindowPlan(int steps, int[] starts, int[] lengths) {
  static final int LONGEST = 4096;

  /** A window every {@code stride} rows, from row {@code from} on and none reaching {@code end}. */
  static WindowPlan sliding(int from, int end, int steps, int stride) {
    int count = end - from < steps ? 0 : (end - from - steps) / stride + 1;
    return all(steps, IntStream.range(0, count).map(i -> from + i * stride).boxed().toList());
  }

  /** Windows of {@code steps} rows each. */
  static WindowPlan all(int steps, List<Integer> starts) {
    int[] lengths = new int[starts.size()];
    Arrays.fill(lengths, steps);
    return new WindowPlan(steps, starts.stream().mapToInt(i -> i).toArray(), lengths);
  }

  /** Those that lie from row {@code from} on and do not reach {@code end}. */
  WindowPlan within(int from, int end) {
    int[] kept =
        IntStream.range(0, starts.length)
            .filter(i -> starts[i] >= from && starts[i] + lengths[i] <= end)
            .toArray();
    return new WindowPlan(
        steps,
        Arrays.stream(kept).map(i -> starts[i]).toArray(),
        Arrays.stream(kept).map(i -> lengths[i]).toArray());
  }

  /**
   * Refuses windows that one of the three parts has no room for.
   *
   * @param unit what the series consists of: rows, characters
   */
  static void checkRoom(String name, String unit, int rows, int steps, int stride) {
    if (steps < 1 || steps > LONGEST || stride < 1) {
      throw new FigmentException(
          "windows of %d steps every %d were asked for; give a window from 1 to %d and a stride from 1 on"
              .formatted(steps, stride, LONGEST));
    }
    int validation = Split.validationEnd(rows) - Split.trainEnd(rows);
    int test = rows - Split.validationEnd(rows);
    int room = Math.min(Split.trainEnd(rows), Math.min(validation, test));
    if (steps <= room) {
      return;
    }
    String found =
        steps > rows
            ? "it is longer than the series, which has %d %s".formatted(rows, one(unit, rows))
            : "it is longer than one of the parts for training (%d %s), validation (%d) and test (%d)"
                .formatted(Split.trainEnd(rows), unit, validation, test);
    throw new FigmentException(
        "a window of %d does not fit %s: %s; %s"
            .formatted(
                steps,
                name,
                found,
                room < 1
                    ? "give at least " + 10 * steps + " " + unit
                    : "give a window of at most " + room + ", or more " + unit));
  }

  private static String one(String unit, int count) {
    return count == 1 ? unit.substring(0, unit.length() - 1) : unit;
  }
}
