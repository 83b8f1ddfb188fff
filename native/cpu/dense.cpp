// Dense layers: x [batch][in], w [out][in], y [batch][out], by oneDNN's matrix product with the
// weights as they are stored, or by loops of our own over many rows.
#include "many_rows.h"
#include "onednn.h"

namespace {

void multiply(figment_context* ctx, figment::Product product, float* y, const float* a,
              const float* b, const float* bias) {
  using figment::Factor;
  product.factors = Factor::type(ctx);
  figment::Operation& operation = figment::find_product(*ctx->onednn, product);
  figment::Parts parts;
  const size_t scratchpad = parts.add(operation.scratchpad_bytes());
  const Factor left(ctx, a, product.m * product.k, &parts);
  const Factor right(ctx, b, product.k * product.n, &parts);
  char* block = parts.allocate(ctx);
  operation.run(ctx->onednn->stream,
                {y, left.ready(ctx, block), right.ready(ctx, block), bias, block + scratchpad});
}

}  // namespace

int figment_dense_forward(figment_context* ctx, float* y, const float* x, const float* w,
                          const float* bias, int32_t activation, float slope, int32_t batch,
                          int32_t in, int32_t out) {
  if (figment::narrow_is_faster(ctx, batch, in, out)) {
    return figment::figment_narrow_forward(ctx, y, x, w, bias, activation, slope, batch, in, out);
  }
  return figment::guarded(ctx, "dense_forward", [&] {
    const bool fused = figment::fuses(activation);
    figment::Product product{batch, out, in};
    product.b_transposed = true;
    product.bias = bias != nullptr;
    product.activation = fused ? activation : 0;
    product.slope = fused ? slope : 0;
    multiply(ctx, product, y, x, w, bias);
    return fused ? 0
                 : figment_activation_forward(ctx, y, y, activation, slope, int64_t{batch} * out);
  });
}

int figment_dense_backward_data(figment_context* ctx, float* dx, const float* dy, const float* w,
                                int32_t batch, int32_t in, int32_t out) {
  return figment::guarded(ctx, "dense_backward_data", [&] {
    multiply(ctx, figment::Product{batch, in, out}, dx, dy, w, nullptr);
    return 0;
  });
}

int figment_dense_backward_weights(figment_context* ctx, float* dw, float* dbias, const float* dy,
                                   const float* x, int32_t accumulate, int32_t batch, int32_t in,
                                   int32_t out) {
  if (figment::narrow_is_faster(ctx, batch, in, out)) {
    return figment::figment_narrow_weight_gradient(ctx, dw, dbias, dy, x, accumulate, batch, in,
                                                   out);
  }
  if (figment::tall_is_faster(ctx, batch, in, out)) {
    return figment::figment_tall_product(ctx, dw, dbias, dy, x, accumulate, batch, in, out);
  }
  return figment::guarded(ctx, "dense_backward_weights", [&] {
    figment::Product product{out, in, batch};
    product.a_transposed = true;
    product.accumulate = accumulate != 0;
    multiply(ctx, product, dw, dy, x, nullptr);
    return dbias == nullptr ? 0 : figment_column_sum(ctx, dbias, dy, accumulate, batch, out);
  });
}
