#include <dnnl.h>

#include "figment_version.h"

int figment_dnnl_version(void) {
  const dnnl_version_t* version = dnnl_version();
  return version->major * 10000 + version->minor * 100 + version->patch;
}
