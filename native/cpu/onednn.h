// oneDNN behind the context: engine, stream, and primitives made once for each shape.
#ifndef FIGMENT_CPU_ONEDNN_H_
#define FIGMENT_CPU_ONEDNN_H_

#include <omp.h>

#include <array>
#include <initializer_list>
#include <memory>
#include <new>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <vector>

#include "context.h"

namespace figment {

// One primitive with its memories; a call only names the addresses, so it allocates nothing.
class Operation {
 public:
  Operation() = default;
  // `arguments`: (DNNL_ARG_*, layout), in the order in which run() takes their addresses; an empty
  // layout is an argument that is absent. The last address is the scratchpad's.
  Operation(const dnnl::engine& engine, const dnnl::primitive& primitive,
            const dnnl::memory::desc& scratchpad,
            std::initializer_list<std::pair<int, dnnl::memory::desc>> arguments);

  size_t scratchpad_bytes() const { return scratchpad_bytes_; }
  void run(const dnnl::stream& stream, std::initializer_list<const void*> addresses);

 private:
  dnnl::primitive primitive_;
  std::vector<dnnl::memory> memories_;
  std::vector<dnnl_exec_arg_t> arguments_;
  size_t scratchpad_bytes_ = 0;
};

// What makes two primitives differ; unused fields are 0.
struct Key {
  std::array<int32_t, 20> fields{};
  bool operator==(const Key& other) const { return fields == other.fields; }
};

struct KeyHash {
  size_t operator()(const Key& key) const {
    uint64_t hash = 1469598103934665603u;  // FNV-1a
    for (int32_t field : key.fields) hash = (hash ^ static_cast<uint32_t>(field)) * 1099511628211u;
    return hash;
  }
};

template <class Value>
using Cache = std::unordered_map<Key, std::unique_ptr<Value>, KeyHash>;

struct Convolution;  // conv_onednn.cpp

struct OneDnn {
  OneDnn();
  ~OneDnn();

  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  Cache<Operation> products;
  Cache<Convolution> convolutions;
};

// Parts of one scratch block: add() all of them, then ask at() after the block is there.
class Parts {
 public:
  size_t add(size_t bytes) {
    const size_t offset = size_;
    size_ += (bytes + 63) / 64 * 64;
    return offset;
  }
  // Throws std::bad_alloc; the parts hold until the context's next scratch().
  char* allocate(figment_context* ctx) const {
    void* block = scratch(ctx, size_);
    if (block == nullptr && size_ > 0) throw std::bad_alloc();
    return static_cast<char*>(block);
  }

 private:
  size_t size_ = 0;
};

// Whether oneDNN may use an instruction set of x86-64 in this process.
bool onednn_has(dnnl::cpu_isa isa);

// Runs one operation of the C ABI: no exception leaves it.
template <class Body>
int guarded(figment_context* ctx, const char* operation, Body&& body) {
  try {
    omp_set_num_threads(ctx->threads);  // oneDNN's teams follow the calling thread's setting
    return body();
  } catch (const dnnl::error& error) {
    return fail(ctx, "%s failed in oneDNN: %s (status %d).", operation, error.what(),
                static_cast<int>(error.status));
  } catch (const std::bad_alloc&) {
    return fail(ctx, "%s ran out of memory; ask for a smaller batch.", operation);
  } catch (const std::exception& error) {
    return fail(ctx, "%s failed: %s.", operation, error.what());
  }
}

// Attributes of every primitive: the scratchpad is ours.
dnnl::primitive_attr attributes(const dnnl::post_ops& operations = {});

// The activations that oneDNN computes exactly as we do: none, and leaky ReLU. Its ReLU makes 0 of
// a NaN, which would hide a diverged network; it approximates the others more coarsely.
bool fuses(int32_t activation);
// Appends such an activation.
void append_activation(dnnl::post_ops* operations, int32_t activation, float slope);

// What layers leave for one another, or its gradient: float32, or bfloat16.
struct Stored {
  const void* data;
  int64_t n;
  bool bfloat16;
};

// One factor of a call: the tensor itself, or a copy of it as the context's Factors want it.
class Factor {
 public:
  // Adds the copy, if one is wanted, to the call's scratch.
  Factor(const figment_context* ctx, const Stored& x, Parts* parts);
  // The type in which products take a factor.
  static dnnl::memory::data_type type(const figment_context* ctx);
  // To multiply with; the parts' block is there.
  const void* ready(figment_context* ctx, char* block) const;

 private:
  Stored x_;
  bool copied_;
  size_t copy_at_ = 0;
};

// The result of a call. Where more than oneDNN's bfloat16 primitive makes a bfloat16 tensor, it is
// float32 in the call's scratch until all is done, and rounded once.
class Result {
 public:
  // primitive_ends_it: nothing follows the primitive.
  Result(const figment_context* ctx, const Stored& y, bool primitive_ends_it, Parts* parts);
  // The type in which oneDNN makes it.
  static dnnl::memory::data_type type(const figment_context* ctx, const Stored& y,
                                      bool primitive_ends_it);
  void* made(char* block) const;
  // What follows the primitive is done, too.
  int finish(figment_context* ctx, char* block) const;

 private:
  Stored y_;
  bool rounded_later_;
  size_t room_at_ = 0;
};

// y [m][n] = activation(a [m][k] * b [k][n] + bias [n]), or y += a * b. A transposed factor is
// stored as [k][m] or [n][k]. The activation is one that fuses().
struct Product {
  int64_t m, n, k;
  bool a_transposed = false, b_transposed = false;
  bool bias = false, accumulate = false;
  int32_t activation = 0;
  float slope = 0;
  dnnl::memory::data_type factors = dnnl::memory::data_type::f32;
  dnnl::memory::data_type result = dnnl::memory::data_type::f32;
};

// Its operation, made at the first call; run() takes y, a, b, bias (or null), scratchpad.
Operation& find_product(OneDnn& dnnl, const Product& product);

}  // namespace figment

#endif  // FIGMENT_CPU_ONEDNN_H_
