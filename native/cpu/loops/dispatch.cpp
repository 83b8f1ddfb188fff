// The C ABI of the loops: each call goes to the context's instruction set.
#include "table.h"

namespace figment {

const Loops& loops(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::kAvx512) return avx512::table;
  if (isa == Isa::kAvx2) return avx2::table;
#endif
  (void)isa;
  return baseline::table;
}

}  // namespace figment

using figment::loops;

int figment_fill(figment_context* ctx, float* y, float value, int64_t n) {
  return loops(ctx->isa).fill(ctx, y, value, n);
}

int figment_copy(figment_context* ctx, void* y, const void* x, int64_t bytes) {
  return loops(ctx->isa).copy(ctx, y, x, bytes);
}

int figment_add(figment_context* ctx, float* y, const float* a, const float* b, int64_t n) {
  return loops(ctx->isa).add(ctx, y, a, b, n);
}

int figment_scale(figment_context* ctx, float* y, const float* x, float factor, int64_t n) {
  return loops(ctx->isa).scale(ctx, y, x, factor, n);
}

int figment_scale_by(figment_context* ctx, float* y, const float* x, const float* factor,
                     int64_t n) {
  return loops(ctx->isa).scale_by(ctx, y, x, factor, n);
}

int figment_clamp(figment_context* ctx, float* y, const float* x, float low, float high,
                  int64_t n) {
  return loops(ctx->isa).clamp(ctx, y, x, low, high, n);
}

int figment_bytes_to_real(figment_context* ctx, float* y, const uint8_t* x, float scale,
                          float shift, int64_t n) {
  return loops(ctx->isa).bytes_to_real(ctx, y, x, scale, shift, n);
}

int figment_nchw_to_nhwc(figment_context* ctx, float* y, const float* x, int32_t batch,
                         int32_t height, int32_t width, int32_t channels) {
  return loops(ctx->isa).nchw_to_nhwc(ctx, y, x, batch, height, width, channels);
}

int figment_nhwc_to_nchw(figment_context* ctx, float* y, const float* x, int32_t batch,
                         int32_t height, int32_t width, int32_t channels) {
  return loops(ctx->isa).nhwc_to_nchw(ctx, y, x, batch, height, width, channels);
}

int figment_copy_columns(figment_context* ctx, float* y, int32_t y_from, const float* x,
                         int32_t x_from, int32_t columns, int32_t accumulate, int64_t rows,
                         int32_t y_columns, int32_t x_columns) {
  return loops(ctx->isa).copy_columns(ctx, y, y_from, x, x_from, columns, accumulate, rows,
                                      y_columns, x_columns);
}

int figment_row_sum_of_squares(figment_context* ctx, float* result, const float* x, int32_t rows,
                               int64_t columns) {
  return loops(ctx->isa).row_sum_of_squares(ctx, result, x, rows, columns);
}

int figment_scale_rows(figment_context* ctx, float* y, const float* x, const float* factor,
                       int32_t rows, int64_t columns) {
  return loops(ctx->isa).scale_rows(ctx, y, x, factor, rows, columns);
}

int figment_lerp_rows(figment_context* ctx, float* y, const float* a, const float* b,
                      const float* weight, int32_t rows, int64_t columns) {
  return loops(ctx->isa).lerp_rows(ctx, y, a, b, weight, rows, columns);
}

int figment_increment(figment_context* ctx, int32_t* counter) {
  return loops(ctx->isa).increment(ctx, counter);
}

int figment_uniform(figment_context* ctx, float* y, float low, float high, int64_t seed,
                    const int32_t* counter, int32_t stream, int64_t n) {
  return loops(ctx->isa).uniform(ctx, y, low, high, seed, counter, stream, n);
}

int figment_normal(figment_context* ctx, float* y, float mean, float deviation, int64_t seed,
                   const int32_t* counter, int32_t stream, int64_t n) {
  return loops(ctx->isa).normal(ctx, y, mean, deviation, seed, counter, stream, n);
}

int figment_bernoulli(figment_context* ctx, float* y, const float* p, int64_t seed,
                      const int32_t* counter, int32_t stream, int64_t n) {
  return loops(ctx->isa).bernoulli(ctx, y, p, seed, counter, stream, n);
}

int figment_activation_forward(figment_context* ctx, void* y, const void* x, int32_t activation,
                               float slope, int32_t bfloat16, int64_t n) {
  return loops(ctx->isa).activation_forward(ctx, y, x, activation, slope, bfloat16, n);
}

int figment_activation_backward(figment_context* ctx, void* dx, const void* dy, const void* y,
                                int32_t activation, float slope, int32_t bfloat16, int64_t n) {
  return loops(ctx->isa).activation_backward(ctx, dx, dy, y, activation, slope, bfloat16, n);
}

int figment_dropout_forward(figment_context* ctx, void* y, const void* x, int32_t activation,
                            float slope, double p, int64_t seed, const int32_t* counter,
                            int32_t stream, int32_t bfloat16, int64_t n) {
  return loops(ctx->isa).dropout_forward(ctx, y, x, activation, slope, p, seed, counter, stream,
                                         bfloat16, n);
}

int figment_dropout_backward(figment_context* ctx, void* dx, const void* dy, const void* y,
                             int32_t activation, float slope, double p, int64_t seed,
                             const int32_t* counter, int32_t stream, int32_t bfloat16, int64_t n) {
  return loops(ctx->isa).dropout_backward(ctx, dx, dy, y, activation, slope, p, seed, counter,
                                          stream, bfloat16, n);
}

int figment_batch_norm_forward(figment_context* ctx, void* y, float* mean, float* inverse_deviation,
                               float* running_mean, float* running_variance, const void* x,
                               const float* statistics, const float* gamma, const float* beta,
                               float momentum, float epsilon, int32_t activation, float slope,
                               int32_t tiles, int32_t bfloat16, int64_t rows, int32_t channels) {
  return loops(ctx->isa).batch_norm_forward(
      ctx, y, mean, inverse_deviation, running_mean, running_variance, x, statistics, gamma, beta,
      momentum, epsilon, activation, slope, tiles, bfloat16, rows, channels);
}

int figment_batch_norm_infer(figment_context* ctx, void* y, const void* x, const float* gamma,
                             const float* beta, const float* running_mean,
                             const float* running_variance, float epsilon, int32_t activation,
                             float slope, int32_t bfloat16, int64_t rows, int32_t channels) {
  return loops(ctx->isa).batch_norm_infer(ctx, y, x, gamma, beta, running_mean, running_variance,
                                          epsilon, activation, slope, bfloat16, rows, channels);
}

int figment_batch_norm_backward(figment_context* ctx, void* dx, float* dgamma, float* dbeta,
                                const void* dy, const void* x, const float* gamma,
                                const float* beta, const float* mean,
                                const float* inverse_deviation, int32_t activation, float slope,
                                int32_t accumulate, int32_t bfloat16, int64_t rows,
                                int32_t channels) {
  return loops(ctx->isa).batch_norm_backward(ctx, dx, dgamma, dbeta, dy, x, gamma, beta, mean,
                                             inverse_deviation, activation, slope, accumulate,
                                             bfloat16, rows, channels);
}

int figment_spectral_norm(figment_context* ctx, float* inverse, float* u, float* v, const float* w,
                          int32_t rows, int32_t columns) {
  return loops(ctx->isa).spectral_norm(ctx, inverse, u, v, w, rows, columns);
}

int figment_spectral_norm_backward(figment_context* ctx, float* dw, const float* w, const float* u,
                                   const float* v, const float* inverse, int32_t rows,
                                   int32_t columns) {
  return loops(ctx->isa).spectral_norm_backward(ctx, dw, w, u, v, inverse, rows, columns);
}

int figment_sum(figment_context* ctx, float* result, const float* x, int64_t n) {
  return loops(ctx->isa).sum(ctx, result, x, n);
}

int figment_sum_of_squares(figment_context* ctx, float* result, const float* x, int64_t n) {
  return loops(ctx->isa).sum_of_squares(ctx, result, x, n);
}

int figment_column_sum(figment_context* ctx, float* result, const void* x, int32_t accumulate,
                       int32_t bfloat16, int64_t rows, int32_t channels) {
  return loops(ctx->isa).column_sum(ctx, result, x, accumulate, bfloat16, rows, channels);
}

int figment_gan_discriminator_loss(figment_context* ctx, float* result, float* dlogits,
                                   const float* logits, int32_t loss, float label_smoothing,
                                   int32_t batch) {
  return loops(ctx->isa).gan_discriminator_loss(ctx, result, dlogits, logits, loss, label_smoothing,
                                                batch);
}

int figment_gan_generator_loss(figment_context* ctx, float* result, float* dlogits,
                               const float* logits, int32_t loss, int32_t batch) {
  return loops(ctx->isa).gan_generator_loss(ctx, result, dlogits, logits, loss, batch);
}

int figment_gradient_penalty(figment_context* ctx, float* result, float* factors,
                             const float* squares, int32_t penalty, float weight, int32_t rows) {
  return loops(ctx->isa).gradient_penalty(ctx, result, factors, squares, penalty, weight, rows);
}

int figment_reconstruction_loss(figment_context* ctx, float* result, float* row_losses,
                                float* dprediction, const float* prediction, const float* target,
                                const float* weights, int32_t likelihood, float precision,
                                float constant, int32_t row_weights, int32_t batch, int32_t rows,
                                int32_t columns) {
  return loops(ctx->isa).reconstruction_loss(ctx, result, row_losses, dprediction, prediction,
                                             target, weights, likelihood, precision, constant,
                                             row_weights, batch, rows, columns);
}

int figment_gaussian_kl(figment_context* ctx, float* result, float* row_losses, float* dq,
                        float* dp, const float* q, const float* p, const float* weights,
                        const float* scale, int32_t batch, int32_t rows, int32_t latent) {
  return loops(ctx->isa).gaussian_kl(ctx, result, row_losses, dq, dp, q, p, weights, scale, batch,
                                     rows, latent);
}

int figment_cross_entropy(figment_context* ctx, float* result, float* row_losses, float* dlogits,
                          const float* logits, const int32_t* labels, const float* weights,
                          int32_t batch, int32_t rows, int32_t classes) {
  return loops(ctx->isa).cross_entropy(ctx, result, row_losses, dlogits, logits, labels, weights,
                                       batch, rows, classes);
}

int figment_log_mean_exp(figment_context* ctx, float* value, float* weights, const float* x,
                         int32_t count, int32_t columns) {
  return loops(ctx->isa).log_mean_exp(ctx, value, weights, x, count, columns);
}

int figment_reparameterize_forward(figment_context* ctx, float* z, float* kl, const float* moments,
                                   int64_t seed, const int32_t* counter, int32_t stream,
                                   int32_t batch, int32_t latent) {
  return loops(ctx->isa).reparameterize_forward(ctx, z, kl, moments, seed, counter, stream, batch,
                                                latent);
}

int figment_reparameterize_backward(figment_context* ctx, float* dmoments, const float* dz,
                                    const float* moments, const float* kl, const float* beta,
                                    float free_bits, int64_t seed, const int32_t* counter,
                                    int32_t stream, int32_t batch, int32_t latent) {
  return loops(ctx->isa).reparameterize_backward(ctx, dmoments, dz, moments, kl, beta, free_bits,
                                                 seed, counter, stream, batch, latent);
}

int figment_embedding_forward(figment_context* ctx, float* y, const float* table,
                              const int32_t* indices, int32_t rows, int32_t vocabulary,
                              int32_t columns) {
  return loops(ctx->isa).embedding_forward(ctx, y, table, indices, rows, vocabulary, columns);
}

int figment_embedding_backward(figment_context* ctx, float* dtable, const float* dy,
                               const int32_t* indices, int32_t accumulate, int32_t rows,
                               int32_t vocabulary, int32_t columns) {
  return loops(ctx->isa).embedding_backward(ctx, dtable, dy, indices, accumulate, rows, vocabulary,
                                            columns);
}

int figment_gru_forward(figment_context* ctx, float* states, float* gates, const float* input_gates,
                        const float* constant_gates, const float* w, const float* bias,
                        const int32_t* lengths, int32_t reverse, int32_t steps, int32_t batch,
                        int32_t units) {
  return loops(ctx->isa).gru_forward(ctx, states, gates, input_gates, constant_gates, w, bias,
                                     lengths, reverse, steps, batch, units);
}

int figment_gru_backward(figment_context* ctx, float* dinput_gates, float* dhidden_gates,
                         float* dstate, const float* dy, const float* states, const float* gates,
                         const float* w, const int32_t* lengths, int32_t reverse, int32_t steps,
                         int32_t batch, int32_t units) {
  return loops(ctx->isa).gru_backward(ctx, dinput_gates, dhidden_gates, dstate, dy, states, gates,
                                      w, lengths, reverse, steps, batch, units);
}

int figment_lstm_forward(figment_context* ctx, float* states, float* cells, float* gates,
                         const float* input_gates, const float* constant_gates, const float* w,
                         const int32_t* lengths, int32_t reverse, int32_t steps, int32_t batch,
                         int32_t units) {
  return loops(ctx->isa).lstm_forward(ctx, states, cells, gates, input_gates, constant_gates, w,
                                      lengths, reverse, steps, batch, units);
}

int figment_lstm_backward(figment_context* ctx, float* dgates, float* dstate, float* dcell,
                          const float* dy, const float* cells, const float* gates, const float* w,
                          const int32_t* lengths, int32_t reverse, int32_t steps, int32_t batch,
                          int32_t units) {
  return loops(ctx->isa).lstm_backward(ctx, dgates, dstate, dcell, dy, cells, gates, w, lengths,
                                       reverse, steps, batch, units);
}

int figment_adam(figment_context* ctx, float* values, float* m, float* v, const float* gradients,
                 const int32_t* step, const float* learning_rate, double beta1, double beta2,
                 double epsilon, double weight_decay, int64_t n) {
  return loops(ctx->isa).adam(ctx, values, m, v, gradients, step, learning_rate, beta1, beta2,
                              epsilon, weight_decay, n);
}

int figment_sgd(figment_context* ctx, float* values, float* velocity, const float* gradients,
                const float* learning_rate, float momentum, int32_t nesterov, float weight_decay,
                int64_t n) {
  return loops(ctx->isa).sgd(ctx, values, velocity, gradients, learning_rate, momentum, nesterov,
                             weight_decay, n);
}

int figment_rms_prop(figment_context* ctx, float* values, float* mean_square,
                     const float* gradients, const float* learning_rate, double decay,
                     double epsilon, int64_t n) {
  return loops(ctx->isa).rms_prop(ctx, values, mean_square, gradients, learning_rate, decay,
                                  epsilon, n);
}

int figment_ema(figment_context* ctx, float* average, const float* values, const int32_t* step,
                double decay, int64_t n) {
  return loops(ctx->isa).ema(ctx, average, values, step, decay, n);
}

int figment_clip_by_norm(figment_context* ctx, float* gradients, float* norm, double max_norm,
                         int64_t n) {
  return loops(ctx->isa).clip_by_norm(ctx, gradients, norm, max_norm, n);
}

namespace figment {

int figment_to_bfloat16(figment_context* ctx, uint16_t* y, const float* x, int64_t n) {
  return loops(ctx->isa).to_bfloat16(ctx, y, x, n);
}

int figment_from_bfloat16(figment_context* ctx, float* y, const uint16_t* x, int64_t n) {
  return loops(ctx->isa).from_bfloat16(ctx, y, x, n);
}

int figment_round_to_bfloat16(figment_context* ctx, float* y, const float* x, int64_t n) {
  return loops(ctx->isa).round_to_bfloat16(ctx, y, x, n);
}

int figment_tall_product(figment_context* ctx, float* dw, float* dbias, const float* dy,
                         const float* x, int32_t accumulate, int32_t batch, int32_t in,
                         int32_t out) {
  return loops(ctx->isa).tall_product(ctx, dw, dbias, dy, x, accumulate, batch, in, out);
}

int figment_narrow_forward(figment_context* ctx, float* y, const float* x, const float* w,
                           const float* bias, int32_t activation, float slope, int32_t batch,
                           int32_t in, int32_t out) {
  return loops(ctx->isa).narrow_forward(ctx, y, x, w, bias, activation, slope, batch, in, out);
}

int figment_narrow_weight_gradient(figment_context* ctx, float* dw, float* dbias, const float* dy,
                                   const float* x, int32_t accumulate, int32_t batch, int32_t in,
                                   int32_t out) {
  return loops(ctx->isa).narrow_weight_gradient(ctx, dw, dbias, dy, x, accumulate, batch, in, out);
}

int figment_winograd_to_small(figment_context* ctx, float* small, const float* large,
                              const float* w, const float* bias, int32_t batch,
                              const figment_conv* geometry) {
  return loops(ctx->isa).winograd_to_small(ctx, small, large, w, bias, batch, geometry);
}

int figment_winograd_to_large(figment_context* ctx, float* large, const float* small,
                              const float* w, const float* bias, int32_t batch,
                              const figment_conv* geometry) {
  return loops(ctx->isa).winograd_to_large(ctx, large, small, w, bias, batch, geometry);
}

int figment_winograd_weight_gradient(figment_context* ctx, float* dw, const float* large,
                                     const float* small, int32_t accumulate, int32_t batch,
                                     const figment_conv* geometry) {
  return loops(ctx->isa).winograd_weight_gradient(ctx, dw, large, small, accumulate, batch,
                                                  geometry);
}

}  // namespace figment
