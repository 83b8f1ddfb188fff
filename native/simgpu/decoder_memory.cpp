// ld, st, atom, red, fences, and the conversions between address spaces.
#include <algorithm>

#include "decoder.h"
#include "memory_access.h"
#include "ptx_parser.h"

namespace simgpu {
namespace {

struct Modifiers {
  std::string type;
  int vector = 1;
  bool synchronizing = false, acquire = false, release = false, non_coherent = false;
  Scope scope = kWeak;
  std::string operation;  // of an atom
};

// The scope that one of an instruction's words names; kWeak when it names none.
Scope scope_of(const std::string& word) {
  if (word == "cta") return kScopeBlock;
  if (word == "gl" || word == "gpu" || word == "cluster") return kScopeDevice;
  return word == "sys" ? kScopeSystem : kWeak;
}

bool is_hint(const std::string& w) {
  static const char* const kHints[] = {
      "ca",  "cg",      "cs",  "lu",  "wb",    "wt",    "nc",   "weak",
      "cta", "cluster", "gpu", "sys", "noftz", "entry", "func", "level::eviction_priority"};
  for (const char* hint : kHints) {
    if (w == hint) return true;
  }
  return w.rfind("L1::", 0) == 0 || (w.rfind("L2::", 0) == 0 && w != "L2::cache_hint");
}

}  // namespace

// The space an instruction names, or generic.
int FunctionDecoder::space_word() const {
  for (const std::string& w : now_->words) {
    std::string base = w.substr(0, w.find("::"));
    if (base == "global" || base == "const") return kGlobalSpace;
    if (base == "shared") {
      if (w == "shared::cluster")
        refuse("memory of other blocks (shared::cluster) is not simulated");
      return kSharedSpace;
    }
    if (base == "local") return kLocalSpace;
    if (base == "param") return kParamSpace;
  }
  return kGenericSpace;
}

bool FunctionDecoder::memory() {
  const std::string& name = now_->name;
  if (name == "ld" || name == "ldu") return load_or_store(true), true;
  if (name == "st") return load_or_store(false), true;
  if (name == "atom") return atomic(true), true;
  if (name == "red" && !now_->is("async")) return atomic(false), true;
  if (name == "membar" || name == "fence" || name == "nanosleep") return fence(), true;
  if (name == "discard") return discard(), true;
  if (name == "prefetch" || name == "prefetchu" || name == "applypriority" || name == "pmevent") {
    emit("@nothing");
    return true;
  }
  if (name == "cvta") return convert_address(), true;
  if (name == "isspacep") return is_in_space(), true;
  return false;
}

// A fence orders other accesses up to its scope; nanosleep and proxy fences order none.
void FunctionDecoder::fence() {
  Scope scope = kWeak;
  for (const std::string& w : now_->words) {
    if (w.rfind("proxy", 0) == 0) scope = kWeak;
    if (scope_of(w) != kWeak) scope = scope_of(w);
  }
  emit("@fence").op().w = scope;
}

// Sets where the operation finds its address: Op::x, r[7], imm.
void FunctionDecoder::address_of(Builder& builder, const Operand& address) {
  Op& op = builder.op();
  op.imm = static_cast<uint64_t>(address.offset);
  op.x = kBaseNone;
  if (address.parts.empty()) return;
  const Operand& base = address.parts[0];
  const Symbol& symbol = *base.symbol;
  if (symbol.space == Space::kReg) {
    op.x = symbol.type_bytes == 8 ? kBase64 : kBase32;
    builder.use(7, {symbol.type_bytes == 8 ? 'd' : 'w', symbol.slot, false});
  } else if (symbol.space == Space::kLocal ||
             (symbol.space == Space::kParam && !symbol.kernel_param)) {
    op.x = kBaseFrame;
    op.imm += symbol.address;
  } else {
    op.imm += symbol.address;
  }
}

// discard{.global}.L2 [a], 128
void FunctionDecoder::discard() {
  expect_operands(2);
  const Operand& address = now_->operands[0];
  if (address.kind != Operand::kAddress) refuse("the address stands in [brackets]");
  const Operand& size = now_->operands[1];
  if (size.kind != Operand::kInteger || size.bits != 128) refuse("the size is 128");
  int space = space_word();
  if (space != kGlobalSpace && space != kGenericSpace) refuse("global memory alone is discarded");
  Builder b = emit("@discard");
  address_of(b, address);
  b.op().y = static_cast<uint8_t>(space);
  b.op().w = access_info(128, kWeak, false);
}

void FunctionDecoder::load_or_store(bool is_load) {
  const Instruction& i = *now_;
  Modifiers words;
  for (const std::string& w : i.words) {
    std::string base = w.substr(0, w.find("::"));
    words.non_coherent |= w == "nc";
    if (scope_of(w) != kWeak) words.scope = scope_of(w);
    if (w == "v2" || w == "v4") {
      words.vector = w[1] - '0';
    } else if (w == "volatile" || w == "relaxed" || w == "mmio" || w == "cv") {
      words.synchronizing = true;
    } else if (w == "acquire" || w == "release") {
      words.synchronizing = true;
      (w == "acquire" ? words.acquire : words.release) = true;
    } else if (type_bytes(w) > 0) {
      words.type = w;
    } else if (base != "global" && base != "const" && base != "shared" && base != "local" &&
               base != "param" && !is_hint(w)) {
      unknown();
    }
  }
  if (words.type.empty() || words.type == "b128") unknown();
  expect_operands(2);
  Operand address = i.operands[is_load ? 1 : 0];
  const Operand& data = i.operands[is_load ? 0 : 1];
  if (address.kind != Operand::kAddress) refuse("the address stands in [brackets]");
  int space = space_word();
  const Symbol* base = address.parts.empty() ? nullptr : address.parts[0].symbol;
  bool base_register = base != nullptr && base->space == Space::kReg;
  if (base_register && base->type_bytes != 8 && base->type_bytes != 4) {
    refuse("'" + base->name + "' is too narrow for an address");
  }
  if (base_register && base->type_bytes == 4 && (space == kGlobalSpace || space == kGenericSpace)) {
    refuse("global and generic addresses are 64 bits wide, '" + base->name + "' has 32");
  }
  bool parameter = space == kParamSpace && base != nullptr && base->kernel_param;
  // A device function's parameters, and those of its calls, lie in the thread's frame.
  if (space == kParamSpace && base != nullptr && !parameter &&
      (!base_register || !function_.is_entry)) {
    space = kLocalSpace;
  }
  if (space == kParamSpace && !is_load) refuse("kernel parameters cannot be written");
  auto memory_bytes = static_cast<uint32_t>(type_bytes(words.type));

  std::vector<Operand> elements{data};
  if (data.kind == Operand::kVector) elements = data.parts;
  if (static_cast<int>(elements.size()) != words.vector) {
    refuse("has " + std::to_string(elements.size()) + " data registers, needs " +
           std::to_string(words.vector));
  }
  if (parameter) {
    uint64_t end = base->address + static_cast<uint64_t>(address.offset) +
                   uint64_t{memory_bytes} * static_cast<uint64_t>(words.vector);
    uint64_t all = 0;
    for (const Symbol* p : function_.params) all = std::max(all, p->address + p->bytes);
    if (address.offset < 0 || end > all) refuse("reads past the end of the kernel's parameters");
  }
  // The row width: of the registers, or for constants and sinks of the type.
  char bank = memory_bytes == 8 ? 'd' : 'w';
  std::vector<Slot> slots;
  for (const Operand& element : elements) {
    if (is_register(element)) {
      bank = any_width(element, false).bank;
      if (element.symbol->type_bytes < memory_bytes) {
        refuse("'" + element.text + "' is too narrow for ." + words.type);
      }
    }
  }
  for (const Operand& element : elements) {
    if (element.kind == Operand::kSink && is_load) {
      slots.push_back(temporary(bank));
    } else if (is_register(element)) {
      slots.push_back(any_width(element, is_load));
      if (slots.back().bank != bank) refuse("the data registers differ in width");
    } else if (is_load) {
      refuse("the destination is no register");
    } else {
      bool float_type = words.type == "f32" || words.type == "f64";
      slots.push_back(source(element, bank == 'd'  ? (float_type ? 'F' : 'd')
                                      : float_type ? 'f'
                                                   : 'w'));
    }
  }
  if (memory_bytes == 8 && bank != 'd') refuse("needs 64-bit data registers");
  if (base != nullptr && base->space == Space::kShared && base->is_extern) {
    Slot moved = symbol_address(address.parts[0], false);  // dynamic shared memory
    Symbol scratch = *base;
    scratch.space = Space::kReg;
    scratch.type = "b32";
    scratch.type_bytes = 4;
    scratch.slot = moved.index;
    function_symbols_.push_back(scratch);
    address.parts[0].symbol = &function_symbols_.back();
  } else if (base != nullptr && base->is_extern && !base_register) {
    refuse("'" + base->name + "' is .extern and defined nowhere in the module");
  }
  if (words.synchronizing && words.scope == kWeak) words.scope = kScopeSystem;  // volatile, mmio
  if (!words.synchronizing) words.scope = kWeak;
  if (words.release) emit("@fence").op().w = words.scope;
  bool sign = words.type[0] == 's' && is_load && !(memory_bytes == 4 && bank == 'w');
  std::string key = std::string(is_load ? "ld." : "st.") +
                    (parameter               ? "parameter."
                     : space == kGlobalSpace ? "global."
                     : space == kSharedSpace ? "shared."
                                             : "other.") +
                    (sign && memory_bytes < 8 ? "s" : "u") + std::to_string(memory_bytes * 8) +
                    (bank == 'd' ? ".r64" : ".r32") + ".v" + std::to_string(words.vector);
  Builder b = emit(key);
  address_of(b, address);
  b.op().y = static_cast<uint8_t>(space);
  b.op().z = words.synchronizing ? kSynchronizing : 0;
  b.op().w = access_info(memory_bytes * static_cast<uint32_t>(words.vector), words.scope,
                         words.non_coherent);
  for (size_t k = 0; k < slots.size(); ++k) {
    if (is_load) {
      b.def(static_cast<int>(k), slots[k]);
    } else {
      b.use(static_cast<int>(k), slots[k]);
    }
  }
  if (words.acquire) emit("@fence").op().w = words.scope;
}

void FunctionDecoder::atomic(bool returns) {
  const Instruction& i = *now_;
  Modifiers words;
  for (const std::string& w : i.words) {
    std::string base = w.substr(0, w.find("::"));
    if (scope_of(w) != kWeak) words.scope = scope_of(w);
    if (w == "acquire" || w == "release" || w == "acq_rel") {
      words.acquire = w != "release";
      words.release = w != "acquire";
    } else if (type_bytes(w) > 0) {
      words.type = w;
    } else if (base == "global" || base == "shared" || w == "relaxed" || is_hint(w)) {
    } else if (words.operation.empty()) {
      words.operation = w;
    } else {
      unknown();
    }
  }
  const OpEntry* found = entry("atom." + words.operation + "." + words.type);
  if (found == nullptr) unknown();
  size_t sources = words.operation == "cas" ? 2 : 1;
  size_t first = returns ? 1 : 0;
  expect_operands(first + 1 + sources);
  const Operand& address = i.operands[first];
  if (address.kind != Operand::kAddress) refuse("the address stands in [brackets]");
  int space = space_word();
  Operand where = address;
  const Symbol* base = address.parts.empty() ? nullptr : address.parts[0].symbol;
  if (base != nullptr && base->space == Space::kShared && base->is_extern) {
    Slot moved = symbol_address(address.parts[0], false);
    Symbol scratch = *base;
    scratch.space = Space::kReg;
    scratch.type_bytes = 4;
    scratch.slot = moved.index;
    function_symbols_.push_back(scratch);
    where.parts[0].symbol = &function_symbols_.back();
  } else if (base != nullptr && base->is_extern && base->space != Space::kReg) {
    refuse("'" + base->name + "' is .extern and defined nowhere in the module");
  }
  Slot b = source(i.operands[first + 1], found->signature[1]);
  Slot c = sources == 2 ? source(i.operands[first + 2], found->signature[1]) : Slot{};
  Slot d = returns ? destination(i.operands[0], found->signature[0]) : Slot{};
  if (words.scope == kWeak) words.scope = kScopeDevice;
  if (words.release) emit("@fence").op().w = words.scope;
  Builder op = emit(found);
  address_of(op, where);
  op.op().y = static_cast<uint8_t>(space);
  op.op().w = access_info(static_cast<uint32_t>(type_bytes(words.type)), words.scope, false);
  op.use(1, b);
  if (sources == 2) op.use(2, c);
  if (returns) op.def(0, d);
  if (words.acquire) emit("@fence").op().w = words.scope;
}

void FunctionDecoder::convert_address() {
  const Instruction& i = *now_;
  expect_operands(2);
  int space = space_word();
  if (space == kGenericSpace || i.words.back() != "u64") unknown();
  uint64_t window = space == kSharedSpace  ? kSharedWindow
                    : space == kLocalSpace ? kLocalWindow
                    : space == kParamSpace ? kParamWindow
                                           : 0;
  if (space == kParamSpace && !function_.is_entry) window = kLocalWindow;
  Slot a = source(i.operands[1], 'd');
  Slot d = destination(i.operands[0], 'd');
  if (window == 0) {
    emit("mov.b64").def(0, d).use(1, a);
    return;
  }
  Slot offset = constant64(i.is("to") ? 0 - window : window);
  emit("add.u64").use(1, a).use(2, offset).def(0, d);
}

void FunctionDecoder::is_in_space() {
  const Instruction& i = *now_;
  expect_operands(2);
  int space = space_word();
  if (space == kGenericSpace || i.words.size() != 1) unknown();
  uint64_t window = space == kSharedSpace  ? kSharedWindow
                    : space == kLocalSpace ? kLocalWindow
                    : space == kParamSpace ? kParamWindow
                                           : kDeviceBase;
  Slot a = source(i.operands[1], 'd');
  Slot top = temporary('d');
  emit("shr.b64").def(0, top).use(1, a).use(2, constant32(56));
  Slot tag = constant64(i.is("const") ? ~uint64_t{0} : window >> 56);
  Slot p = destination(i.operands[0], 'p');
  emit("setp.eq.b64").use(2, top).use(3, tag).def(0, p);
}

}  // namespace simgpu
