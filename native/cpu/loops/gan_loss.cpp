// The losses of Goodfellow et al. (2014) from logits, value and gradient in one pass. A batch is
// some hundred numbers, so one thread does it.
#include "formulas.h"
#include "loops.h"

namespace figment::FIGMENT_ISA {

int gan_discriminator_loss(figment_context*, float* result, float* dlogits, const float* logits,
                           int32_t batch) {
  double loss = 0, judged_real = 0, judged_fake = 0;
  const float weight = 1.0f / static_cast<float>(batch);
  for (int64_t i = 0; i < batch; ++i) {
    const ValueAndGradient real = loss_judged_real(logits[i]);
    const ValueAndGradient fake = loss_judged_fake(logits[batch + i]);
    loss += static_cast<double>(real.value) + fake.value;
    judged_real += sigmoid(logits[i]);
    judged_fake += fake.gradient;  // the derivative of softplus is the sigmoid
    dlogits[i] = real.gradient * weight;
    dlogits[batch + i] = fake.gradient * weight;
  }
  result[0] = static_cast<float>(loss / batch);
  result[1] = static_cast<float>(judged_real / batch);
  result[2] = static_cast<float>(judged_fake / batch);
  return 0;
}

int gan_generator_loss(figment_context*, float* result, float* dlogits, const float* logits,
                       int32_t loss, int32_t batch) {
  const bool minimax = loss == 0;
  const float weight = (minimax ? -1.0f : 1.0f) / static_cast<float>(batch);
  double total = 0;
  for (int64_t i = 0; i < batch; ++i) {
    const ValueAndGradient sample =
        minimax ? loss_judged_fake(logits[i]) : loss_judged_real(logits[i]);
    total += sample.value;
    dlogits[i] = sample.gradient * weight;
  }
  result[0] = static_cast<float>((minimax ? -total : total) / batch);
  return 0;
}

}  // namespace figment::FIGMENT_ISA
