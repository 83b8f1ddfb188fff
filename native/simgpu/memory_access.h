// How an access finds its bytes: the address of each lane, and the view of memory behind it.
#ifndef FIGMENT_SIMGPU_MEMORY_ACCESS_H_
#define FIGMENT_SIMGPU_MEMORY_ACCESS_H_

#include "warp.h"

namespace simgpu {

// Op::x of a memory operation: where the address comes from. Op::imm is added to it.
enum AddressBase : uint8_t {
  kBase64,     // 64-bit register r[7]
  kBase32,     // 32-bit register r[7]
  kBaseFrame,  // the thread's frame in local memory
  kBaseNone,   // the immediate alone
};
// Op::y of a memory operation.
enum AccessSpace : uint8_t { kGlobalSpace, kSharedSpace, kGenericSpace, kLocalSpace, kParamSpace };
// Op::z: the access takes part in synchronization (volatile, relaxed, acquire...).
constexpr uint8_t kSynchronizing = 1;
// Op::w of a memory operation, for a Checker: base 2 logarithm of the bytes a lane accesses,
// whether it is a load through .nc, and the scope of a strong access. Op::w of a fence is its
// scope.
enum Scope : uint8_t { kWeak, kScopeBlock, kScopeDevice, kScopeSystem };
inline uint8_t access_info(uint32_t bytes, Scope scope, bool non_coherent) {
  return static_cast<uint8_t>(__builtin_ctz(bytes) | (non_coherent ? 8 : 0) | scope << 4);
}
inline uint32_t access_bytes(const Op& op) { return 1u << (op.w & 7); }
inline bool access_non_coherent(const Op& op) { return (op.w & 8) != 0; }
inline Scope access_scope(const Op& op) { return static_cast<Scope>(op.w >> 4 & 3); }

// A stretch of memory that lanes see at [begin, end); lane l's byte at `address` is
// host + (address - begin) + l * stride.
struct View {
  uint64_t begin, end;
  uint8_t* host;
  uint64_t stride;
};

// The view that holds `address`; an empty one when nothing does.
View find_view(Warp& w, const Op* op, AccessSpace space, uint64_t address);

// The bytes of one lane's access, or null after recording the fault.
uint8_t* lane_bytes(Warp& w, const Op* op, uint32_t lane, uint64_t address, uint32_t bytes,
                    const char* what);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_MEMORY_ACCESS_H_
