package dev.figment.cpu;

/** Where in the program a call came from, for messages. */
final class Callers {
  private Callers() {}

  /** The nearest frame on the stack outside {@code type}: {@code dev.figment.X.f(X.java:12)}. */
  static String outside(Class<?> type) {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames
                    .filter(frame -> !frame.getClassName().equals(type.getName()))
                    .filter(frame -> !frame.getClassName().equals(Callers.class.getName()))
                    .findFirst()
                    .map(StackWalker.StackFrame::toString)
                    .orElse("an unknown place"));
  }
}
