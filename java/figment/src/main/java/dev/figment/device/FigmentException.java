package dev.figment.device;

/** A failure whose message is one sentence: what was asked, what was found and what to do. */
public class FigmentException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public FigmentException(String message) {
    super(message);
  }

  public FigmentException(String message, Throwable cause) {
    super(message, cause);
  }
}
