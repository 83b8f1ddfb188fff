// Recurrent cells over whole sequences. A thread takes some samples through all steps, so that no
// step waits for another thread: the hidden product in registers, then the gates while it is in
// cache, in loops of one function each, as the latency of several in a row hides behind nothing.
// Bound by the products' multiply-adds.
#include "panels.h"
#include "recurrent_formulas.h"

namespace figment::FIGMENT_ISA {
namespace {

constexpr int64_t kSamples = 16;  // that go through the steps together
constexpr int64_t kSaved = 4;     // numbers a unit and step that backward gets

struct Sequence {
  int64_t steps, batch, units;
  const int32_t* lengths;  // or null
  bool reverse;

  // The i-th step in time.
  int64_t step(int64_t i) const { return reverse ? steps - 1 - i : i; }
  bool holds(int64_t t, int64_t n) const { return lengths != nullptr && t >= lengths[n]; }
  // Rows of states [steps + 1][batch][units].
  int64_t before(int64_t t, int64_t n) const { return (t + (reverse ? 1 : 0)) * batch + n; }
  int64_t after(int64_t t, int64_t n) const { return (t + (reverse ? 0 : 1)) * batch + n; }
};

// A row of an argument that may be missing: zeros to read then, or a place to write to in vain.
struct Rows {
  float* first;
  int64_t stride;
  float* at(int64_t row) const { return first + row * stride; }
};

Rows rows_or(const float* argument, float* instead, int64_t width) {
  return argument != nullptr ? Rows{const_cast<float*>(argument), width} : Rows{instead, 0};
}

void copy_row(float* to, const float* from, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) to[i] = from[i];
}

void clear_row(float* to, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) to[i] = 0.0f;
}

// Scratch: a packed factor, the products of all samples, and a row of zeros or waste a chunk.
struct Workspace {
  float *packed, *products, *spare;
  int64_t chunks;

  Workspace(figment_context* ctx, Panels panels, int64_t batch, int64_t spare_width) {
    chunks = divide_up(batch, kSamples);
    const int64_t rows = chunks * kSamples * panels.stride();
    const int64_t floats = panels.size() + rows + (chunks + 1) * spare_width;
    packed = static_cast<float*>(scratch(ctx, sizeof(float) * static_cast<size_t>(floats)));
    if (packed == nullptr) return;
    products = packed + panels.size();
    spare = products + rows;
    clear_row(spare, (chunks + 1) * spare_width);
  }
};

// An array [steps][batch][width] of which each step reads or writes its rows; width 0 for none.
struct StepRows {
  const float* first;
  int64_t width;
};

// What a step reads and writes.
struct Touched {
  static constexpr int kMost = 5;
  StepRows arrays[kMost];
};

// Brings what a step will touch into cache, a share at a time, while a product has the arithmetic
// units busy. With it, forward and backward took 3 to 11 % less on a Zen 3.
class Fetch {
 public:
  // Rows row..row + rows - 1 of each array, in `shares` shares.
  Fetch(const Touched& touched, int64_t row, int64_t rows, int64_t shares)
      : touched_(touched), row_(row), rows_(rows) {
    int64_t lines = 0;
    for (const StepRows& array : touched.arrays) lines += lines_of(array);
    share_ = divide_up(lines, shares);
  }

  void share() {
    for (int64_t left = share_; left > 0 && array_ < Touched::kMost;) {
      const StepRows& array = touched_.arrays[array_];
      const int64_t end = smaller(line_ + left, lines_of(array));
      left -= end - line_;
      const float* from = array.first + row_ * array.width;
      for (; line_ < end; ++line_) __builtin_prefetch(from + line_ * kLine, 0, 2);
      if (line_ == lines_of(array)) {
        ++array_;
        line_ = 0;
      }
    }
  }

 private:
  int64_t lines_of(const StepRows& array) const { return divide_up(rows_ * array.width, kLine); }

  const Touched& touched_;
  int64_t row_, rows_, share_;
  int64_t line_ = 0;
  int array_ = 0;
};

// Through all steps: unit_row(t, n, product) computes a sample's step from its row of the hidden
// product of `products` gates, hold_row(t, n) keeps its state.
template <class UnitRow, class HoldRow>
void forward(figment_context* ctx, const Sequence& s, const Workspace& work, const float* states,
             const float* w, Panels panels, const Touched& touched, UnitRow unit_row,
             HoldRow hold_row) {
  pack_transposed(ctx, work.packed, w, panels);
  parallel_for(ctx, work.chunks, [=](int64_t chunk) {
    const int64_t first = chunk * kSamples, last = smaller(s.batch, first + kSamples);
    const int64_t rows = last - first;
    float* product = work.products + first * panels.stride();
    for (int64_t i = 0; i < s.steps; ++i) {
      const int64_t t = s.step(i);
      Fetch fetch(touched, t * s.batch + first, rows, tiles_of(rows, panels));
      multiply<false>(product, states + s.before(t, first) * s.units, work.packed, rows, panels,
                      [&]() FIGMENT_INLINE { fetch.share(); });
      for (int64_t n = first; n < last; ++n) {
        if (s.holds(t, n)) {
          hold_row(t, n, chunk);
        } else {
          unit_row(t, n, chunk, product + (n - first) * panels.stride());
        }
      }
    }
  });
}

// Back through all steps: gradient_row(t, n, carried) turns the gradient to a sample's state after
// a step, `carried`, into those to its gates and to what of the state before goes past them. What
// went through them, `dgates` times w, is added here.
template <class GradientRow>
void backward(figment_context* ctx, const Sequence& s, const Workspace& work, float* dstate,
              const float* dy, const float* dgates, const float* w, Panels panels,
              const Touched& touched, GradientRow gradient_row) {
  const int64_t width = s.units, stride = panels.stride();
  pack(ctx, work.packed, w, panels);
  parallel_for(ctx, work.chunks, [=](int64_t chunk) {
    const int64_t first = chunk * kSamples, last = smaller(s.batch, first + kSamples);
    const int64_t rows = last - first;
    float* carried = work.products + first * stride;
    clear_row(carried, kSamples * stride);
    for (int64_t n = first; n < last; ++n) {
      copy_row(carried + (n - first) * stride, dstate + n * width, width);
    }
    for (int64_t i = s.steps - 1; i >= 0; --i) {
      const int64_t t = s.step(i);
      for (int64_t n = first; n < last; ++n) {
        float* d = carried + (n - first) * stride;
        if (dy != nullptr) {
          const float* own = dy + (t * s.batch + n) * width;
#pragma omp simd
          for (int64_t u = 0; u < width; ++u) d[u] += own[u];
        }
        gradient_row(t, n, d);
      }
      Fetch fetch(touched, s.step(i > 0 ? i - 1 : 0) * s.batch + first, rows,
                  tiles_of(rows, panels));
      multiply<true>(carried, dgates + (t * s.batch + first) * panels.depth, work.packed, rows,
                     panels, [&]() FIGMENT_INLINE { fetch.share(); });
    }
    for (int64_t n = first; n < last; ++n) {
      copy_row(dstate + n * width, carried + (n - first) * stride, width);
    }
  });
}

}  // namespace

int gru_forward(figment_context* ctx, float* states, float* gates, const float* input_gates,
                const float* constant_gates, const float* w, const float* bias,
                const int32_t* lengths, int32_t reverse, int32_t steps, int32_t batch,
                int32_t units) {
  const Sequence s = {steps, batch, units, lengths, reverse != 0};
  const int64_t width = units;
  const Panels panels = {width, 3 * width};
  const Workspace work(ctx, panels, batch, kSaved * width);
  if (work.packed == nullptr) return 1;
  // The first spare row stays zero, the others take the gates that nobody wants.
  const Rows constant = rows_or(constant_gates, work.spare, 3 * width);
  const Rows offset = rows_or(bias, work.spare, 0);
  const bool kept = gates != nullptr;
  float* waste = work.spare + kSaved * width;
  forward(
      ctx, s, work, states, w, panels,
      {{{input_gates, 3 * width},
        {gates, kept ? kSaved * width : 0},
        {states + s.after(0, 0) * width, width}}},
      [=](int64_t t, int64_t n, int64_t chunk, const float* p) FIGMENT_INLINE {
        const float* a = input_gates + (t * s.batch + n) * 3 * width;
        const float* c = constant.at(n);
        const float* b = offset.at(0);
        const float* before = states + s.before(t, n) * width;
        float* after = states + s.after(t, n) * width;
        float* keep =
            kept ? gates + (t * s.batch + n) * kSaved * width : waste + chunk * kSaved * width;
#pragma omp simd
        for (int64_t u = 0; u < 2 * width; ++u) keep[u] = sigmoid(a[u] + c[u] + (p[u] + b[u]));
#pragma omp simd
        for (int64_t u = 0; u < width; ++u) {
          const int64_t v = u + width, x = v + width;
          const float p_n = p[x] + b[x];
          const float n = gru_proposal(keep[u], a[x] + c[x], p_n);
          keep[x] = n;
          keep[x + width] = p_n;
          after[u] = gru_state(keep[v], n, before[u]);
        }
      },
      [=](int64_t t, int64_t n, int64_t) FIGMENT_INLINE {
        copy_row(states + s.after(t, n) * width, states + s.before(t, n) * width, width);
        if (kept) clear_row(gates + (t * s.batch + n) * kSaved * width, kSaved * width);
      });
  return 0;
}

int gru_backward(figment_context* ctx, float* dinput_gates, float* dhidden_gates, float* dstate,
                 const float* dy, const float* states, const float* gates, const float* w,
                 const int32_t* lengths, int32_t reverse, int32_t steps, int32_t batch,
                 int32_t units) {
  const Sequence s = {steps, batch, units, lengths, reverse != 0};
  const int64_t width = units;
  const Panels panels = {3 * width, width};
  const Workspace work(ctx, panels, batch, 0);
  if (work.packed == nullptr) return 1;
  backward(ctx, s, work, dstate, dy, dhidden_gates, w, panels,
           {{{gates, kSaved * width},
             {dy, dy != nullptr ? width : 0},
             {states + s.before(0, 0) * width, width},
             {dinput_gates, 3 * width},
             {dhidden_gates, 3 * width}}},
           [=](int64_t t, int64_t n, float* d) FIGMENT_INLINE {
             float* input = dinput_gates + (t * s.batch + n) * 3 * width;
             float* hidden = dhidden_gates + (t * s.batch + n) * 3 * width;
             if (s.holds(t, n)) {
               clear_row(input, 3 * width);
               clear_row(hidden, 3 * width);
               return;
             }
             const float* kept = gates + (t * s.batch + n) * kSaved * width;
             const float* before = states + s.before(t, n) * width;
#pragma omp simd
             for (int64_t u = 0; u < width; ++u) {
               const int64_t v = u + width, x = v + width;
               const GruGradient g =
                   gru_gradient(d[u], kept[u], kept[v], kept[x], kept[x + width], before[u]);
               input[u] = hidden[u] = g.r;
               input[v] = hidden[v] = g.z;
               input[x] = g.n;
               hidden[x] = g.p_n;
               d[u] = g.past;
             }
           });
  return 0;
}

int lstm_forward(figment_context* ctx, float* states, float* cells, float* gates,
                 const float* input_gates, const float* constant_gates, const float* w,
                 const int32_t* lengths, int32_t reverse, int32_t steps, int32_t batch,
                 int32_t units) {
  const Sequence s = {steps, batch, units, lengths, reverse != 0};
  const int64_t width = units;
  const Panels panels = {width, 4 * width};
  const Workspace work(ctx, panels, batch, kSaved * width);
  if (work.packed == nullptr) return 1;
  const Rows constant = rows_or(constant_gates, work.spare, 4 * width);
  const bool kept = gates != nullptr;
  float* waste = work.spare + kSaved * width;
  forward(
      ctx, s, work, states, w, panels,
      {{{input_gates, 4 * width},
        {gates, kept ? kSaved * width : 0},
        {states + s.after(0, 0) * width, width},
        {cells + s.after(0, 0) * width, width}}},
      [=](int64_t t, int64_t n, int64_t chunk, const float* p) FIGMENT_INLINE {
        const float* a = input_gates + (t * s.batch + n) * 4 * width;
        const float* c = constant.at(n);
        const float* before = cells + s.before(t, n) * width;
        float* cell = cells + s.after(t, n) * width;
        float* state = states + s.after(t, n) * width;
        float* keep =
            kept ? gates + (t * s.batch + n) * kSaved * width : waste + chunk * kSaved * width;
#pragma omp simd
        for (int64_t u = 0; u < 2 * width; ++u) keep[u] = sigmoid(a[u] + c[u] + p[u]);
#pragma omp simd
        for (int64_t u = 2 * width; u < 3 * width; ++u) keep[u] = tanh(a[u] + c[u] + p[u]);
#pragma omp simd
        for (int64_t u = 3 * width; u < 4 * width; ++u) keep[u] = sigmoid(a[u] + c[u] + p[u]);
#pragma omp simd
        for (int64_t u = 0; u < width; ++u) {
          const int64_t v = u + width, x = v + width, y = x + width;
          cell[u] = lstm_cell(keep[u], keep[v], keep[x], before[u]);
          state[u] = lstm_state(keep[y], cell[u]);
        }
      },
      [=](int64_t t, int64_t n, int64_t) FIGMENT_INLINE {
        copy_row(states + s.after(t, n) * width, states + s.before(t, n) * width, width);
        copy_row(cells + s.after(t, n) * width, cells + s.before(t, n) * width, width);
        if (kept) clear_row(gates + (t * s.batch + n) * kSaved * width, kSaved * width);
      });
  return 0;
}

int lstm_backward(figment_context* ctx, float* dgates, float* dstate, float* dcell, const float* dy,
                  const float* cells, const float* gates, const float* w, const int32_t* lengths,
                  int32_t reverse, int32_t steps, int32_t batch, int32_t units) {
  const Sequence s = {steps, batch, units, lengths, reverse != 0};
  const int64_t width = units;
  const Panels panels = {4 * width, width};
  const Workspace work(ctx, panels, batch, 0);
  if (work.packed == nullptr) return 1;
  backward(ctx, s, work, dstate, dy, dgates, w, panels,
           {{{gates, kSaved * width},
             {dy, dy != nullptr ? width : 0},
             {cells + s.before(0, 0) * width, width},
             {dgates, 4 * width}}},
           [=](int64_t t, int64_t n, float* d) FIGMENT_INLINE {
             float* out = dgates + (t * s.batch + n) * 4 * width;
             if (s.holds(t, n)) {
               clear_row(out, 4 * width);
               return;
             }
             const float* kept = gates + (t * s.batch + n) * kSaved * width;
             const float* before = cells + s.before(t, n) * width;
             const float* after = cells + s.after(t, n) * width;
             float* d_cell = dcell + n * width;
#pragma omp simd
             for (int64_t u = 0; u < width; ++u) {
               const int64_t v = u + width, x = v + width, y = x + width;
               const LstmGradient g = lstm_gradient(d[u], d_cell[u], kept[u], kept[v], kept[x],
                                                    kept[y], before[u], after[u]);
               out[u] = g.i;
               out[v] = g.f;
               out[x] = g.g;
               out[y] = g.o;
               d_cell[u] = g.cell;
               d[u] = 0.0f;
             }
           });
  return 0;
}

}  // namespace figment::FIGMENT_ISA
