package dev.figment.device;

import java.util.Set;

/** Where in the program a call came from, for messages. */
public final class Callers {
  private Callers() {}

  /** The nearest frame on the stack outside {@code types}: {@code dev.figment.X.f(X.java:12)}. */
  public static String outside(Class<?>... types) {
    Set<Class<?>> inside = Set.of(types);
    return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
        .walk(
            frames ->
                frames
                    .filter(frame -> frame.getDeclaringClass() != Callers.class)
                    .filter(frame -> !inside.contains(frame.getDeclaringClass()))
                    .findFirst()
                    .map(StackWalker.StackFrame::toString)
                    .orElse("an unknown place"));
  }
}
