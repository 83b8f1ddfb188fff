// Dense layers: x [batch][in], w [out][in], y [batch][out], by oneDNN's matrix product with the
// weights as they are stored, or by loops of our own over many rows.
#include "many_rows.h"
#include "onednn.h"

namespace {

using figment::Stored;

Stored weights(const float* w, int32_t in, int32_t out) { return {w, int64_t{in} * out, false}; }
Stored rows(const void* x, int32_t batch, int32_t columns, int32_t bfloat16) {
  return {x, int64_t{batch} * columns, bfloat16 != 0};
}

// y = activation(a b + bias); what the product does not fuse follows it.
int multiply(figment_context* ctx, figment::Product product, const Stored& y, const Stored& a,
             const Stored& b, const float* bias = nullptr, int32_t activation = 0,
             float slope = 0) {
  using figment::Factor;
  const bool fused = figment::fuses(activation);
  product.activation = fused ? activation : 0;
  product.slope = fused ? slope : 0;
  product.bias = bias != nullptr;
  product.factors = Factor::type(ctx);
  product.result = figment::Result::type(ctx, y, fused);
  figment::Operation& operation = figment::find_product(*ctx->onednn, product);
  figment::Parts parts;
  const size_t scratchpad = parts.add(operation.scratchpad_bytes());
  const Factor left(ctx, a, &parts), right(ctx, b, &parts);
  const figment::Result result(ctx, y, fused, &parts);
  char* block = parts.allocate(ctx);
  void* made = result.made(block);
  operation.run(ctx->onednn->stream,
                {made, left.ready(ctx, block), right.ready(ctx, block), bias, block + scratchpad});
  if (!fused) figment_activation_forward(ctx, made, made, activation, slope, 0, y.n);
  return result.finish(ctx, block);
}

}  // namespace

int figment_dense_forward(figment_context* ctx, void* y, const void* x, const float* w,
                          const float* bias, int32_t activation, float slope, int32_t bfloat16_y,
                          int32_t bfloat16_x, int32_t batch, int32_t in, int32_t out) {
  if (!bfloat16_y && !bfloat16_x && figment::narrow_is_faster(ctx, batch, in, out)) {
    return figment::figment_narrow_forward(ctx, static_cast<float*>(y),
                                           static_cast<const float*>(x), w, bias, activation, slope,
                                           batch, in, out);
  }
  return figment::guarded(ctx, "dense_forward", [&] {
    figment::Product product{batch, out, in};
    product.b_transposed = true;
    return multiply(ctx, product, rows(y, batch, out, bfloat16_y), rows(x, batch, in, bfloat16_x),
                    weights(w, in, out), bias, activation, slope);
  });
}

int figment_dense_backward_data(figment_context* ctx, void* dx, const void* dy, const float* w,
                                int32_t bfloat16_y, int32_t bfloat16_x, int32_t batch, int32_t in,
                                int32_t out) {
  return figment::guarded(ctx, "dense_backward_data", [&] {
    return multiply(ctx, figment::Product{batch, in, out}, rows(dx, batch, in, bfloat16_x),
                    rows(dy, batch, out, bfloat16_y), weights(w, in, out));
  });
}

int figment_dense_backward_weights(figment_context* ctx, float* dw, float* dbias, const void* dy,
                                   const void* x, int32_t accumulate, int32_t bfloat16_y,
                                   int32_t bfloat16_x, int32_t batch, int32_t in, int32_t out) {
  if (!bfloat16_y && !bfloat16_x) {
    const float* dy_floats = static_cast<const float*>(dy);
    const float* x_floats = static_cast<const float*>(x);
    if (figment::narrow_is_faster(ctx, batch, in, out)) {
      return figment::figment_narrow_weight_gradient(ctx, dw, dbias, dy_floats, x_floats,
                                                     accumulate, batch, in, out);
    }
    if (figment::tall_is_faster(ctx, batch, in, out)) {
      return figment::figment_tall_product(ctx, dw, dbias, dy_floats, x_floats, accumulate, batch,
                                           in, out);
    }
  }
  return figment::guarded(ctx, "dense_backward_weights", [&] {
    figment::Product product{out, in, batch};
    product.a_transposed = true;
    product.accumulate = accumulate != 0;
    if (multiply(ctx, product, weights(dw, in, out), rows(dy, batch, out, bfloat16_y),
                 rows(x, batch, in, bfloat16_x)) != 0) {
      return 1;
    }
    return dbias == nullptr
               ? 0
               : figment_column_sum(ctx, dbias, dy, accumulate, bfloat16_y, batch, out);
  });
}
