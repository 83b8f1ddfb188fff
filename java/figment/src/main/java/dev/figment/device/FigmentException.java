package dev.figment.device;

/**
 * A failure a user can act on. Its message is one sentence or two: what was asked, what was found
 * and what to do.
 */
public class FigmentException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public FigmentException(String message) {
    super(message);
  }

  public FigmentException(String message, Throwable cause) {
    super(message, cause);
  }
}
