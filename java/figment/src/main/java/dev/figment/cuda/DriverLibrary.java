package dev.figment.cuda;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;

/**
 * The functions of {@code native/include/figment_driver.h}: what can be asked of the process's CUDA
 * driver without JCuda, whose classes bind the driver as soon as they are touched.
 */
@Platform(include = "figment_driver.h", link = "dl")
@NoException
final class DriverLibrary {
  static {
    Loader.load();
  }

  private DriverLibrary() {}

  @Name("figment_has_driver")
  static native boolean isLoaded();

  /** Null when it is loaded, else the dynamic loader's reason. */
  @Name("figment_load_driver")
  static native String load();

  @Name("figment_driver_is_simulated")
  static native boolean isSimulated();

  @Name("figment_driver_version")
  static native int version();

  /**
   * The simulated GPU's sentence about this thread's newest failed call; null from a real driver.
   */
  @Name("figment_driver_report")
  static native String report();

  /** Counts the simulated GPU's launches from now on, or (0) no more. */
  @Name("figment_driver_count")
  static native void count(int on);

  /**
   * The simulated GPU's counters as JSON, zero-terminated, in {@code buffer} where they fit in
   * {@code bytes}.
   *
   * @return the bytes they need; 0 where there is no memory for them, or the driver has none
   */
  @Name("figment_driver_counters")
  static native long counters(@Cast("char*") byte[] buffer, long bytes);

  @Name("figment_driver_reset_counters")
  static native void resetCounters();
}
