package dev.figment.cli;

import java.util.function.BooleanSupplier;

/** How the surroundings ask a training to stop: {@code getAsBoolean} says that they do. */
interface Stop extends BooleanSupplier {
  /** From now on a training looks here between its steps. */
  void listen();

  /** The exit code of a program that was stopped. */
  int exitCode();
}
