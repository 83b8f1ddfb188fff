package dev.figment.cpu;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.Platform;

/** The native methods of {@code native/include/figment_version.h}, declared by hand. */
@Platform(
    include = "figment_version.h",
    link = "figment_cpu",
    preload = {"gomp@.1", "dnnl@.3"},
    preloadresource = "/org/bytedeco/dnnl/")
final class CpuNative {
  static {
    Loader.load();
  }

  private CpuNative() {}

  /** The version of oneDNN in use: major * 10000 + minor * 100 + patch. */
  @Name("figment_dnnl_version")
  static native int dnnlVersion();
}
