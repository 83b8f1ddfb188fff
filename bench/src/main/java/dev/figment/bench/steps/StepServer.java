package dev.figment.bench.steps;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The child's side of {@link StepProcess}. After the warm-up it says {@value #READY}, the number of
 * threads and its description; then it answers each line, a number of seconds, with the nanoseconds
 * of the steps that it trained in that time. It ends with its input.
 */
public final class StepServer {
  static final String READY = "ready";

  /** Primitives are made and memory is touched in the first steps; Java compiles in some more. */
  private static final int WARM_UP_STEPS = 3;

  private static final double WARM_UP_SECONDS = 1;

  /** A median takes this many, whatever time they take. */
  private static final int LEAST_STEPS = 3;

  private StepServer() {}

  /**
   * Serves until the input ends.
   *
   * @param threads that the contender computes with
   */
  public static void serve(Contender contender, int threads) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err); // what a library prints is no answer
    train(contender, WARM_UP_STEPS, WARM_UP_SECONDS);
    answers.println(READY + " " + threads + " " + contender.description());
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      answers.println(train(contender, LEAST_STEPS, Double.parseDouble(order)));
    }
  }

  /** The nanoseconds of each step, with spaces between. */
  private static String train(Contender contender, int leastSteps, double seconds) {
    StringBuilder times = new StringBuilder();
    long begin = System.nanoTime();
    long from = begin;
    for (int i = 0; i < leastSteps || from - begin < seconds * 1e9; i++) {
      double loss = contender.step();
      long to = System.nanoTime();
      if (!Double.isFinite(loss)) { // such numbers are computed at another speed
        throw new IllegalStateException("The loss is no longer finite: " + loss);
      }
      times.append(times.isEmpty() ? "" : " ").append(to - from);
      from = to;
    }
    return times.toString();
  }
}
