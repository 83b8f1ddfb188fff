// Which implementation computes a pass of a convolution: the one that a plan names for its shape,
// or else the one of the checked-in rule.
#ifndef FIGMENT_CPU_CHOICES_H_
#define FIGMENT_CPU_CHOICES_H_

#include <functional>
#include <map>
#include <string>

#include "convolution.h"

namespace figment {

enum class Implementation : int32_t { kOneDnn, kFewChannels, kWinograd };

// What a context chooses beside the rule.
struct Choices {
  // The kind, the batch and the geometry of a pass: in an order, so that a plan's text has one.
  using Shape = std::array<int32_t, 16>;
  struct Choice {
    Implementation implementation;
    std::string times;  // of what was timed, for people
  };
  std::map<Shape, Choice> chosen;
  bool tuning = false;  // whether a shape is timed at its first pass
  std::string text;     // that figment_tuned() gave last
};

// Whether Winograd's algorithm was measured to be faster than oneDNN for a shape that
// winograd_takes(): winograd_rule.cpp.
bool winograd_is_faster(PassKind kind, const Pass& pass, double direct_rate);

// What a plan or the rule chooses; false where the pass is to be timed.
bool find_choice(const figment_context* ctx, PassKind kind, const Pass& pass,
                 Implementation* choice);
// Times all that can compute the pass and remembers the choice.
Implementation time_choices(figment_context* ctx, PassKind kind, const Pass& pass,
                            const std::function<int(Implementation)>& run);

// Computes a pass: run(Implementation) gives 0, or 1 with the error set. A template, for a function
// object would be allocated at each call.
template <class Run>
int by_choice(figment_context* ctx, PassKind kind, const Pass& pass, Run&& run) {
  Implementation choice;
  if (!find_choice(ctx, kind, pass, &choice)) choice = time_choices(ctx, kind, pass, run);
  return run(choice);
}

}  // namespace figment

#endif  // FIGMENT_CPU_CHOICES_H_
