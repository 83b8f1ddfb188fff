package dev.figment.cuda;

import java.util.HashMap;
import java.util.Map;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;

/**
 * The kernels of one context, a module a family, loaded when first used; they go with the context.
 */
final class CudaModules {
  private final Ptx ptx;
  private final Map<String, CUmodule> modules = new HashMap<>();
  private final Map<String, CUfunction> functions = new HashMap<>();

  CudaModules(Ptx ptx) {
    this.ptx = ptx;
  }

  /** A kernel, to be given its arguments; the context is current. */
  CudaLaunch launch(String family, String kernel) {
    String name = family + "." + kernel;
    CUfunction function = functions.get(name);
    if (function == null) {
      function = Cuda.function(module(family), what(family), kernel);
      functions.put(name, function);
    }
    return new CudaLaunch(function, name);
  }

  private CUmodule module(String family) {
    CUmodule module = modules.get(family);
    if (module == null) {
      module = Cuda.loadModule(what(family), ptx.read(family));
      modules.put(family, module);
    }
    return module;
  }

  private String what(String family) {
    return family + " of " + ptx.architecture();
  }
}
