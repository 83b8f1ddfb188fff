// oneDNN's convolution: channels-last images as they are, weights in the layout it likes best,
// reordered at each call (fixing them to ours makes the backward passes twice as slow).
#include <string.h>

#include <algorithm>

#include "convolution.h"

namespace figment {

// A pass and the reorder between our weights and its own.
struct Convolution {
  Operation main;
  Operation reorder;         // our weights to its own, or its gradient to ours
  size_t weights_bytes = 0;  // of its own layout; 0 when it takes ours
};

OneDnn::OneDnn() = default;
OneDnn::~OneDnn() = default;

namespace {

using dnnl::memory;

using Type = memory::data_type;

struct Types {
  Type large, small, weights;
};

struct Layouts {
  memory::desc large, small, weights, any_weights, bias;
  memory::dims strides, before, after;
};

// Padding below or right that no tap reaches would only keep oneDNN from its better kernels.
int64_t reached(int32_t size, int32_t small, int32_t kernel, int32_t stride, int32_t before) {
  return std::max(0, (small - 1) * stride + kernel - size - before);
}

Layouts layouts(const Pass& pass, const Types& types, bool bias = false) {
  const figment_conv& g = pass.geometry;
  const memory::dims weights = {g.small_channels, g.channels, g.kernel_height, g.kernel_width};
  return {
      {{pass.batch, g.channels, g.height, g.width}, types.large, memory::format_tag::nhwc},
      {{pass.batch, g.small_channels, g.small_height, g.small_width},
       types.small,
       memory::format_tag::nhwc},
      {weights, types.weights, memory::format_tag::ohwi},
      {weights, types.weights, memory::format_tag::any},
      bias ? memory::desc({g.small_channels}, Type::f32, memory::format_tag::a) : memory::desc(),
      {g.stride_height, g.stride_width},
      {g.pad_top, g.pad_left},
      {reached(g.height, g.small_height, g.kernel_height, g.stride_height, g.pad_top),
       reached(g.width, g.small_width, g.kernel_width, g.stride_width, g.pad_left)}};
}

// result: the type of a pass's image, float32 for a gradient of weights.
Key key_of(PassKind kind, const Pass& pass, const Epilogue& epilogue, bool accumulate,
           Type result) {
  static_assert(sizeof(figment_conv) == 14 * sizeof(int32_t), "the key copies every field");
  Key key;
  memcpy(key.fields.data(), &pass.geometry, sizeof(figment_conv));
  key.fields[14] = pass.batch;
  key.fields[15] = static_cast<int32_t>(kind);
  key.fields[16] = epilogue.activation;
  memcpy(&key.fields[17], &epilogue.slope, sizeof(epilogue.slope));
  key.fields[18] = epilogue.bias != nullptr;
  key.fields[19] = 2 * static_cast<int32_t>(result) + accumulate;
  return key;
}

dnnl::convolution_forward::primitive_desc forward_plan(const dnnl::engine& engine,
                                                       const Layouts& layout,
                                                       const dnnl::primitive_attr& attributes) {
  return {engine,
          dnnl::prop_kind::forward_training,
          dnnl::algorithm::convolution_direct,
          layout.large,
          layout.any_weights,
          layout.bias,
          layout.small,
          layout.strides,
          layout.before,
          layout.after,
          attributes};
}

// The forward pass that a backward one names, all in the factors' type.
dnnl::convolution_forward::primitive_desc hint(const dnnl::engine& engine, Type factor,
                                               const Pass& pass) {
  return forward_plan(engine, layouts(pass, {factor, factor, factor}), attributes());
}

// The reorder `from` -> `to`, adding to what `to` holds when asked; nothing for equal layouts.
void set_reorder(const dnnl::engine& engine, Convolution* convolution, const memory::desc& from,
                 const memory::desc& to, const memory::desc& own, bool accumulate) {
  if (from == to && !accumulate) return;
  dnnl::post_ops operations;
  if (accumulate) operations.append_sum(1.0f);
  const dnnl::reorder::primitive_desc plan(engine, from, engine, to, attributes(operations));
  convolution->reorder = Operation(engine, dnnl::reorder(plan), plan.scratchpad_desc(),
                                   {{DNNL_ARG_TO, to}, {DNNL_ARG_FROM, from}});
  convolution->weights_bytes = own.get_size();
}

std::unique_ptr<Convolution> make_large_to_small(const dnnl::engine& engine, Type factor,
                                                 Type result, const Epilogue& epilogue,
                                                 const Pass& pass) {
  const Layouts layout = layouts(pass, {factor, result, factor}, epilogue.bias != nullptr);
  dnnl::post_ops operations;
  append_activation(&operations, epilogue.activation, epilogue.slope);
  const auto plan = forward_plan(engine, layout, attributes(operations));
  auto convolution = std::make_unique<Convolution>();
  convolution->main = Operation(engine, dnnl::convolution_forward(plan), plan.scratchpad_desc(),
                                {{DNNL_ARG_DST, layout.small},
                                 {DNNL_ARG_SRC, layout.large},
                                 {DNNL_ARG_WEIGHTS, plan.weights_desc()},
                                 {DNNL_ARG_BIAS, layout.bias}});
  set_reorder(engine, convolution.get(), layout.weights, plan.weights_desc(), plan.weights_desc(),
              false);
  return convolution;
}

std::unique_ptr<Convolution> make_small_to_large(const dnnl::engine& engine, Type factor,
                                                 Type result, const Pass& pass) {
  const Layouts layout = layouts(pass, {result, factor, factor});
  const dnnl::convolution_backward_data::primitive_desc plan(
      engine, dnnl::algorithm::convolution_direct, layout.large, layout.any_weights, layout.small,
      layout.strides, layout.before, layout.after, hint(engine, factor, pass), attributes());
  auto convolution = std::make_unique<Convolution>();
  convolution->main =
      Operation(engine, dnnl::convolution_backward_data(plan), plan.scratchpad_desc(),
                {{DNNL_ARG_DIFF_SRC, layout.large},
                 {DNNL_ARG_DIFF_DST, layout.small},
                 {DNNL_ARG_WEIGHTS, plan.weights_desc()}});
  set_reorder(engine, convolution.get(), layout.weights, plan.weights_desc(), plan.weights_desc(),
              false);
  return convolution;
}

// oneDNN 3.13's AVX2 kernel for 1x1 weights' gradients with a stride races: with several threads
// the share of one is lost now and then.
bool loses_shares(const dnnl::convolution_backward_weights::primitive_desc& plan,
                  const figment_conv& g) {
  return (g.stride_height > 1 || g.stride_width > 1) &&
         strncmp(plan.impl_info_str(), "jit_1x1:avx2", strlen("jit_1x1:avx2")) == 0;
}

std::unique_ptr<Convolution> make_weight_gradient(const dnnl::engine& engine, Type factor,
                                                  bool accumulate, const Pass& pass) {
  const Layouts layout = layouts(pass, {factor, factor, Type::f32});
  const auto forward = hint(engine, factor, pass);  // next_impl() reads it again
  dnnl::convolution_backward_weights::primitive_desc plan(
      engine, dnnl::algorithm::convolution_direct, layout.large, layout.any_weights, layout.small,
      layout.strides, layout.before, layout.after, forward, attributes());
  while (loses_shares(plan, pass.geometry)) {
    if (!plan.next_impl()) throw std::runtime_error("oneDNN has no other kernel for this shape");
  }
  const memory::desc own = plan.diff_weights_desc();
  auto result = std::make_unique<Convolution>();
  result->main = Operation(engine, dnnl::convolution_backward_weights(plan), plan.scratchpad_desc(),
                           {{DNNL_ARG_DIFF_WEIGHTS, own},
                            {DNNL_ARG_SRC, layout.large},
                            {DNNL_ARG_DIFF_DST, layout.small}});
  set_reorder(engine, result.get(), own, layout.weights, own, accumulate);
  return result;
}

// The scratch of a call: copies of the factors, a result that is rounded later, the weights in
// oneDNN's layout, both scratchpads.
struct Work {
  Work(figment_context* ctx, const Convolution& convolution, const Stored& y,
       bool primitive_ends_it, const Stored& a, const Stored& b)
      : left(ctx, a, &parts), right(ctx, b, &parts), result(ctx, y, primitive_ends_it, &parts) {
    const size_t weights_at = parts.add(convolution.weights_bytes);
    const size_t main_at = parts.add(convolution.main.scratchpad_bytes());
    const size_t reorder_at = parts.add(convolution.reorder.scratchpad_bytes());
    block = parts.allocate(ctx);
    first = left.ready(ctx, block);
    second = right.ready(ctx, block);
    made = result.made(block);
    weights = block + weights_at;
    main = block + main_at;
    reorder = block + reorder_at;
  }

  int finish(figment_context* ctx) const { return result.finish(ctx, block); }

  Parts parts;
  Factor left, right;
  Result result;
  char* block;
  const void *first, *second;
  void *made, *weights, *main, *reorder;
};

Stored weights_of(const float* w, const Pass& pass) { return {w, weights_size(pass), false}; }

// Our weights, the second factor, in the layout the pass wants.
const void* arranged(figment_context* ctx, Convolution* convolution, const Work& work) {
  if (convolution->weights_bytes == 0) return work.second;
  convolution->reorder.run(ctx->onednn->stream, {work.weights, work.second, work.reorder});
  return work.weights;
}

}  // namespace

int onednn_large_to_small(figment_context* ctx, const Stored& small, const Stored& large,
                          const float* w, const Epilogue& epilogue, const Pass& pass) {
  OneDnn& dnnl = *ctx->onednn;
  const bool fused = fuses(epilogue.activation);
  const Epilogue inside = fused ? epilogue : Epilogue{epilogue.bias};
  const Type result = Result::type(ctx, small, fused);
  auto& cached = dnnl.convolutions[key_of(PassKind::kToSmall, pass, inside, false, result)];
  if (cached == nullptr) {
    cached = make_large_to_small(dnnl.engine, Factor::type(ctx), result, inside, pass);
  }
  const Work work(ctx, *cached, small, fused, large, weights_of(w, pass));
  const void* weights = arranged(ctx, cached.get(), work);
  cached->main.run(dnnl.stream, {work.made, work.first, weights, inside.bias, work.main});
  if (!fused) {
    apply(ctx, static_cast<float*>(work.made), {nullptr, epilogue.activation, epilogue.slope},
          small.n, pass.geometry.small_channels);
  }
  return work.finish(ctx);
}

int onednn_small_to_large(figment_context* ctx, const Stored& large, const Stored& small,
                          const float* w, const Epilogue& epilogue, const Pass& pass) {
  OneDnn& dnnl = *ctx->onednn;
  const bool alone = epilogue.bias == nullptr && epilogue.activation == 0;
  const Type result = Result::type(ctx, large, alone);
  auto& cached = dnnl.convolutions[key_of(PassKind::kToLarge, pass, {}, false, result)];
  if (cached == nullptr) {
    cached = make_small_to_large(dnnl.engine, Factor::type(ctx), result, pass);
  }
  const Work work(ctx, *cached, large, alone, small, weights_of(w, pass));
  const void* weights = arranged(ctx, cached.get(), work);
  cached->main.run(dnnl.stream, {work.made, work.first, weights, work.main});
  if (!alone) {
    apply(ctx, static_cast<float*>(work.made), epilogue, large.n, pass.geometry.channels);
  }
  return work.finish(ctx);
}

void onednn_weight_gradient(figment_context* ctx, float* dw, const Stored& large,
                            const Stored& small, bool accumulate, const Pass& pass) {
  OneDnn& dnnl = *ctx->onednn;
  auto& cached =
      dnnl.convolutions[key_of(PassKind::kWeightGradient, pass, {}, accumulate, Type::f32)];
  if (cached == nullptr) {
    cached = make_weight_gradient(dnnl.engine, Factor::type(ctx), accumulate, pass);
  }
  const Work work(ctx, *cached, weights_of(dw, pass), true, large, small);
  const bool direct = cached->weights_bytes == 0;
  cached->main.run(dnnl.stream, {direct ? dw : work.weights, work.first, work.second, work.main});
  if (!direct) cached->reorder.run(dnnl.stream, {dw, work.weights, work.reorder});
}

}  // namespace figment
