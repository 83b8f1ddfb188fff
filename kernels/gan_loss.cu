// The losses of Goodfellow et al. (2014) from logits, value and gradient in one pass of one block: a
// batch is some hundred numbers, so launching costs more than computing.
#include "common.cuh"

using namespace figment;

// logits [2 batch], real first. result: loss, mean sigmoid of real, of generated.
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
  const double sums[3] = {loss, judged_real, judged_fake};
  for (int k = 0; k < 3; ++k) {
    const double total = block_sum(sums[k], shared);
    if (threadIdx.x == 0) result[k] = static_cast<float>(total / batch);
    sync_block();
  }
}

// loss: dev.figment.device.GanLoss, 0 minimax, 1 non-saturating.
FIGMENT_KERNEL gan_generator_loss(float* result, float* dlogits, const float* logits, int loss,
                                  int batch) {
  __shared__ double shared[kThreads];
  const bool minimax = loss == 0;
  const float weight = (minimax ? -1.0f : 1.0f) / static_cast<float>(batch);
  double sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < batch; i += kThreads) {
    const ValueAndGradient sample =
        minimax ? loss_judged_fake(logits[i]) : loss_judged_real(logits[i]);
    sum += sample.value;
    dlogits[i] = sample.gradient * weight;
  }
  const double total = block_sum(sum, shared);
  if (threadIdx.x == 0) *result = static_cast<float>((minimax ? -total : total) / batch);
}
