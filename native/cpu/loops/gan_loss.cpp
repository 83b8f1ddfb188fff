// The losses of a GAN from logits, and the penalties on a discriminator's gradient, value and
// gradient in one pass. A batch is some hundred numbers, so one thread does it.
#include "loops.h"
#include "loss_formulas.h"

namespace figment::FIGMENT_ISA {

int gan_discriminator_loss(figment_context*, float* result, float* dlogits, const float* logits,
                           int32_t loss, float label_smoothing, int32_t batch) {
  double total = 0, judged_real = 0, judged_fake = 0;
  const float weight = 1.0f / static_cast<float>(batch);
  for (int64_t i = 0; i < batch; ++i) {
    const ValueAndGradient real = gan_loss_of_real(loss, label_smoothing, logits[i]);
    const ValueAndGradient fake = gan_loss_of_fake(loss, logits[batch + i]);
    total += static_cast<double>(real.value) + fake.value;
    judged_real += gan_score(loss, logits[i]);
    judged_fake += gan_score(loss, logits[batch + i]);
    dlogits[i] = real.gradient * weight;
    dlogits[batch + i] = fake.gradient * weight;
  }
  result[0] = static_cast<float>(total / batch);
  result[1] = static_cast<float>(judged_real / batch);
  result[2] = static_cast<float>(judged_fake / batch);
  return 0;
}

int gan_generator_loss(figment_context*, float* result, float* dlogits, const float* logits,
                       int32_t loss, int32_t batch) {
  const float weight = 1.0f / static_cast<float>(batch);
  double total = 0;
  for (int64_t i = 0; i < batch; ++i) {
    const ValueAndGradient sample = gan_loss_of_generator(loss, logits[i]);
    total += sample.value;
    dlogits[i] = sample.gradient * weight;
  }
  result[0] = static_cast<float>(total / batch);
  return 0;
}

int gradient_penalty(figment_context*, float* result, float* factors, const float* squares,
                     int32_t penalty, float weight, int32_t rows) {
  const float share = weight / static_cast<float>(rows);
  double total = 0;
  for (int64_t i = 0; i < rows; ++i) {
    const ValueAndGradient sample = figment::gradient_penalty(penalty, squares[i]);
    total += sample.value;
    factors[i] = share * sample.gradient;
  }
  result[0] = static_cast<float>(weight * total / rows);
  return 0;
}

}  // namespace figment::FIGMENT_ISA
