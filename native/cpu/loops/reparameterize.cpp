// z = mean + exp(v / 2) epsilon and each dimension's KL to the standard normal distribution.
// Epsilon is never stored: backward draws it again.
#include "loss_formulas.h"
#include "random_bits.h"

namespace figment::FIGMENT_ISA {

namespace {

// Rows of a block whose KL is added up on its own.
constexpr int64_t kKlRows = 64;

// body(row, column, count, epsilon) over pieces of the rows begin .. end - 1.
template <class Body>
void for_latents(const PhiloxStream& stream, int64_t begin, int64_t end, int64_t latent,
                 Body body) {
  alignas(64) float epsilon[kDraws];
  int64_t drawn = -1;  // the first element in epsilon
  for (int64_t row = begin; row < end; ++row) {
    for (int64_t column = 0; column < latent;) {
      const int64_t element = row * latent + column;
      if (drawn < 0 || element >= drawn + kDraws) {
        drawn = element / kDraws * kDraws;
        draw_normals(epsilon, stream, drawn);
      }
      const int64_t count = smaller(latent - column, drawn + kDraws - element);
      body(row, column, count, epsilon + (element - drawn));
      column += count;
    }
  }
}

}  // namespace

int reparameterize_forward(figment_context* ctx, float* z, float* kl, const float* moments,
                           int64_t seed, const int32_t* counter, int32_t stream, int32_t batch,
                           int32_t latent) {
  const int64_t width = latent, rows = batch, blocks = divide_up(rows, kKlRows);
  double* partial =
      static_cast<double*>(scratch(ctx, sizeof(double) * static_cast<size_t>(blocks * width)));
  if (partial == nullptr) return 1;
  const PhiloxStream source = philox_stream(seed, *counter, stream);
  parallel_for(ctx, blocks, [=](int64_t block) {
    double* sums = partial + block * width;
    for (int64_t j = 0; j < width; ++j) sums[j] = 0;
    for_latents(source, block * kKlRows, smaller(rows, (block + 1) * kKlRows), width,
                [=](int64_t row, int64_t column, int64_t count, const float* epsilon)
                    FIGMENT_INLINE {
                      const float* mean = moments + 2 * row * width + column;
                      const float* v = mean + width;
                      float* out = z + row * width + column;
                      alignas(64) float terms[kDraws];
#pragma omp simd
                      for (int64_t i = 0; i < count; ++i) {
                        const StandardKl latent = kl_to_standard_normal(mean[i], v[i]);
                        terms[i] = latent.value;
                        out[i] = fma(latent.deviation, epsilon[i], mean[i]);
                      }
                      for (int64_t i = 0; i < count; ++i) sums[column + i] += terms[i];
                    });
  });
  for (int64_t j = 0; j < width; ++j) {
    double total = 0;
    for (int64_t block = 0; block < blocks; ++block) total += partial[block * width + j];
    kl[j] = static_cast<float>(total / batch);
  }
  return 0;
}

int reparameterize_backward(figment_context* ctx, float* dmoments, const float* dz,
                            const float* moments, const float* kl, const float* beta,
                            float free_bits, int64_t seed, const int32_t* counter, int32_t stream,
                            int32_t batch, int32_t latent) {
  const int64_t width = latent, rows = batch;
  const float share = *beta / static_cast<float>(batch);
  const PhiloxStream source = philox_stream(seed, *counter, stream);
  parallel_for(ctx, divide_up(rows, kKlRows), [=](int64_t block) {
    for_latents(
        source, block * kKlRows, smaller(rows, (block + 1) * kKlRows), width,
        [=](int64_t row, int64_t column, int64_t count, const float* epsilon) FIGMENT_INLINE {
          const float* mean = moments + 2 * row * width + column;
          const float* v = mean + width;
          const float* d = dz + row * width + column;
          float* dmean = dmoments + 2 * row * width + column;
          alignas(64) float dv[kDraws];
#pragma omp simd
          for (int64_t i = 0; i < count; ++i) {
            const float factor = kl[column + i] < free_bits ? 0.0f : share;
            const StandardKl term = kl_to_standard_normal(mean[i], v[i]);
            const float noise = 0.5f * term.deviation * epsilon[i];
            dmean[i] = fma(factor, term.mean, d[i]);
            dv[i] = is_clamped(v[i]) ? 0.0f : fma(d[i], noise, factor * term.log_variance);
          }
          for (int64_t i = 0; i < count; ++i) dmean[width + i] = dv[i];
        });
  });
  return 0;
}

}  // namespace figment::FIGMENT_ISA
