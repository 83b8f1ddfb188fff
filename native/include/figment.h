// The C ABI of Figment's CPU kernels: the operations of dev.figment.device.Kernels, with the same
// names and argument order. Layouts are channels-last and row-major; pointers need no alignment
// beyond their type's. Formulas, sources and aliasing rules: Kernels.java.
#ifndef FIGMENT_H_
#define FIGMENT_H_

#include <stdint.h>

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

// One engine: a worker team, cached oneDNN primitives and scratch memory. All calls on a context
// come from the thread that created it. Every int result is 0, or 1 with figment_last_error(ctx).
typedef struct figment_context figment_context;

// Sizes of a convolution from a large image [N][H][W][C] to a small one [N][P][Q][K], weights
// [K][R][S][C]; a transposed convolution carries those of the convolution it transposes.
typedef struct figment_conv {
  int32_t height, width, channels;                    // H, W, C
  int32_t small_height, small_width, small_channels;  // P, Q, K
  int32_t kernel_height, kernel_width;                // R, S
  int32_t stride_height, stride_width;
  int32_t pad_top, pad_bottom, pad_left, pad_right;
} figment_conv;

// An activation is passed as its kind, in Activation.Kind's order (identity, relu, leaky relu,
// tanh, sigmoid), and the slope of a leaky relu.

// What layers leave for one another, and its gradients, are float32 or bfloat16, the upper half of
// a float32: `bfloat16` is 1 where a call's are, for all of them, or is said of x with its gradient
// and of y with its. Those are void pointers here; everything else is float32.

// threads: workers, 0 for all the process may use. isa: "auto", "avx512", "avx2" or "baseline".
// fast_convolutions: 0, or 1 for Winograd's algorithm where it is faster; its results are within
// some 1e-5 of each tensor's norm. bfloat16: 0, or 1 for dense products and direct convolutions of
// factors rounded to bfloat16, by AVX-512 BF16 or AMX where the processor has them, else by float32
// instructions, with sums in float32. NULL when memory or the instruction set is missing.
figment_context* figment_create(int32_t threads, const char* isa, int32_t fast_convolutions,
                                int32_t bfloat16);
void figment_destroy(figment_context* ctx);
const char* figment_last_error(figment_context* ctx);
// "avx512, 2 threads, fast convolutions, oneDNN 3.13.0 on isa 0x7ff": what decides a result's last
// bits.
const char* figment_plan(figment_context* ctx);
// From here on, times what can compute each pass of a convolution, for each shape at its first
// call, and takes the fastest. A pass that adds to a gradient adds more than once then: what is
// computed is for timing alone.
void figment_tune(figment_context* ctx);
// What was timed and chosen, as the text of a plan, empty where no pass was; valid until the next
// call or the context's end.
const char* figment_tuned(figment_context* ctx);
// Computes the shapes that a plan names as it says, all others by the checked-in rule; the text of
// figment_plan() then names it. To be called once, first of all. 1 for a text that is no plan of
// this version and device, with the reason to follow the plan's name as the error.
int figment_choose(figment_context* ctx, const char* plan);
// Bytes of scratch the context holds; constant once every shape has been seen.
int64_t figment_scratch_bytes(figment_context* ctx);

// Zeroed, 64-byte aligned memory; NULL when there is none.
void* figment_allocate(int64_t bytes);
void figment_free(void* memory);

// memory and layout
int figment_fill(figment_context* ctx, float* y, float value, int64_t n);
int figment_copy(figment_context* ctx, void* y, const void* x, int64_t bytes);
int figment_add(figment_context* ctx, float* y, const float* a, const float* b, int64_t n);
int figment_scale(figment_context* ctx, float* y, const float* x, float factor, int64_t n);
int figment_scale_by(figment_context* ctx, float* y, const float* x, const float* factor,
                     int64_t n);
int figment_clamp(figment_context* ctx, float* y, const float* x, float low, float high, int64_t n);
int figment_bytes_to_real(figment_context* ctx, float* y, const uint8_t* x, float scale,
                          float shift, int64_t n);
int figment_nchw_to_nhwc(figment_context* ctx, float* y, const float* x, int32_t batch,
                         int32_t height, int32_t width, int32_t channels);
int figment_nhwc_to_nchw(figment_context* ctx, float* y, const float* x, int32_t batch,
                         int32_t height, int32_t width, int32_t channels);
// The columns from y_from on of y [rows][y_columns], from x_from on of x [rows][x_columns].
int figment_copy_columns(figment_context* ctx, float* y, int32_t y_from, const float* x,
                         int32_t x_from, int32_t columns, int32_t accumulate, int64_t rows,
                         int32_t y_columns, int32_t x_columns);

// rows: x [rows][columns]
int figment_row_sum_of_squares(figment_context* ctx, float* result, const float* x, int32_t rows,
                               int64_t columns);
int figment_scale_rows(figment_context* ctx, float* y, const float* x, const float* factor,
                       int32_t rows, int64_t columns);
int figment_lerp_rows(figment_context* ctx, float* y, const float* a, const float* b,
                      const float* weight, int32_t rows, int64_t columns);

// counters and random numbers (Philox4x32-10)
int figment_increment(figment_context* ctx, int32_t* counter);
int figment_uniform(figment_context* ctx, float* y, float low, float high, int64_t seed,
                    const int32_t* counter, int32_t stream, int64_t n);
int figment_normal(figment_context* ctx, float* y, float mean, float deviation, int64_t seed,
                   const int32_t* counter, int32_t stream, int64_t n);
int figment_bernoulli(figment_context* ctx, float* y, const float* p, int64_t seed,
                      const int32_t* counter, int32_t stream, int64_t n);

// activations and dropout
int figment_activation_forward(figment_context* ctx, void* y, const void* x, int32_t activation,
                               float slope, int32_t bfloat16, int64_t n);
int figment_activation_backward(figment_context* ctx, void* dx, const void* dy, const void* y,
                                int32_t activation, float slope, int32_t bfloat16, int64_t n);
int figment_dropout_forward(figment_context* ctx, void* y, const void* x, int32_t activation,
                            float slope, double p, int64_t seed, const int32_t* counter,
                            int32_t stream, int32_t bfloat16, int64_t n);
int figment_dropout_backward(figment_context* ctx, void* dx, const void* dy, const void* y,
                             int32_t activation, float slope, double p, int64_t seed,
                             const int32_t* counter, int32_t stream, int32_t bfloat16, int64_t n);

// dense: x [batch][in], w [out][in], y [batch][out]
int figment_dense_forward(figment_context* ctx, void* y, const void* x, const float* w,
                          const float* bias, int32_t activation, float slope, int32_t bfloat16_y,
                          int32_t bfloat16_x, int32_t batch, int32_t in, int32_t out);
int figment_dense_backward_data(figment_context* ctx, void* dx, const void* dy, const float* w,
                                int32_t bfloat16_y, int32_t bfloat16_x, int32_t batch, int32_t in,
                                int32_t out);
int figment_dense_backward_weights(figment_context* ctx, float* dw, float* dbias, const void* dy,
                                   const void* x, int32_t accumulate, int32_t bfloat16_y,
                                   int32_t bfloat16_x, int32_t batch, int32_t in, int32_t out);

// convolution: x large, y small
int figment_conv_forward(figment_context* ctx, void* y, const void* x, const float* w,
                         const float* bias, int32_t activation, float slope, int32_t bfloat16_y,
                         int32_t bfloat16_x, int32_t batch, const figment_conv* geometry);
int figment_conv_backward_data(figment_context* ctx, void* dx, const void* dy, const float* w,
                               int32_t bfloat16_y, int32_t bfloat16_x, int32_t batch,
                               const figment_conv* geometry);
int figment_conv_backward_weights(figment_context* ctx, float* dw, float* dbias, const void* dy,
                                  const void* x, int32_t accumulate, int32_t bfloat16_y,
                                  int32_t bfloat16_x, int32_t batch, const figment_conv* geometry);

// transposed convolution: x small, y large
int figment_conv_transpose_forward(figment_context* ctx, void* y, const void* x, const float* w,
                                   const float* bias, int32_t activation, float slope,
                                   int32_t bfloat16_y, int32_t bfloat16_x, int32_t batch,
                                   const figment_conv* geometry);
int figment_conv_transpose_backward_data(figment_context* ctx, void* dx, const void* dy,
                                         const float* w, int32_t bfloat16_y, int32_t bfloat16_x,
                                         int32_t batch, const figment_conv* geometry);
int figment_conv_transpose_backward_weights(figment_context* ctx, float* dw, float* dbias,
                                            const void* dy, const void* x, int32_t accumulate,
                                            int32_t bfloat16_y, int32_t bfloat16_x, int32_t batch,
                                            const figment_conv* geometry);

// batch normalization: x [rows][channels]; statistics NULL or [tiles][3][channels]
int figment_batch_norm_forward(figment_context* ctx, void* y, float* mean, float* inverse_deviation,
                               float* running_mean, float* running_variance, const void* x,
                               const float* statistics, const float* gamma, const float* beta,
                               float momentum, float epsilon, int32_t activation, float slope,
                               int32_t tiles, int32_t bfloat16, int64_t rows, int32_t channels);
int figment_batch_norm_infer(figment_context* ctx, void* y, const void* x, const float* gamma,
                             const float* beta, const float* running_mean,
                             const float* running_variance, float epsilon, int32_t activation,
                             float slope, int32_t bfloat16, int64_t rows, int32_t channels);
int figment_batch_norm_backward(figment_context* ctx, void* dx, float* dgamma, float* dbeta,
                                const void* dy, const void* x, const float* gamma,
                                const float* beta, const float* mean,
                                const float* inverse_deviation, int32_t activation, float slope,
                                int32_t accumulate, int32_t bfloat16, int64_t rows,
                                int32_t channels);

// spectral normalisation: w [rows][columns], u [rows], v [columns], inverse [1]
int figment_spectral_norm(figment_context* ctx, float* inverse, float* u, float* v, const float* w,
                          int32_t rows, int32_t columns);
int figment_spectral_norm_backward(figment_context* ctx, float* dw, const float* w, const float* u,
                                   const float* v, const float* inverse, int32_t rows,
                                   int32_t columns);

// reductions, in a fixed order
int figment_sum(figment_context* ctx, float* result, const float* x, int64_t n);
int figment_sum_of_squares(figment_context* ctx, float* result, const float* x, int64_t n);
int figment_column_sum(figment_context* ctx, float* result, const void* x, int32_t accumulate,
                       int32_t bfloat16, int64_t rows, int32_t channels);

// losses; loss and likelihood are the ordinals of GanLoss and Likelihood.Kind. row_losses, weights
// and, of the last three, gradients may be NULL. rows need not be batch: see Kernels.java.
int figment_gan_discriminator_loss(figment_context* ctx, float* result, float* dlogits,
                                   const float* logits, int32_t loss, float label_smoothing,
                                   int32_t batch);
int figment_gan_generator_loss(figment_context* ctx, float* result, float* dlogits,
                               const float* logits, int32_t loss, int32_t batch);
// penalty is the ordinal of GradientPenalty
int figment_gradient_penalty(figment_context* ctx, float* result, float* factors,
                             const float* squares, int32_t penalty, float weight, int32_t rows);

// target [rows][columns]; weights [rows] where row_weights is 1, else as target
int figment_reconstruction_loss(figment_context* ctx, float* result, float* row_losses,
                                float* dprediction, const float* prediction, const float* target,
                                const float* weights, int32_t likelihood, float precision,
                                float constant, int32_t row_weights, int32_t batch, int32_t rows,
                                int32_t columns);
// q, p [rows][2 latent]; p NULL: the standard normal distribution
int figment_gaussian_kl(figment_context* ctx, float* result, float* row_losses, float* dq,
                        float* dp, const float* q, const float* p, const float* weights,
                        const float* scale, int32_t batch, int32_t rows, int32_t latent);
// logits [rows][classes]
int figment_cross_entropy(figment_context* ctx, float* result, float* row_losses, float* dlogits,
                          const float* logits, const int32_t* labels, const float* weights,
                          int32_t batch, int32_t rows, int32_t classes);
// x, weights [count][columns]; value [columns]
int figment_log_mean_exp(figment_context* ctx, float* value, float* weights, const float* x,
                         int32_t count, int32_t columns);

// latent variables: moments [batch][2 latent]
int figment_reparameterize_forward(figment_context* ctx, float* z, float* kl, const float* moments,
                                   int64_t seed, const int32_t* counter, int32_t stream,
                                   int32_t batch, int32_t latent);
int figment_reparameterize_backward(figment_context* ctx, float* dmoments, const float* dz,
                                    const float* moments, const float* kl, const float* beta,
                                    float free_bits, int64_t seed, const int32_t* counter,
                                    int32_t stream, int32_t batch, int32_t latent);

// embedding: table [vocabulary][columns]
int figment_embedding_forward(figment_context* ctx, float* y, const float* table,
                              const int32_t* indices, int32_t rows, int32_t vocabulary,
                              int32_t columns);
int figment_embedding_backward(figment_context* ctx, float* dtable, const float* dy,
                               const int32_t* indices, int32_t accumulate, int32_t rows,
                               int32_t vocabulary, int32_t columns);

// recurrent cells: states, cells [steps + 1][batch][units], other sequences [steps][batch][...];
// gates of forward, constant_gates, bias, lengths and dy may be NULL
int figment_gru_forward(figment_context* ctx, float* states, float* gates, const float* input_gates,
                        const float* constant_gates, const float* w, const float* bias,
                        const int32_t* lengths, int32_t reverse, int32_t steps, int32_t batch,
                        int32_t units);
int figment_gru_backward(figment_context* ctx, float* dinput_gates, float* dhidden_gates,
                         float* dstate, const float* dy, const float* states, const float* gates,
                         const float* w, const int32_t* lengths, int32_t reverse, int32_t steps,
                         int32_t batch, int32_t units);
int figment_lstm_forward(figment_context* ctx, float* states, float* cells, float* gates,
                         const float* input_gates, const float* constant_gates, const float* w,
                         const int32_t* lengths, int32_t reverse, int32_t steps, int32_t batch,
                         int32_t units);
int figment_lstm_backward(figment_context* ctx, float* dgates, float* dstate, float* dcell,
                          const float* dy, const float* cells, const float* gates, const float* w,
                          const int32_t* lengths, int32_t reverse, int32_t steps, int32_t batch,
                          int32_t units);

// optimizers
int figment_adam(figment_context* ctx, float* values, float* m, float* v, const float* gradients,
                 const int32_t* step, const float* learning_rate, double beta1, double beta2,
                 double epsilon, double weight_decay, int64_t n);
// velocity is NULL without momentum, step without a warm-up
int figment_sgd(figment_context* ctx, float* values, float* velocity, const float* gradients,
                const float* learning_rate, float momentum, int32_t nesterov, float weight_decay,
                int64_t n);
int figment_rms_prop(figment_context* ctx, float* values, float* mean_square,
                     const float* gradients, const float* learning_rate, double decay,
                     double epsilon, int64_t n);
int figment_ema(figment_context* ctx, float* average, const float* values, const int32_t* step,
                double decay, int64_t n);
int figment_clip_by_norm(figment_context* ctx, float* gradients, float* norm, double max_norm,
                         int64_t n);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop
#endif  // FIGMENT_H_
