// A plan's text: a title, the device, and a line a shape,
//   convolution <kind> <implementation> <batch> <the numbers of figment_conv>
// From a # on, a line is for people.
#include "choices.h"

#include <stdio.h>
#include <string.h>

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <limits>
#include <sstream>

#include "winograd.h"

namespace figment {
namespace {

constexpr const char* kTitle = "figment plan 1";
constexpr const char* kLegend =
    "# convolution, pass, kernel, batch, large image H W C, small image P Q K, weights R S, "
    "strides, padding above below left right # ms";
constexpr const char* kLine = "convolution";
constexpr const char* kKinds[] = {"to_small", "to_large", "weight_gradient"};
constexpr const char* kImplementations[] = {"onednn", "few_channels", "winograd"};
constexpr size_t kCount = std::size(kImplementations);
constexpr int kRounds = 7;  // the fastest counts; the first makes primitives and touches memory
constexpr double kFaster = 0.95;  // of the rule's time: what is nearer may be noise

Choices::Shape shape_of(PassKind kind, const Pass& pass) {
  static_assert(sizeof(figment_conv) == 14 * sizeof(int32_t), "the shape holds every field");
  Choices::Shape shape = {static_cast<int32_t>(kind), pass.batch};
  memcpy(&shape[2], &pass.geometry, sizeof(figment_conv));
  return shape;
}

bool can(const figment_context* ctx, Implementation implementation, PassKind kind,
         const figment_conv& g) {
  switch (implementation) {
    case Implementation::kOneDnn:
      return true;
    case Implementation::kFewChannels:
      return kind == PassKind::kToLarge && g.channels <= kFewChannels;
    case Implementation::kWinograd:
      return ctx->fast_convolutions && winograd_takes(g);
  }
  return false;
}

// Multiplications of a direct convolution in the time of one of Winograd's, which are float32's: as
// the instructions promise, for those of bfloat16 were not timed. Rounded factors are for numbers,
// not for speed, and take what bfloat16's instructions would.
double direct_rate(const figment_context* ctx) {
  constexpr double kAvx512Bf16 = 2, kAmx = 16;
  if (ctx->factors == Factors::kFloat32) return 1;
  return onednn_has(dnnl::cpu_isa::avx512_core_amx) ? kAmx : kAvx512Bf16;
}

Implementation by_rule(const figment_context* ctx, PassKind kind, const Pass& pass) {
  if (can(ctx, Implementation::kFewChannels, kind, pass.geometry)) {
    return Implementation::kFewChannels;
  }
  if (ctx->isa != Isa::kBaseline && can(ctx, Implementation::kWinograd, kind, pass.geometry) &&
      winograd_is_faster(kind, pass, direct_rate(ctx))) {
    return Implementation::kWinograd;
  }
  return Implementation::kOneDnn;
}

// Infinite where it fails, as for want of memory.
double milliseconds(const std::function<int(Implementation)>& run, Implementation implementation) {
  const auto start = std::chrono::steady_clock::now();
  if (run(implementation) != 0) return std::numeric_limits<double>::infinity();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

// The place of a name in a table; -1 where it is not there.
template <size_t N>
int32_t place(const std::string& name, const char* const (&names)[N]) {
  const auto found = std::find(std::begin(names), std::end(names), name);
  return found == std::end(names) ? -1 : static_cast<int32_t>(found - names);
}

bool read_line(const figment_context* ctx, const std::string& line) {
  std::istringstream words(line.substr(0, line.find('#')));
  if ((words >> std::ws).eof()) return true;
  std::string first, kind, implementation;
  words >> first >> kind >> implementation;
  Choices::Shape shape = {place(kind, kKinds)};
  for (size_t i = 1; i < shape.size(); ++i) words >> shape[i];
  const int32_t choice = place(implementation, kImplementations);
  if (!words || !(words >> std::ws).eof() || first != kLine || shape[0] < 0 || choice < 0) {
    return false;
  }
  figment_conv geometry;
  memcpy(&geometry, &shape[2], sizeof(geometry));
  const auto chosen = static_cast<Implementation>(choice);
  if (!can(ctx, chosen, static_cast<PassKind>(shape[0]), geometry)) return false;
  ctx->choices->chosen[shape] = {chosen, ""};
  return true;
}

// Tells choices apart: FNV-1a.
uint32_t fingerprint(const Choices& choices) {
  uint32_t hash = 2166136261u;
  const auto add = [&](int32_t word) { hash = (hash ^ static_cast<uint32_t>(word)) * 16777619u; };
  for (const auto& [shape, choice] : choices.chosen) {
    std::for_each(shape.begin(), shape.end(), add);
    add(static_cast<int32_t>(choice.implementation));
  }
  return hash;
}

}  // namespace

bool find_choice(const figment_context* ctx, PassKind kind, const Pass& pass,
                 Implementation* choice) {
  const Choices& choices = *ctx->choices;
  if (!choices.chosen.empty() || choices.tuning) {
    const auto found = choices.chosen.find(shape_of(kind, pass));
    if (found != choices.chosen.end()) {
      *choice = found->second.implementation;
      return true;
    }
  }
  *choice = by_rule(ctx, kind, pass);
  return !choices.tuning;
}

Implementation time_choices(figment_context* ctx, PassKind kind, const Pass& pass,
                            const std::function<int(Implementation)>& run) {
  std::array<double, kCount> least;
  least.fill(std::numeric_limits<double>::infinity());
  for (int round = 0; round < kRounds; ++round) {
    for (size_t i = 0; i < kCount; ++i) {
      const auto implementation = static_cast<Implementation>(i);
      if (!can(ctx, implementation, kind, pass.geometry)) continue;
      const double time = milliseconds(run, implementation);
      if (round > 0) least[i] = std::min(least[i], time);
    }
  }
  auto best = static_cast<size_t>(std::min_element(least.begin(), least.end()) - least.begin());
  const auto rule = static_cast<size_t>(by_rule(ctx, kind, pass));
  if (least[best] > kFaster * least[rule]) best = rule;
  std::ostringstream times;
  for (size_t i = 0; i < kCount; ++i) {
    if (least[i] == std::numeric_limits<double>::infinity()) continue;
    times << ' ' << kImplementations[i] << ' ' << std::setprecision(3) << least[i];
  }
  if (best != rule) times << ", by the rule " << kImplementations[rule];
  const auto chosen = static_cast<Implementation>(best);
  ctx->choices->chosen[shape_of(kind, pass)] = {chosen, times.str()};
  return chosen;
}

}  // namespace figment

void figment_tune(figment_context* ctx) { ctx->choices->tuning = true; }

const char* figment_tuned(figment_context* ctx) {
  figment::Choices& choices = *ctx->choices;
  if (choices.chosen.empty()) return "";
  std::ostringstream text;
  text << figment::kTitle << '\n' << ctx->plan << '\n' << figment::kLegend << '\n';
  for (const auto& [shape, choice] : choices.chosen) {
    text << figment::kLine << ' ' << figment::kKinds[shape[0]] << ' '
         << figment::kImplementations[static_cast<size_t>(choice.implementation)];
    for (size_t i = 1; i < shape.size(); ++i) text << ' ' << shape[i];
    text << " #" << choice.times << '\n';
  }
  choices.text = text.str();
  return choices.text.c_str();
}

int figment_choose(figment_context* ctx, const char* plan) {
  return figment::guarded(ctx, "choose", [&] {
    std::istringstream lines(plan);
    std::string line;
    if (!std::getline(lines, line) || line != figment::kTitle) {
      return figment::fail(ctx, "does not begin with \"%s\"; it is no plan", figment::kTitle);
    }
    if (!std::getline(lines, line) || line != ctx->plan) {
      return figment::fail(ctx, "was made for \"%.150s\" and this device is \"%s\"", line.c_str(),
                           ctx->plan);
    }
    for (int number = 3; std::getline(lines, line); ++number) {
      if (!figment::read_line(ctx, line)) {
        return figment::fail(ctx, "names no kernel that can compute line %d: \"%.150s\"", number,
                             line.c_str());
      }
    }
    const size_t length = strlen(ctx->plan);
    snprintf(ctx->plan + length, sizeof(ctx->plan) - length, ", kernels %08x",
             figment::fingerprint(*ctx->choices));
    return 0;
  });
}
