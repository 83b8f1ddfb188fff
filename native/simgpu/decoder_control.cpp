// Branches, calls, barriers and the operations at which lanes meet.
#include "decoder.h"
#include "memory_access.h"
#include "ptx_parser.h"

namespace simgpu {

bool FunctionDecoder::is_control() const {
  static const char* const kNames[] = {"brx",     "call", "ret",  "exit",  "bar",   "trap", "brkpt",
                                       "barrier", "shfl", "vote", "match", "redux", "elect"};
  for (const char* name : kNames) {
    if (now_->name == name) return true;
  }
  return false;
}

bool FunctionDecoder::control() {
  const std::string& name = now_->name;
  if (name == "bra") return branch(), true;
  if (name == "brx") return branch_indexed(), true;
  if (name == "call") return call(), true;
  if (name == "ret") return return_from(), true;
  if (name == "exit") return emit("@exit", FlowKind::kEnd), true;
  if (name == "trap" || name == "brkpt") return emit("@trap", FlowKind::kEnd), true;
  if ((name == "bar" || name == "barrier") && !now_->is("warp") && !now_->is("cluster")) {
    return barrier(), true;
  }
  if (name == "bar" || name == "shfl" || name == "vote" || name == "match" || name == "redux" ||
      name == "elect") {
    return meeting(), true;
  }
  return false;
}

void FunctionDecoder::branch() {
  expect_operands(1);
  const Operand& target = now_->operands[0];
  if (target.kind != Operand::kLabel) refuse("the target is no label");
  if (now_->guard.kind == Operand::kNone) {
    emit("@bra", FlowKind::kJump).op().target = static_cast<uint32_t>(target.label);
    return;
  }
  Operand p = now_->guard;
  p.negated = false;
  Builder b = emit("@bra.if", FlowKind::kBranch);
  b.use(0, predicate(p));
  b.op().x = now_->guard.negated;
  b.op().target = static_cast<uint32_t>(target.label);
}

void FunctionDecoder::branch_indexed() {
  if (!now_->is("idx")) unknown();
  expect_operands(2);
  Slot index = source(now_->operands[0], 'w');
  const Operand& table = now_->operands[1];
  auto number = static_cast<size_t>(table.label);
  if (table.kind != Operand::kLabel || number >= function_.branch_tables.size()) {
    refuse("the second operand is no .branchtargets label");
  }
  Builder b = emit("@brx", FlowKind::kIndexed);
  b.use(0, index);
  for (int label : function_.branch_tables[number]) {
    b.flow->table.push_back(static_cast<uint32_t>(label));
  }
}

// Arguments and results travel through local memory: the callee's frame begins where the caller's
// ends, its results and parameters first, each in 16-byte steps.
void FunctionDecoder::pass(const Operand& operand, uint32_t offset, bool to_callee,
                           uint32_t bytes) {
  uint32_t outside = code_.local_bytes + offset;
  if (operand.kind == Operand::kSymbol && operand.symbol->space == Space::kParam &&
      !operand.symbol->kernel_param) {
    auto inside = static_cast<uint32_t>(operand.symbol->address);
    if (operand.symbol->bytes < bytes)
      refuse("'" + operand.text + "' is smaller than the callee's parameter");
    Builder b = emit("@copy.parameter");
    b.op().r[0] = static_cast<int32_t>(to_callee ? outside : inside);
    b.op().r[1] = static_cast<int32_t>(to_callee ? inside : outside);
    b.op().imm = bytes;
    return;
  }
  bool wide = bytes == 8;
  if (bytes > 8)
    refuse("a parameter of " + std::to_string(bytes) + " bytes needs a .param variable");
  Slot slot = to_callee ? (is_register(operand) ? any_width(operand, false)
                                                : source(operand, wide ? 'd' : 'w'))
                        : any_width(operand, true);
  if ((slot.bank == 'd') != wide)
    refuse("'" + operand.text + "' has not the width of the parameter");
  std::string key =
      std::string(to_callee ? "st" : "ld") + ".other." + (wide ? "u64.r64.v1" : "u32.r32.v1");
  Builder b = emit(key);
  b.op().x = kBaseFrame;
  b.op().y = kLocalSpace;
  b.op().w = access_info(wide ? 8 : 4, kWeak, false);
  b.op().imm = outside;
  if (to_callee) {
    b.use(0, slot);
  } else {
    b.def(0, slot);
  }
}

// Results in registers go to their places in the frame, where the caller looks for them.
void FunctionDecoder::return_from() {
  for (const Symbol* result : function_.returns) {
    if (result->space != Space::kReg) continue;
    bool wide = result->type_bytes == 8;
    Builder b = emit(wide ? "st.other.u64.r64.v1" : "st.other.u32.r32.v1");
    b.op().x = kBaseFrame;
    b.op().y = kLocalSpace;
    b.op().w = access_info(wide ? 8 : 4, kWeak, false);
    b.op().imm = result->address;
    b.use(0, {wide ? 'd' : 'w', result->slot, false});
  }
  emit("@ret", FlowKind::kEnd);
}

// Functions every CUDA program may call without defining them.
bool FunctionDecoder::call_runtime(const std::string& name) {
  if (name != "__assertfail" && name != "vprintf") return false;
  size_t wanted = name == "vprintf" ? 2 : 5;
  if (now_->arguments.size() != wanted) {
    refuse("'" + name + "' takes " + std::to_string(wanted) + " arguments");
  }
  std::vector<uint32_t> offsets;
  for (const Operand& argument : now_->arguments) {
    if (argument.kind != Operand::kSymbol || argument.symbol->space != Space::kParam) {
      refuse("the arguments of '" + name + "' must be .param variables");
    }
    offsets.push_back(static_cast<uint32_t>(argument.symbol->address));
  }
  Builder b = emit(name == "vprintf" ? "@printf" : "@assert");
  for (size_t i = 0; i < offsets.size(); ++i) b.op().r[i] = static_cast<int32_t>(offsets[i]);
  b.op().y = kGenericSpace;
  if (!now_->returns.empty() && now_->returns[0].symbol != nullptr) {
    b.op().r[5] = static_cast<int32_t>(now_->returns[0].symbol->address);
  }
  return true;
}

void FunctionDecoder::call() {
  const Instruction& i = *now_;
  const Operand& callee = i.operands[0];
  for (const auto* list : {&i.returns, &i.arguments}) {
    for (const Operand& o : *list) {
      if (o.kind == Operand::kLabel || o.kind == Operand::kFunction) {
        refuse("'" + o.text + "' is not declared");
      }
    }
  }
  std::vector<uint32_t> sizes;
  int target = -1;
  if (callee.kind == Operand::kFunction) {
    auto known = scope_.parsed->function_names.find(callee.text);
    if (known == scope_.parsed->function_names.end()) {
      refuse("the function '" + callee.text + "' is not declared");
    }
    const ParsedFunction& f = *known->second;
    if (!f.has_body) {
      if (call_runtime(callee.text)) return;
      throw LoadError(LoadErrorKind::kUnresolved, i.line,
                      "PTX line " + std::to_string(i.line) + ": the function '" + callee.text +
                          "' is declared but the module does not define it: link it in");
    }
    if (f.is_entry) refuse("'" + callee.text + "' is a kernel, which cannot be called");
    if (f.returns.size() != i.returns.size() || f.params.size() != i.arguments.size()) {
      refuse("'" + callee.text + "' takes " + std::to_string(f.params.size()) +
             " arguments and returns " + std::to_string(f.returns.size()) +
             " values; the call has " + std::to_string(i.arguments.size()) + " and " +
             std::to_string(i.returns.size()));
    }
    for (const auto* list : {&f.returns, &f.params}) {
      for (const Symbol* s : *list) sizes.push_back(static_cast<uint32_t>(s->bytes));
    }
    target = scope_.function_index.at(callee.text);
  } else {
    for (const auto* list : {&i.returns, &i.arguments}) {
      for (const Operand& o : *list) {
        sizes.push_back(o.symbol == nullptr                ? 8
                        : o.symbol->space == Space::kParam ? static_cast<uint32_t>(o.symbol->bytes)
                                                           : o.symbol->type_bytes);
      }
    }
  }
  Slot pointer = target < 0 ? source(callee, 'd') : Slot{};
  for (size_t k = 0; k < i.arguments.size(); ++k) {
    size_t position = i.returns.size() + k;
    pass(i.arguments[k], argument_offset(sizes, position), true, sizes[position]);
  }
  Builder b = emit(target < 0 ? "@call.indirect" : "@call");
  if (target < 0) {
    b.use(4, pointer);
  } else {
    b.op().target = static_cast<uint32_t>(target);
  }
  for (size_t k = 0; k < i.returns.size(); ++k) {
    if (i.returns[k].kind == Operand::kSink) continue;
    pass(i.returns[k], argument_offset(sizes, k), false, sizes[k]);
  }
}

// bar{.cta}.{sync,arrive,red} and barrier{.cta}, which is not .aligned unless it says so.
void FunctionDecoder::barrier() {
  const Instruction& i = *now_;
  bool aligned = i.name == "bar" || i.is("aligned");
  bool arrive = i.is("arrive"), reduce = i.is("red");
  if (!arrive && !reduce && !i.is("sync")) unknown();
  uint8_t reduction = 0;
  size_t first = 0;
  Slot result;
  if (reduce) {
    reduction = i.is("popc") ? 1 : i.is("and") ? 2 : i.is("or") ? 3 : 0;
    if (reduction == 0) unknown();
    first = 1;
  }
  size_t count = i.operands.size();
  if (count < first + 1 + (reduce ? 1 : 0) || count > first + 2 + (reduce ? 1 : 0)) {
    refuse("has " + std::to_string(count) + " operands");
  }
  const Operand& number = i.operands[first];
  const Operand* threads = count == first + 2 + (reduce ? 1 : 0) ? &i.operands[first + 1] : nullptr;
  if (arrive && threads == nullptr) refuse("needs the number of threads");
  Slot number_slot, threads_slot, p;
  if (number.kind != Operand::kInteger) number_slot = source(number, 'w');
  if (threads != nullptr && threads->kind != Operand::kInteger)
    threads_slot = source(*threads, 'w');
  if (reduce) {
    p = source(i.operands.back(), 'p');
    result = destination(i.operands[0], reduction == 1 ? 'w' : 'p');
  }
  if (number.kind == Operand::kInteger && number.bits > 15) refuse("there are barriers 0 to 15");
  Builder b = emit("@barrier");
  Op& op = b.op();
  op.x = arrive;
  op.z = reduction;
  op.w = aligned;
  if (number.kind == Operand::kInteger) {
    op.y = static_cast<uint8_t>(number.bits);
  } else {
    b.use(1, number_slot);
  }
  if (threads != nullptr && threads->kind == Operand::kInteger) {
    op.imm = threads->bits;
  } else if (threads != nullptr) {
    b.use(2, threads_slot);
  }
  if (reduce) b.use(3, p).def(0, result);
}

void FunctionDecoder::meeting() {
  const Instruction& i = *now_;
  const std::string& name = i.name;
  auto first_of = [&](std::initializer_list<const char*> words) {
    int index = 0;
    for (const char* w : words) {
      if (i.is(w)) return index;
      ++index;
    }
    unknown();
  };
  if (!i.is("sync")) {
    refuse("the form without .sync does not exist on the simulated devices: name the lanes");
  }
  MeetingKind kind = kWarpBarrier;
  int mode = 0;
  char result = 'w', operand = 'w';
  size_t sources = 0;  // between the destination and the mask
  bool has_result = true, may_pair = false;
  if (name == "shfl") {
    kind = kShuffle;
    mode = first_of({"up", "down", "bfly", "idx"});
    if (i.words.back() != "b32") unknown();
    sources = 3;
    may_pair = true;
  } else if (name == "vote") {
    kind = kVote;
    mode = first_of({"all", "any", "uni", "ballot"});
    sources = 1;
    operand = 'p';
    result = mode == kVoteBallot ? 'w' : 'p';
  } else if (name == "match") {
    kind = kMatch;
    mode = first_of({"any", "all"}) + (i.words.back() == "b64" ? 2 : 0);
    operand = i.words.back() == "b64" ? 'd' : 'w';
    sources = 1;
    may_pair = i.is("all");
  } else if (name == "redux") {
    kind = kRedux;
    const std::string& type = i.words.back();
    bool is_signed = type == "s32";
    if (type != "u32" && type != "s32" && type != "b32") unknown();
    mode = i.is("add")   ? kReduxAdd
           : i.is("min") ? (is_signed ? kReduxMinS : kReduxMinU)
           : i.is("max") ? (is_signed ? kReduxMaxS : kReduxMaxU)
                         : kReduxAnd + first_of({"and", "or", "xor"});
    sources = 1;
  } else if (name == "elect") {
    kind = kElect;
    may_pair = true;
  } else {
    has_result = false;  // bar.warp.sync
  }
  size_t first = has_result ? 1 : 0;
  expect_operands(first + sources + 1);
  Slot slots[3];
  for (size_t k = 0; k < sources; ++k) {
    slots[k] = source(i.operands[first + k], k == 0 ? operand : 'w');
  }
  Slot members = source(i.operands.back(), 'w');
  Slot d, p;
  bool pair = has_result && i.operands[0].kind == Operand::kPair;
  if (pair && !may_pair) refuse("a pair of destinations is not possible here");
  if (has_result) d = destination(pair ? i.operands[0].parts[0] : i.operands[0], result);
  if (pair) p = destination(i.operands[0].parts[1], 'p');
  Builder b = emit("@meeting");
  b.op().x = kind;
  b.op().y = static_cast<uint8_t>(mode);
  b.op().imm = static_cast<uint64_t>(kind) << 8 | static_cast<uint64_t>(mode);
  for (size_t k = 0; k < sources; ++k) b.use(static_cast<int>(k) + 2, slots[k]);
  b.use(5, members);
  if (has_result) b.def(result == 'p' ? 1 : 0, d);
  if (pair) b.def(1, p);
}

}  // namespace simgpu
