#ifndef FIGMENT_VERSION_H_
#define FIGMENT_VERSION_H_

#ifdef __cplusplus
extern "C" {
#endif

// The version of oneDNN in use: major * 10000 + minor * 100 + patch.
__attribute__((visibility("default"))) int figment_dnnl_version(void);

#ifdef __cplusplus
}
#endif

#endif  // FIGMENT_VERSION_H_
