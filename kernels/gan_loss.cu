// The losses of Goodfellow et al. (2014) from logits, value and gradient in one pass of one block:
// a batch is some hundred numbers, so launching costs more than computing.
#include "common.cuh"

using namespace figment;

// The mean over `batch` samples of what each thread summed, written by thread 0.
__device__ inline void write_mean(float* result, double thread_sum, int batch, double* shared) {
  const double total = block_sum(thread_sum, shared);
  if (threadIdx.x == 0) *result = static_cast<float>(total / batch);
  sync_block();
}

// L_D = -mean log sigmoid(real) - mean log(1 - sigmoid(generated)).
// logits [2 batch], real first; result [3]: loss, mean sigmoid of real, of generated. One block.
FIGMENT_KERNEL gan_discriminator_loss(float* result, float* dlogits, const float* logits,
                                      int batch) {
  __shared__ double shared[kThreads];
  const float weight = 1.0f / static_cast<float>(batch);
  double loss = 0, judged_real = 0, judged_fake = 0;
  for (int i = static_cast<int>(threadIdx.x); i < batch; i += kThreads) {
    const ValueAndGradient real = loss_judged_real(logits[i]);
    const ValueAndGradient fake = loss_judged_fake(logits[batch + i]);
    loss += static_cast<double>(real.value) + fake.value;
    judged_real += sigmoid(logits[i]);
    judged_fake += fake.gradient;  // the derivative of softplus is the sigmoid
    dlogits[i] = real.gradient * weight;
    dlogits[batch + i] = fake.gradient * weight;
  }
  write_mean(result, loss, batch, shared);
  write_mean(result + 1, judged_real, batch, shared);
  write_mean(result + 2, judged_fake, batch, shared);
}

// minimax: L_G = mean log(1 - sigmoid(generated)); else the non-saturating -mean log
// sigmoid(generated). loss: the order of dev.figment.device.GanLoss. One block.
FIGMENT_KERNEL gan_generator_loss(float* result, float* dlogits, const float* logits, int loss,
                                  int batch) {
  __shared__ double shared[kThreads];
  const bool minimax = loss == 0;
  const float sign = minimax ? -1.0f : 1.0f;
  const float weight = sign / static_cast<float>(batch);
  double sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < batch; i += kThreads) {
    const ValueAndGradient sample =
        minimax ? loss_judged_fake(logits[i]) : loss_judged_real(logits[i]);
    sum += sample.value;
    dlogits[i] = sample.gradient * weight;
  }
  write_mean(result, sign * sum, batch, shared);
}
