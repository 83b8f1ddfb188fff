// The losses of a GAN from logits (loss_formulas.h), and the penalties on a discriminator's
// gradient, value and gradient in one pass of one block: a batch is some hundred numbers, so
// launching costs more than computing. 8 bytes a logit.
#include "common.cuh"
#include "loss_formulas.h"

using namespace figment;

// The mean over `batch` samples of what each thread summed, written by thread 0.
__device__ inline void write_mean(float* result, double thread_sum, int batch, double* shared) {
  const double total = block_sum(thread_sum, shared);
  if (threadIdx.x == 0) *result = static_cast<float>(total / batch);
  sync_block();
}

// logits [2 batch], real first; result [3]: loss, mean score of real, of generated. One block.
FIGMENT_KERNEL gan_discriminator_loss(float* result, Real* dlogits, const Real* logits, int loss,
                                      float label_smoothing, int batch) {
  __shared__ double shared[kThreads];
  const float weight = 1.0f / static_cast<float>(batch);
  double sum = 0, judged_real = 0, judged_fake = 0;
  for (int i = static_cast<int>(threadIdx.x); i < batch; i += kThreads) {
    const float x = load(logits + i), z = load(logits + batch + i);
    const ValueAndGradient real = gan_loss_of_real(loss, label_smoothing, x);
    const ValueAndGradient fake = gan_loss_of_fake(loss, z);
    sum += static_cast<double>(real.value) + fake.value;
    judged_real += gan_score(loss, x);
    judged_fake += gan_score(loss, z);
    store(dlogits + i, real.gradient * weight);
    store(dlogits + batch + i, fake.gradient * weight);
  }
  write_mean(result, sum, batch, shared);
  write_mean(result + 1, judged_real, batch, shared);
  write_mean(result + 2, judged_fake, batch, shared);
}

// logits [batch] of generated samples. One block.
FIGMENT_KERNEL gan_generator_loss(float* result, Real* dlogits, const Real* logits, int loss,
                                  int batch) {
  __shared__ double shared[kThreads];
  const float weight = 1.0f / static_cast<float>(batch);
  double sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < batch; i += kThreads) {
    const ValueAndGradient sample = gan_loss_of_generator(loss, load(logits + i));
    sum += sample.value;
    store(dlogits + i, sample.gradient * weight);
  }
  write_mean(result, sum, batch, shared);
}

// A penalty on the gradients of `rows` samples, from their squared norms: result [1], and the
// factor [rows] of each gradient. One block.
FIGMENT_KERNEL gradient_penalty(float* result, float* factors, const float* squares, int penalty,
                                float weight, int rows) {
  __shared__ double shared[kThreads];
  const float share = weight / static_cast<float>(rows);
  double sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < rows; i += kThreads) {
    const ValueAndGradient sample = figment::gradient_penalty(penalty, squares[i]);
    sum += sample.value;
    factors[i] = share * sample.gradient;
  }
  write_mean(result, weight * sum, rows, shared);
}
