package dev.figment.device;

/** An operation that this device does not offer; its message names both. */
public class NotSupportedException extends FigmentException {
  private static final long serialVersionUID = 1L;

  public NotSupportedException(String message) {
    super(message);
  }
}
