#include "onednn.h"

#include <string.h>

#include "bfloat16.h"

namespace figment {

Operation::Operation(const dnnl::engine& engine, const dnnl::primitive& primitive,
                     const dnnl::memory::desc& scratchpad,
                     std::initializer_list<std::pair<int, dnnl::memory::desc>> arguments)
    : primitive_(primitive), scratchpad_bytes_(scratchpad.get_size()) {
  auto add = [&](int id, const dnnl::memory::desc& layout) {
    if (layout.get_size() == 0) {
      memories_.emplace_back();
      return;
    }
    memories_.emplace_back(layout, engine, static_cast<void*>(DNNL_MEMORY_NONE));
    arguments_.push_back({id, memories_.back().get()});
  };
  for (const auto& argument : arguments) add(argument.first, argument.second);
  add(DNNL_ARG_SCRATCHPAD, scratchpad);
}

void Operation::run(const dnnl::stream& stream, std::initializer_list<const void*> addresses) {
  size_t i = 0;
  for (const void* address : addresses) {
    dnnl::memory& memory = memories_[i++];
    if (memory) memory.set_data_handle(const_cast<void*>(address));
  }
  dnnl::error::wrap_c_api(
      dnnl_primitive_execute(primitive_.get(), stream.get(), static_cast<int>(arguments_.size()),
                             arguments_.data()),
      "the primitive did not run");
}

bool onednn_has(dnnl::cpu_isa isa) {
  const auto wanted = static_cast<unsigned>(isa);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & wanted) == wanted;
}

dnnl::primitive_attr attributes(const dnnl::post_ops& operations) {
  dnnl::primitive_attr result;
  result.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  result.set_post_ops(operations);
  return result;
}

Factor::Factor(const figment_context* ctx, const Stored& x, Parts* parts)
    : x_(x),
      copied_(x.bfloat16 ? ctx->factors != Factors::kBfloat16 : ctx->factors != Factors::kFloat32) {
  if (!copied_) return;
  copy_at_ = parts->add(dnnl::memory::data_type_size(type(ctx)) * static_cast<size_t>(x.n));
}

dnnl::memory::data_type Factor::type(const figment_context* ctx) {
  return ctx->factors == Factors::kBfloat16 ? dnnl::memory::data_type::bf16
                                            : dnnl::memory::data_type::f32;
}

const void* Factor::ready(figment_context* ctx, char* block) const {
  if (!copied_) return x_.data;
  void* copy = block + copy_at_;
  if (x_.bfloat16) {
    figment_from_bfloat16(ctx, static_cast<float*>(copy), static_cast<const uint16_t*>(x_.data),
                          x_.n);
  } else if (ctx->factors == Factors::kBfloat16) {
    figment_to_bfloat16(ctx, static_cast<uint16_t*>(copy), static_cast<const float*>(x_.data),
                        x_.n);
  } else {
    figment_round_to_bfloat16(ctx, static_cast<float*>(copy), static_cast<const float*>(x_.data),
                              x_.n);
  }
  return copy;
}

Result::Result(const figment_context* ctx, const Stored& y, bool primitive_ends_it, Parts* parts)
    : y_(y),
      rounded_later_(y.bfloat16 &&
                     type(ctx, y, primitive_ends_it) == dnnl::memory::data_type::f32) {
  if (rounded_later_) room_at_ = parts->add(sizeof(float) * static_cast<size_t>(y.n));
}

dnnl::memory::data_type Result::type(const figment_context* ctx, const Stored& y,
                                     bool primitive_ends_it) {
  return y.bfloat16 && primitive_ends_it ? Factor::type(ctx) : dnnl::memory::data_type::f32;
}

void* Result::made(char* block) const {
  return rounded_later_ ? block + room_at_ : const_cast<void*>(y_.data);
}

int Result::finish(figment_context* ctx, char* block) const {
  if (!rounded_later_) return 0;
  return figment_to_bfloat16(ctx, static_cast<uint16_t*>(const_cast<void*>(y_.data)),
                             reinterpret_cast<const float*>(block + room_at_), y_.n);
}

bool fuses(int32_t activation) { return activation == 0 || activation == 2; }

void append_activation(dnnl::post_ops* operations, int32_t activation, float slope) {
  if (activation == 0) return;
  operations->append_eltwise(dnnl::algorithm::eltwise_relu, slope, 0.0f);
}

Operation& find_product(OneDnn& dnnl, const Product& product) {
  using dnnl::memory;
  Key key;
  key.fields = {static_cast<int32_t>(product.m),
                static_cast<int32_t>(product.n),
                static_cast<int32_t>(product.k),
                product.a_transposed,
                product.b_transposed,
                product.bias,
                product.accumulate,
                product.activation};
  memcpy(&key.fields[8], &product.slope, sizeof(product.slope));
  key.fields[9] = static_cast<int32_t>(product.factors);
  key.fields[10] = static_cast<int32_t>(product.result);
  std::unique_ptr<Operation>& operation = dnnl.products[key];
  if (operation != nullptr) return *operation;

  auto matrix = [](int64_t rows, int64_t columns, memory::data_type type, bool transposed) {
    return memory::desc({rows, columns}, type,
                        transposed ? memory::format_tag::ba : memory::format_tag::ab);
  };
  const memory::desc y = matrix(product.m, product.n, product.result, false);
  const memory::desc a = matrix(product.m, product.k, product.factors, product.a_transposed);
  const memory::desc b = matrix(product.k, product.n, product.factors, product.b_transposed);
  const memory::desc bias =
      product.bias ? matrix(1, product.n, memory::data_type::f32, false) : memory::desc();
  dnnl::post_ops operations;
  if (product.accumulate) operations.append_sum(1.0f);
  append_activation(&operations, product.activation, product.slope);
  const dnnl::matmul::primitive_desc plan(dnnl.engine, a, b, bias, y, attributes(operations));
  operation = std::make_unique<Operation>(
      dnnl.engine, dnnl::matmul(plan), plan.scratchpad_desc(),
      std::initializer_list<std::pair<int, memory::desc>>{
          {DNNL_ARG_DST, y}, {DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_BIAS, bias}});
  return *operation;
}

}  // namespace figment
