// The operations that are loops of our own rather than oneDNN's. Each file of this folder is
// compiled once for each instruction set, into the namespace FIGMENT_ISA; the C ABI calls the set
// that the context chose. Arithmetic is float with every fused multiply-add written out, sums have
// a fixed order, so all sets and all numbers of threads give the same bits.
// No file here may use an inline function of the standard library: see context.h.
#ifndef FIGMENT_CPU_LOOPS_LOOPS_H_
#define FIGMENT_CPU_LOOPS_LOOPS_H_

#include "bfloat16.h"
#include "context.h"
#include "many_rows.h"
#include "winograd.h"

#define FIGMENT_LOOPS(X)     \
  X(fill)                    \
  X(copy)                    \
  X(add)                     \
  X(scale)                   \
  X(scale_by)                \
  X(clamp)                   \
  X(bytes_to_real)           \
  X(nchw_to_nhwc)            \
  X(nhwc_to_nchw)            \
  X(copy_columns)            \
  X(row_sum_of_squares)      \
  X(scale_rows)              \
  X(lerp_rows)               \
  X(increment)               \
  X(uniform)                 \
  X(normal)                  \
  X(bernoulli)               \
  X(activation_forward)      \
  X(activation_backward)     \
  X(dropout_forward)         \
  X(dropout_backward)        \
  X(batch_norm_forward)      \
  X(batch_norm_infer)        \
  X(batch_norm_backward)     \
  X(spectral_norm)           \
  X(spectral_norm_backward)  \
  X(sum)                     \
  X(sum_of_squares)          \
  X(column_sum)              \
  X(gan_discriminator_loss)  \
  X(gan_generator_loss)      \
  X(gradient_penalty)        \
  X(reconstruction_loss)     \
  X(gaussian_kl)             \
  X(cross_entropy)           \
  X(log_mean_exp)            \
  X(reparameterize_forward)  \
  X(reparameterize_backward) \
  X(embedding_forward)       \
  X(embedding_backward)      \
  X(gru_forward)             \
  X(gru_backward)            \
  X(lstm_forward)            \
  X(lstm_backward)           \
  X(adam)                    \
  X(sgd)                     \
  X(rms_prop)                \
  X(ema)                     \
  X(clip_by_norm)            \
  X(to_bfloat16)             \
  X(from_bfloat16)           \
  X(round_to_bfloat16)       \
  X(tall_product)            \
  X(narrow_forward)          \
  X(narrow_weight_gradient)  \
  X(winograd_to_small)       \
  X(winograd_to_large)       \
  X(winograd_weight_gradient)

namespace figment {

// One instruction set's loops, each with the signature of its function in figment.h.
struct Loops {
#define FIGMENT_MEMBER_OF_TABLE(name) decltype(&figment_##name) name;
  FIGMENT_LOOPS(FIGMENT_MEMBER_OF_TABLE)
#undef FIGMENT_MEMBER_OF_TABLE
};

// The loops of a set that this library was built with.
const Loops& loops(Isa isa);

#ifdef FIGMENT_ISA
namespace FIGMENT_ISA {
#define FIGMENT_DECLARATION(name) decltype(figment_##name) name;
FIGMENT_LOOPS(FIGMENT_DECLARATION)
#undef FIGMENT_DECLARATION
}  // namespace FIGMENT_ISA
#endif

}  // namespace figment

#endif  // FIGMENT_CPU_LOOPS_LOOPS_H_
