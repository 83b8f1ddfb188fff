#ifndef FIGMENT_H_
#define FIGMENT_H_

/* The C ABI of the CPU kernels. */

#ifdef __cplusplus
extern "C" {
#endif

#define FIGMENT_API __attribute__((visibility("default")))

/* The version of oneDNN in use: major * 10000 + minor * 100 + patch. */
FIGMENT_API int figment_dnnl_version(void);

#ifdef __cplusplus
}
#endif

#endif  // FIGMENT_H_
