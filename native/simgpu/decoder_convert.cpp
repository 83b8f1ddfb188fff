// cvt: every conversion is a chain of at most four steps through f32 or f64, each exact but one.
#include <algorithm>

#include "decoder.h"
#include "ptx_parser.h"

namespace simgpu {
namespace {

bool is_integer(const std::string& t) {
  return (t[0] == 'u' || t[0] == 's') && (t.size() == 2 || t.size() == 3);
}
bool is_float(const std::string& t) {
  return t == "f16" || t == "bf16" || t == "f32" || t == "f64";
}
char letter_of(const std::string& t) {
  if (t == "f64") return 'F';
  if (t == "f32") return 'f';
  int bytes = type_bytes(t);
  return bytes == 8 ? 'd' : bytes == 4 ? 'w' : 'h';
}

}  // namespace

// cvt.rn.{f16x2,bf16x2}.f32 d, a, b: a to the upper half.
void FunctionDecoder::convert_pair(const std::string& to, const std::string& mode) {
  expect_operands(3);
  const OpEntry* found = entry("cvt." + mode + "." + to + ".f32");
  if (found == nullptr) unknown();
  table_driven(found, now_->operands);
  if (now_->is("relu")) {
    Slot d = destination(now_->operands[0], 'w');
    emit("relu." + to).def(0, d).use(1, d);
  }
}

void FunctionDecoder::convert() {
  const Instruction& i = *now_;
  if (i.words.size() < 2) unknown();
  std::string to = i.words[i.words.size() - 2], from = i.words.back();
  std::string mode;  // rn, rz, rm, rp, rna, or with a trailing i: to an integer
  bool ftz = false, sat = false, relu = false;
  for (size_t k = 0; k + 2 < i.words.size(); ++k) {
    const std::string& w = i.words[k];
    if (w == "ftz") {
      ftz = true;
    } else if (w == "sat") {
      sat = true;
    } else if (w == "relu") {
      relu = true;
    } else if (mode.empty() && w[0] == 'r') {
      mode = w;
    } else {
      unknown();
    }
  }
  if ((to == "f16x2" || to == "bf16x2") && from == "f32") return convert_pair(to, mode);
  expect_operands(2);
  if (to == "tf32" && from == "f32") {
    const OpEntry* found = entry("cvt." + mode + ".tf32.f32");
    if (found == nullptr || sat) unknown();
    table_driven(found, i.operands);
    Slot d = destination(i.operands[0], 'w');
    if (relu) emit("relu.tf32").def(0, d).use(1, d);
    return;
  }
  if (!(is_integer(to) || is_float(to)) || !(is_integer(from) || is_float(from))) unknown();

  // The source; a register wider than its type gives its low bits.
  const Operand& operand = i.operands[1];
  Slot value;
  if (is_register(operand)) {
    value = any_width(operand, false);
    int bytes = type_bytes(from), have = static_cast<int>(operand.symbol->type_bytes);
    if (have < bytes || (is_float(from) && have != bytes && !(bytes == 2 && have == 4))) {
      refuse("'" + operand.text + "' does not hold a ." + from);
    }
    if (value.bank == 'd' && bytes < 8) {
      Slot low = temporary('w');
      emit("cvt.u32.u64").def(0, low).use(1, value);
      value = low;
    }
  } else {
    value = source(operand, letter_of(from));
  }
  auto step = [&](const std::string& key, char bank) {
    const OpEntry* found = entry(key);
    if (found == nullptr) unknown();
    Slot next = temporary(bank);
    emit(found).def(0, next).use(1, value);
    value = next;
  };
  auto bank_of = [](const std::string& t) { return type_bytes(t) == 8 ? 'd' : 'w'; };

  if (is_integer(from) && is_integer(to)) {
    step(std::string("cvt.") + (sat ? "sat." : "") + to + "." + from, bank_of(to));
    sat = false;
  } else {
    std::string now = from;
    bool to_integral = mode.size() == 3 && mode[2] == 'i';
    if (is_integer(from)) {
      if (mode.size() != 2) refuse("needs a rounding modifier (.rn, .rz, .rm, .rp)");
      // 16-bit floats come from f64: exact, or rounded to odd so that one rounding remains.
      std::string through = type_bytes(to) == 2 ? "f64" : to;
      bool odd = type_bytes(to) == 2;
      step("cvt." +
               (odd            ? "odd."
                : mode == "rn" ? ""
                               : mode + ".") +
               through + "." + from,
           bank_of(through));
      now = through;
    } else if (from == "f16" || from == "bf16") {
      if (from != to || to_integral) {
        step("cvt.f32." + from, 'w');
        now = "f32";
      }
    } else if (from == "f32" && ftz) {
      step("flush.f32", 'w');
    }
    if (to_integral) step("round." + mode + "." + now, bank_of(now));
    if (is_integer(to)) {
      if (!to_integral) refuse("needs a rounding to an integer (.rni, .rzi, .rmi, .rpi)");
      step("cvt." + to + "." + now, bank_of(to));
      sat = false;  // float to integer clamps anyway
    } else if (now != to) {
      if (now == "f32" && to == "f64") {
        step("cvt.f64.f32", 'd');
      } else if (now == "f64" && to == "f32") {
        if (mode.size() != 2) refuse("needs a rounding modifier (.rn, .rz, .rm, .rp)");
        step("cvt." + (mode == "rn" ? "" : mode + ".") + "f32.f64", 'w');
      } else {
        if (mode.empty()) refuse("needs a rounding modifier (.rn, .rz)");
        step("cvt." + (to_integral ? "rn" : mode) + "." + to + "." + now, 'w');
      }
      if (ftz && to == "f32") step("flush.f32", 'w');
    }
    if (sat) step("sat." + to, bank_of(to));
    if (relu) step("relu." + to, bank_of(to));
  }

  // The destination may be wider than its type: extended by the type's sign.
  const Operand& target = i.operands[0];
  if (target.kind == Operand::kSink) return;
  Slot d = any_width(target, true);
  if (static_cast<int>(target.symbol->type_bytes) < type_bytes(to)) {
    refuse("'" + target.text + "' is narrower than a ." + to);
  }
  if (d.bank == 'd' && value.bank == 'w') {
    emit((to[0] == 's' ? "cvt.s64." : "cvt.u64.") + (is_integer(to) ? to : "u32"))
        .def(0, d)
        .use(1, value);
  } else {
    emit(d.bank == 'd' ? "mov.b64" : "mov.b32").def(0, d).use(1, value);
  }
}

}  // namespace simgpu
