package dev.figment.device;

import java.util.ArrayDeque;
import java.util.Deque;

/** Owns what is added to it and closes it in reverse order. */
public final class Resources implements AutoCloseable {
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();

  /** Takes over a resource. */
  public <T extends AutoCloseable> T own(T resource) {
    owned.push(resource);
    return resource;
  }

  /** Takes over a tensor's memory. */
  public Tensor own(Tensor tensor) {
    owned.push(tensor.memory());
    return tensor;
  }

  /** Closes everything; the first failure is thrown at the end, later ones are attached to it. */
  @Override
  public void close() {
    RuntimeException failure = null;
    while (!owned.isEmpty()) {
      try {
        owned.pop().close();
      } catch (Exception e) {
        RuntimeException wrapped =
            e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
        if (failure == null) {
          failure = wrapped;
        } else {
          failure.addSuppressed(wrapped);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
