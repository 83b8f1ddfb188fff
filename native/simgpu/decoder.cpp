#include "decoder.h"

#include <algorithm>
#include <cstring>

#include "memory_access.h"

namespace simgpu {

uint32_t argument_offset(const std::vector<uint32_t>& sizes, size_t index) {
  uint32_t at = 0;
  for (size_t i = 0; i < index; ++i) at += (sizes[i] + 15) / 16 * 16;
  return at;
}

FunctionDecoder::FunctionDecoder(ModuleScope& scope, const ParsedFunction& function, int index)
    : scope_(scope), function_(function), index_(index) {}

void FunctionDecoder::refuse(const std::string& why) const {
  throw LoadError(LoadErrorKind::kInvalidPtx, now_->line,
                  "PTX line " + std::to_string(now_->line) + ": " + now_->text() + ": " + why);
}

void FunctionDecoder::unknown() const {
  refuse("this instruction is unknown to the simulated GPU");
}

void FunctionDecoder::expect_operands(size_t count) const {
  if (now_->operands.size() != count) {
    refuse("needs " + std::to_string(count) + " operands, has " +
           std::to_string(now_->operands.size()));
  }
}

// --- Building operations ---------------------------------------------------------------------

FunctionDecoder::Builder& FunctionDecoder::Builder::def(int position, Slot slot) {
  flow->op.r[position] = slot.index;
  flow->registers.push_back({slot.bank, true, !owner->in_guard_, slot.index});
  return *this;
}

FunctionDecoder::Builder& FunctionDecoder::Builder::use(int position, Slot slot) {
  flow->op.r[position] = slot.index;
  if (!slot.constant) flow->registers.push_back({slot.bank, false, true, slot.index});
  return *this;
}

const OpEntry* FunctionDecoder::entry(const std::string& key) const {
  return OpTable::instance().find(key);
}

FunctionDecoder::Builder FunctionDecoder::emit(const OpEntry* entry, FlowKind kind) {
  ops_.emplace_back();
  FlowOp& f = ops_.back();
  f.kind = kind;
  f.op.fn = entry->fn;
  f.op.source = source_;
  return {&f, this};
}

FunctionDecoder::Builder FunctionDecoder::emit(const std::string& key, FlowKind kind) {
  const OpEntry* found = entry(key);
  if (found == nullptr) unknown();
  return emit(found, kind);
}

int FunctionDecoder::new_label() {
  labels_.push_back(-1);
  return static_cast<int>(labels_.size()) - 1;
}

void FunctionDecoder::place_label(int label) {
  labels_[static_cast<size_t>(label)] = static_cast<int64_t>(ops_.size());
}

// --- Frame -----------------------------------------------------------------------------------

Slot FunctionDecoder::temporary(char bank) {
  uint32_t& count = bank == 'w' ? code_.slots32 : bank == 'd' ? code_.slots64 : code_.predicates;
  return {bank, static_cast<int32_t>(count++), false};
}

Slot FunctionDecoder::constant32(uint32_t value) {
  auto found = constants32_.find(value);
  if (found != constants32_.end()) return {'w', found->second, true};
  Slot slot = temporary('w');
  constants32_[value] = slot.index;
  code_.constants32.push_back({slot.index, value});
  slot.constant = true;
  return slot;
}

Slot FunctionDecoder::constant64(uint64_t value) {
  auto found = constants64_.find(value);
  if (found != constants64_.end()) return {'d', found->second, true};
  Slot slot = temporary('d');
  constants64_[value] = slot.index;
  code_.constants64.push_back({slot.index, value});
  slot.constant = true;
  return slot;
}

Slot FunctionDecoder::carry_flag() {
  if (carry_ < 0) carry_ = temporary('p').index;
  return {'p', carry_, false};
}

void FunctionDecoder::lay_out_frame() {
  uint32_t at = 0;
  auto place = [&](const Symbol& symbol, uint32_t alignment) {
    auto* s = const_cast<Symbol*>(&symbol);
    at = (at + alignment - 1) / alignment * alignment;
    s->address = at;
    if (symbol.bytes > (1u << 24)) {
      throw LoadError(LoadErrorKind::kInvalidPtx, symbol.line,
                      "PTX line " + std::to_string(symbol.line) + ": '" + symbol.name +
                          "' takes more local memory than a thread has");
    }
    at += static_cast<uint32_t>(symbol.bytes);
  };
  if (function_.is_entry) {
    uint32_t offset = 0;
    for (Symbol* p : function_.params) {
      offset = (offset + p->align - 1) / p->align * p->align;
      p->address = offset;
      offset += static_cast<uint32_t>(p->bytes);
    }
  } else {
    for (const auto* list : {&function_.returns, &function_.params}) {
      for (Symbol* p : *list) place(*p, 16);  // as argument_offset does on the caller's side
    }
  }
  for (const Symbol& symbol : function_.symbols) {
    bool formal = std::find(function_.params.begin(), function_.params.end(), &symbol) !=
                      function_.params.end() ||
                  std::find(function_.returns.begin(), function_.returns.end(), &symbol) !=
                      function_.returns.end();
    if (symbol.space == Space::kReg) {
      char bank = symbol.type == "pred" ? 'p' : symbol.type_bytes == 8 ? 'd' : 'w';
      const_cast<Symbol&>(symbol).slot = temporary(bank).index;
    } else if (!formal && (symbol.space == Space::kLocal || symbol.space == Space::kParam)) {
      place(symbol, std::max<uint32_t>(symbol.align, 16));
    }
  }
  code_.local_bytes = (at + 15) / 16 * 16;
}

int FunctionDecoder::run() {
  code_.name = function_.name;
  code_.is_entry = function_.is_entry;
  if (!function_.is_entry) temporary('w');  // row 0: the place to return to
  lay_out_frame();
  labels_.assign(function_.labels.size(), -1);
  Instruction start;
  start.line = function_.line;
  start.name = function_.name;
  now_ = &start;
  auto new_source = [&](const Instruction& i) {
    scope_.program->sources.push_back({i.line, i.source_file, i.source_line, index_, i.text()});
    source_ = static_cast<uint32_t>(scope_.program->sources.size()) - 1;
  };
  new_source(start);
  for (Symbol* p : function_.params) {
    if (p->space != Space::kReg) continue;  // formal .reg parameters arrive in local memory
    bool wide = p->type_bytes == 8;
    Builder b = emit(std::string("ld.other.") + (wide ? "u64.r64" : "u32.r32") + ".v1");
    b.op().x = kBaseFrame;
    b.op().y = kLocalSpace;
    b.op().w = access_info(wide ? 8 : 4, kWeak, false);
    b.op().imm = p->address;
    b.def(0, {wide ? 'd' : 'w', p->slot, false});
  }
  size_t label = 0;
  std::vector<std::pair<size_t, size_t>> order;  // place, label
  for (size_t i = 0; i < function_.labels.size(); ++i) order.emplace_back(function_.labels[i], i);
  std::sort(order.begin(), order.end());
  for (size_t i = 0; i <= function_.code.size(); ++i) {
    for (; label < order.size() && order[label].first == i; ++label) {
      place_label(static_cast<int>(order[label].second));
    }
    if (i == function_.code.size()) break;
    now_ = &function_.code[i];
    new_source(*now_);
    instruction(*now_);
  }
  return_from();
  for (FlowOp& f : ops_) {
    if (f.kind == FlowKind::kJump || f.kind == FlowKind::kBranch) {
      f.op.target = static_cast<uint32_t>(labels_[f.op.target]);
    }
    for (uint32_t& target : f.table) target = static_cast<uint32_t>(labels_[target]);
  }
  Handler call = entry("@call")->fn, indirect = entry("@call.indirect")->fn;
  Layout layout = lay_out(std::move(ops_), entry("@bra")->fn, entry("@join")->fn);
  Program& program = *scope_.program;
  code_.begin = static_cast<uint32_t>(program.code.size());
  for (FlowOp& f : layout.ops) {
    if (f.kind == FlowKind::kJump || f.kind == FlowKind::kBranch) f.op.target += code_.begin;
    if (f.kind == FlowKind::kIndexed) {
      for (uint32_t& target : f.table) target += code_.begin;
      f.op.imm = program.branch_tables.size();
      program.branch_tables.push_back(f.table);
    }
    if (f.op.fn == call || f.op.fn == indirect) {  // how far the callee's frame lies above
      f.op.r[0] = static_cast<int32_t>(code_.slots32);
      f.op.r[1] = static_cast<int32_t>(code_.slots64);
      f.op.r[2] = static_cast<int32_t>(code_.predicates);
      f.op.r[3] = static_cast<int32_t>(code_.local_bytes);
    }
    program.code.push_back(f.op);
  }
  for (const RegisterUse& use : layout.undefined) {
    (use.bank == 'w'   ? code_.undefined32
     : use.bank == 'd' ? code_.undefined64
                       : code_.undefined_predicates)
        .push_back(use.slot);
  }
  program.functions[static_cast<size_t>(index_)] = std::move(code_);
  return layout.live_registers;
}

// --- Instructions ----------------------------------------------------------------------------

void FunctionDecoder::branch_around(const Operand& guard, int label) {
  Builder b = emit("@bra.if", FlowKind::kBranch);
  Operand p = guard;
  p.negated = false;
  b.use(0, predicate(p));
  b.op().x = guard.negated ? 0 : 1;  // leave when the guard does not hold
  b.op().target = static_cast<uint32_t>(label);
}

void FunctionDecoder::instruction(const Instruction& i) {
  if (i.guard.kind == Operand::kNone || i.name == "bra") return plain(i);
  if (is_control()) {
    int label = new_label();
    branch_around(i.guard, label);
    plain(i);
    place_label(label);
    return;
  }
  guarded(i);
}

void FunctionDecoder::guarded(const Instruction& i) {
  size_t at = ops_.size();
  Operand p = i.guard;
  p.negated = false;
  Builder b = emit("@guard");
  b.use(0, predicate(p));
  b.op().x = i.guard.negated ? 1 : 0;
  in_guard_ = true;
  plain(i);
  in_guard_ = false;
  emit("@unguard");
  ops_[at].op.imm = ops_.size() - at;
}

void FunctionDecoder::plain(const Instruction& i) {
  if (i.name.rfind("mma", 0) == 0 || i.name == "ldmatrix" || i.name == "stmatrix" ||
      i.name == "cp" || i.name == "wgmma" || i.name == "tcgen05") {
    refuse("this instruction is not simulated yet");
  }
  if (control() || memory() || arithmetic()) return;
  unknown();
}

// --- Operands --------------------------------------------------------------------------------

Slot FunctionDecoder::predicate(const Operand& operand) {
  if (!is_register(operand) || operand.symbol->type != "pred") {
    refuse("'" + operand.text + "' is not a predicate register");
  }
  Slot slot{'p', operand.symbol->slot, false};
  if (!operand.negated) return slot;
  Slot inverse = temporary('p');
  emit("not.pred").def(0, inverse).use(1, slot);
  return inverse;
}

Slot FunctionDecoder::special(const Operand& operand, bool wide) {
  static const std::map<std::string, SpecialRegister> kNames = {
      {"%tid.x", SpecialRegister::kTidX},
      {"%tid.y", SpecialRegister::kTidY},
      {"%tid.z", SpecialRegister::kTidZ},
      {"%laneid", SpecialRegister::kLaneid},
      {"%lanemask_eq", SpecialRegister::kLanemaskEq},
      {"%lanemask_lt", SpecialRegister::kLanemaskLt},
      {"%lanemask_le", SpecialRegister::kLanemaskLe},
      {"%lanemask_ge", SpecialRegister::kLanemaskGe},
      {"%lanemask_gt", SpecialRegister::kLanemaskGt},
      {"%ntid.x", SpecialRegister::kNtidX},
      {"%ntid.y", SpecialRegister::kNtidY},
      {"%ntid.z", SpecialRegister::kNtidZ},
      {"%ctaid.x", SpecialRegister::kCtaidX},
      {"%ctaid.y", SpecialRegister::kCtaidY},
      {"%ctaid.z", SpecialRegister::kCtaidZ},
      {"%nctaid.x", SpecialRegister::kNctaidX},
      {"%nctaid.y", SpecialRegister::kNctaidY},
      {"%nctaid.z", SpecialRegister::kNctaidZ},
      {"%warpid", SpecialRegister::kWarpid},
      {"%nwarpid", SpecialRegister::kNwarpid},
      {"%smid", SpecialRegister::kSmid},
      {"%nsmid", SpecialRegister::kNsmid},
      {"%gridid", SpecialRegister::kZero},
      {"%clock", SpecialRegister::kClock},
      {"%clock64", SpecialRegister::kClock},
      {"%clock_hi", SpecialRegister::kClockHigh},
      {"%globaltimer", SpecialRegister::kTimer},
      {"%globaltimer_lo", SpecialRegister::kTimer},
      {"%globaltimer_hi", SpecialRegister::kClockHigh},
      {"%dynamic_smem_size", SpecialRegister::kDynamicShared},
      {"%total_smem_size", SpecialRegister::kTotalShared}};
  auto found = kNames.find(operand.text);
  if (found == kNames.end()) refuse("the special register '" + operand.text + "' is not simulated");
  Slot slot = temporary(wide ? 'd' : 'w');
  Builder b = emit("@special");
  b.def(0, slot);
  b.op().x = static_cast<uint8_t>(found->second);
  b.op().y = wide;
  return slot;
}

Slot FunctionDecoder::symbol_address(const Operand& operand, bool wide) {
  if (operand.kind == Operand::kFunction) {
    auto found = scope_.function_index.find(operand.text);
    if (found == scope_.function_index.end()) refuse("'" + operand.text + "' is not declared");
    return constant64(kFunctionWindow + static_cast<uint64_t>(found->second) * 16);
  }
  const Symbol& symbol = *operand.symbol;
  auto offset = static_cast<uint64_t>(operand.offset);
  bool frame =
      symbol.space == Space::kLocal || (symbol.space == Space::kParam && !symbol.kernel_param);
  if (frame) {
    Slot slot = temporary(wide ? 'd' : 'w');
    Builder b = emit("@local.address");
    b.def(0, slot);
    b.op().x = wide;
    b.op().imm = symbol.address + offset;
    return slot;
  }
  if (symbol.space == Space::kShared && symbol.is_extern) {  // dynamic: behind the static part
    Slot size = temporary('w'), total = temporary('w'), base = temporary('w');
    Builder b = emit("@special");
    b.def(0, size);
    b.op().x = static_cast<uint8_t>(SpecialRegister::kDynamicShared);
    Builder t = emit("@special");
    t.def(0, total);
    t.op().x = static_cast<uint8_t>(SpecialRegister::kTotalShared);
    emit("sub.u32").def(0, base).use(1, total).use(2, size);
    if (offset != 0) {
      Slot moved = temporary('w');
      emit("add.u32").def(0, moved).use(1, base).use(2, constant32(static_cast<uint32_t>(offset)));
      base = moved;
    }
    if (!wide) return base;
    Slot wide_base = temporary('d');
    emit("cvt.u64.u32").def(0, wide_base).use(1, base);
    return wide_base;
  }
  if (symbol.is_extern)
    refuse("'" + symbol.name + "' is .extern and defined nowhere in the module");
  uint64_t address = symbol.address + offset;
  return wide ? constant64(address) : constant32(static_cast<uint32_t>(address));
}

Slot FunctionDecoder::immediate(const Operand& operand, char letter) {
  double as_double = 0;
  if (operand.kind == Operand::kFloat) std::memcpy(&as_double, &operand.bits, 8);
  if (operand.kind == Operand::kFloat32) {
    auto narrow = static_cast<uint32_t>(operand.bits);
    float as_float;
    std::memcpy(&as_float, &narrow, 4);
    as_double = static_cast<double>(as_float);
  }
  bool is_integer = operand.kind == Operand::kInteger;
  if (letter == 'd' || letter == 'F') {
    uint64_t bits = operand.bits;
    if (letter == 'F' && is_integer) as_double = static_cast<double>(static_cast<int64_t>(bits));
    if (letter == 'F' || !is_integer) std::memcpy(&bits, &as_double, 8);
    return constant64(bits);
  }
  uint32_t bits = static_cast<uint32_t>(operand.bits);
  if (letter == 'f' && is_integer)
    as_double = static_cast<double>(static_cast<int64_t>(operand.bits));
  if ((letter == 'f' || !is_integer) && operand.kind != Operand::kFloat32) {
    auto as_float = static_cast<float>(as_double);
    std::memcpy(&bits, &as_float, 4);
  }
  if (letter == 'h' || letter == 'H' || letter == 'B') {
    if (!is_integer) refuse("a 16-bit operand takes its immediate as bits, not as a float");
    bits &= 0xffff;
  }
  return constant32(bits);
}

Slot FunctionDecoder::source(const Operand& operand, char letter) {
  if (letter == 'p') {
    if (operand.kind == Operand::kInteger) {  // true or false
      Slot slot = temporary('p');
      Slot value = constant32(static_cast<uint32_t>(operand.bits != 0));
      Builder b = emit("setp.ne.b32");
      b.def(0, slot).use(2, value).use(3, constant32(0));
      return slot;
    }
    return predicate(operand);
  }
  bool wide = letter == 'd' || letter == 'F';
  switch (operand.kind) {
    case Operand::kInteger:
    case Operand::kFloat:
    case Operand::kFloat32:
      return immediate(operand, letter);
    case Operand::kSpecial:
      return special(operand, wide);
    case Operand::kFunction:
      return symbol_address(operand, wide);
    case Operand::kSymbol:
      break;
    default:
      refuse("an operand is missing or of the wrong kind");
  }
  if (operand.negated) refuse("'!' belongs before a predicate");
  if (operand.symbol->space != Space::kReg) return symbol_address(operand, wide);
  uint32_t bytes = operand.symbol->type_bytes;
  uint32_t wanted = wide ? 8 : letter == 'w' || letter == 'f' ? 4 : 2;
  bool fits = bytes == wanted || (wanted == 2 && bytes == 1);
  if (!fits || operand.symbol->type == "pred") {
    refuse("'" + operand.text + "' is a ." + operand.symbol->type + " register where " +
           std::to_string(wanted * 8) + " bits are needed");
  }
  return {wide ? 'd' : 'w', operand.symbol->slot, false};
}

Slot FunctionDecoder::destination(const Operand& operand, char letter) {
  if (operand.kind == Operand::kSink) {
    return temporary(letter == 'p' ? 'p' : letter == 'd' || letter == 'F' ? 'd' : 'w');
  }
  if (!is_register(operand) || operand.negated) refuse("the destination is no register");
  return letter == 'p' ? predicate(operand) : source(operand, letter);
}

Slot FunctionDecoder::any_width(const Operand& operand, bool is_destination) {
  if (operand.kind == Operand::kSink && is_destination) return temporary('w');
  if (!is_register(operand) || operand.symbol->type == "pred") {
    refuse("'" + operand.text + "' is not a register that holds a number");
  }
  return {operand.symbol->type_bytes == 8 ? 'd' : 'w', operand.symbol->slot, false};
}

void FunctionDecoder::table_driven(const OpEntry* found, const std::vector<Operand>& operands) {
  size_t count = std::strlen(found->signature);
  if (operands.size() != count) {
    refuse("needs " + std::to_string(count) + " operands, has " + std::to_string(operands.size()));
  }
  std::vector<Slot> slots(count);
  for (size_t i = 1; i < count; ++i) slots[i] = source(operands[i], found->signature[i]);
  if (operands[0].kind == Operand::kPair) refuse("a pair of destinations is not possible here");
  slots[0] = destination(operands[0], found->signature[0]);
  Builder b = emit(found);
  for (size_t i = 1; i < count; ++i) b.use(static_cast<int>(i), slots[i]);
  b.def(0, slots[0]);
}

}  // namespace simgpu
