// mov, setp, set, selp, and the arithmetic families: from PTX's modifiers to canonical names.
#include <algorithm>

#include "decoder.h"
#include "ptx_parser.h"

namespace simgpu {
namespace {

bool is_rounding(const std::string& w) { return w == "rn" || w == "rz" || w == "rm" || w == "rp"; }

bool is_half(const std::string& type) {
  return type == "f16" || type == "f16x2" || type == "bf16" || type == "bf16x2";
}

// The untyped name of a type's width: b16, b32, b64.
std::string bits_type(const std::string& type) {
  if (type == "pred") return type;
  return "b" + std::to_string(std::max(2, type_bytes(type)) * 8);
}

}  // namespace

bool FunctionDecoder::arithmetic() {
  const Instruction& i = *now_;
  if (i.words.empty()) return false;
  const std::string& name = i.name;
  const std::string& type = i.words.back();
  if (name == "mov") return move(), true;
  if (name == "setp") return compare(), true;
  if (name == "set") return set(), true;
  if (name == "cvt") return convert(), true;
  if (name == "selp" && type_bytes(type) > 0) {
    table_driven(entry("selp." + bits_type(type)), i.operands);
    return true;
  }
  if (name == "slct" && i.words.size() >= 2) {
    const std::string& value = i.words[0];
    const OpEntry* found =
        entry("slct." + (type_bytes(value) > 0 ? bits_type(value) : value) + "." + type);
    if (found == nullptr) return false;
    table_driven(found, i.operands);
    return true;
  }
  if (name == "lop3" && type == "b32") {
    expect_operands(5);
    if (i.operands[4].kind != Operand::kInteger) refuse("the truth table must be an integer");
    std::vector<Operand> operands(i.operands.begin(), i.operands.end() - 1);
    table_driven(entry("lop3.b32"), operands);
    ops_.back().op.imm = i.operands[4].bits & 255;
    return true;
  }
  bool carries = i.is("cc") || name == "addc" || name == "subc" || name == "madc";
  if (const OpEntry* found = carries ? entry(i.text()) : nullptr) {
    Slot flag = carry_flag();
    table_driven(found, i.operands);
    Builder b{&ops_.back(), this};
    if (name.back() == 'c') b.use(7, flag);
    if (i.is("cc")) b.def(7, flag);
    return true;
  }
  if (is_half(type)) return half_family(type), true;
  if ((type == "f32" || type == "f64") && name != "testp") return float_family(type), true;
  const OpEntry* found = entry(i.text());
  if (found == nullptr || i.text()[0] == '@') return false;
  table_driven(found, i.operands);
  return true;
}

void FunctionDecoder::move() {
  const Instruction& i = *now_;
  expect_operands(2);
  const std::string& type = i.words.back();
  int bytes = type_bytes(type);
  if (bytes < 0 || bytes == 1 || bytes == 16) unknown();
  const Operand &to = i.operands[0], &from = i.operands[1];
  if (to.kind == Operand::kVector || from.kind == Operand::kVector) {
    return pack_or_unpack(to, from, bytes * 8);
  }
  char letter = type == "pred" ? 'p' : bytes == 8 ? 'd' : bytes == 4 ? 'w' : 'h';
  Slot slot = source(from, letter);
  Slot d = destination(to, letter);
  emit("mov." + bits_type(type)).def(0, d).use(1, slot);
}

void FunctionDecoder::pack_or_unpack(const Operand& to, const Operand& from, int bits) {
  bool packing = from.kind == Operand::kVector;
  const Operand& vector = packing ? from : to;
  const Operand& scalar = packing ? to : from;
  auto count = static_cast<int>(vector.parts.size());
  if (scalar.kind == Operand::kVector || (count != 2 && count != 4) || bits / count < 8) {
    refuse("a vector of 2 or 4 registers stands on one side, one register on the other");
  }
  int part = bits / count;
  char scalar_letter = bits == 64 ? 'd' : bits == 32 ? 'w' : 'h';
  char part_letter = part == 32 ? 'w' : 'h';
  if (packing) {
    Slot slots[4];
    for (int k = 0; k < count; ++k)
      slots[k] = source(vector.parts[static_cast<size_t>(k)], part_letter);
    Slot d = destination(scalar, scalar_letter);
    Builder b = emit(bits == 64 ? "@pack.64" : "@pack.32");
    for (int k = 0; k < count; ++k) b.use(k + 1, slots[k]);
    b.def(0, d);
    b.op().x = static_cast<uint8_t>(part);
    b.op().y = static_cast<uint8_t>(count);
    return;
  }
  Slot a = source(scalar, scalar_letter);
  for (int k = 0; k < count; ++k) {
    const Operand& element = vector.parts[static_cast<size_t>(k)];
    if (element.kind == Operand::kSink) continue;
    Slot d = destination(element, part_letter);
    Builder b = emit(bits == 64 ? "@unpack.64" : "@unpack.32");
    b.use(1, a).def(0, d);
    b.op().imm = static_cast<uint64_t>(k * part);
    b.op().x = static_cast<uint8_t>(part);
  }
}

void FunctionDecoder::compare() {
  const Instruction& i = *now_;
  std::string order, type = i.words.back();
  uint8_t boolean = 0;
  bool ftz = false;
  for (size_t k = 0; k + 1 < i.words.size(); ++k) {
    const std::string& w = i.words[k];
    if (w == "and" || w == "or" || w == "xor") {
      boolean = w == "and" ? 1 : w == "or" ? 2 : 3;
    } else if (w == "ftz") {
      ftz = type == "f32" || is_half(type);
    } else if (order.empty()) {
      order = w;
    } else {
      unknown();
    }
  }
  if (type[0] == 'u' || type[0] == 'b') {
    if (order == "lo") order = "lt";
    if (order == "ls") order = "le";
    if (order == "hi") order = "gt";
    if (order == "hs") order = "ge";
  }
  const OpEntry* found = entry("setp." + order + (ftz && type == "f32" ? ".ftz." : ".") + type);
  if (found == nullptr) unknown();
  expect_operands(boolean != 0 ? 4 : 3);
  Slot a = source(i.operands[1], found->signature[0]);
  Slot b = source(i.operands[2], found->signature[1]);
  if (ftz && is_half(type)) {
    for (Slot* s : {&a, &b}) {
      Slot flushed = temporary('w');
      emit("flush." + type).def(0, flushed).use(1, *s);
      *s = flushed;
    }
  }
  Slot c = boolean != 0 ? predicate(i.operands[3]) : Slot{};
  const Operand& to = i.operands[0];
  bool pair = to.kind == Operand::kPair;
  Slot p = destination(pair ? to.parts[0] : to, 'p');
  Slot q = pair ? destination(to.parts[1], 'p') : Slot{};
  Builder op = emit(found);
  op.use(2, a).use(3, b);
  if (boolean != 0) op.use(4, c);
  op.op().x = boolean;
  op.def(0, p);
  if (pair) op.def(1, q);
}

// set: setp into a scratch predicate, then select all ones (or 1.0) or zero.
void FunctionDecoder::set() {
  const Instruction& i = *now_;
  if (i.words.size() < 3) unknown();
  std::string type = i.words[i.words.size() - 2];
  if (type != "u32" && type != "s32" && type != "f32" && type != "b32") unknown();
  Instruction compare_only = i;
  compare_only.name = "setp";
  compare_only.words.erase(compare_only.words.end() - 2);
  Symbol scratch;
  scratch.space = Space::kReg;
  scratch.type = "pred";
  scratch.slot = temporary('p').index;
  compare_only.operands[0] = Operand();
  compare_only.operands[0].kind = Operand::kSymbol;
  compare_only.operands[0].symbol = &scratch;
  now_ = &compare_only;
  compare();
  now_ = &i;
  Slot one = constant32(type == "f32" ? 0x3f800000u : ~0u), zero = constant32(0);
  Slot d = destination(i.operands[0], 'w');
  emit("selp.b32").use(1, one).use(2, zero).use(3, {'p', scratch.slot, false}).def(0, d);
}

void FunctionDecoder::float_family(const std::string& type) {
  const Instruction& i = *now_;
  std::string name = i.name == "mad" ? "fma" : i.name, key = name;
  std::string rounding;
  bool ftz = false, sat = false, approximate = false, nan = false;
  for (size_t k = 0; k + 1 < i.words.size(); ++k) {
    const std::string& w = i.words[k];
    if (is_rounding(w)) {
      rounding = w;
    } else if (w == "ftz") {
      ftz = true;
    } else if (w == "sat") {
      sat = true;
    } else if (w == "approx" || w == "full") {
      approximate = true;
      key += "." + w;
    } else if (w == "NaN") {
      nan = true;
    } else {
      unknown();
    }
  }
  bool needs_rounding =
      name == "fma" || ((name == "div" || name == "rcp" || name == "sqrt") && !approximate);
  if (needs_rounding && rounding.empty()) refuse("needs a rounding modifier (.rn, .rz, .rm, .rp)");
  if (nan) key += ".NaN";
  if (!rounding.empty() && rounding != "rn") key += "." + rounding;
  if (ftz) key += ".ftz";
  const OpEntry* found = entry(key + "." + type);
  if (found == nullptr) unknown();
  if (!sat) return table_driven(found, i.operands);
  std::vector<Operand> operands = i.operands;
  if (operands.empty()) refuse("needs operands");
  Slot d = destination(operands[0], type == "f64" ? 'F' : 'f');
  table_driven(found, operands);
  emit("sat." + type).def(0, d).use(1, d);
}

void FunctionDecoder::half_family(const std::string& type) {
  const Instruction& i = *now_;
  bool ftz = false, sat = false, relu = false;
  std::string key = i.name;
  for (size_t k = 0; k + 1 < i.words.size(); ++k) {
    const std::string& w = i.words[k];
    if (w == "ftz") {
      ftz = true;
    } else if (w == "sat") {
      sat = true;
    } else if (w == "relu") {
      relu = true;
    } else if (w == "NaN" || w == "approx") {
      key += "." + w;
    } else if (w != "rn") {
      unknown();
    }
  }
  const OpEntry* found = entry(key + "." + type);
  if (found == nullptr) unknown();
  size_t count = std::string(found->signature).size();
  expect_operands(count);
  std::vector<Slot> slots(count);
  for (size_t k = 1; k < count; ++k) {
    slots[k] = source(i.operands[k], found->signature[k]);
    if (!ftz) continue;
    Slot flushed = temporary('w');
    emit("flush." + type).def(0, flushed).use(1, slots[k]);
    slots[k] = flushed;
  }
  Slot d = destination(i.operands[0], found->signature[0]);
  Builder b = emit(found);
  for (size_t k = 1; k < count; ++k) b.use(static_cast<int>(k), slots[k]);
  b.def(0, d);
  for (const char* step : {ftz ? "flush." : "", sat ? "sat." : "", relu ? "relu." : ""}) {
    if (*step != '\0') emit(step + type).def(0, d).use(1, d);
  }
}

}  // namespace simgpu
