package dev.figment.cuda;

import dev.figment.device.FigmentException;

/** A driver call that failed: its message names the call, its arguments, the error and the mend. */
public final class CudaException extends FigmentException {
  private static final long serialVersionUID = 1L;

  private final int code;

  CudaException(int code, String message) {
    super(message);
    this.code = code;
  }

  /** The driver's CUresult. */
  public int code() {
    return code;
  }
}
