// Instructions to operations. One FunctionDecoder a function; decoder_*.cpp hold the families.
#ifndef FIGMENT_SIMGPU_DECODER_H_
#define FIGMENT_SIMGPU_DECODER_H_

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "control.h"
#include "flow.h"
#include "ptx_ast.h"

namespace simgpu {

// What a function needs to know of its module.
struct ModuleScope {
  const ParsedModule* parsed = nullptr;
  Program* program = nullptr;
  std::map<std::string, int> function_index;
};

// A row of the frame: bank 'w', 'd' or 'p' and its index there.
struct Slot {
  char bank = 'w';
  int32_t index = -1;
  bool constant = false;
};

class FunctionDecoder {
 public:
  FunctionDecoder(ModuleScope& scope, const ParsedFunction& function, int index);
  // Appends the function's code to the program. Returns its live-register estimate.
  int run();

 private:
  // One operation being built.
  struct Builder {
    FlowOp* flow;
    FunctionDecoder* owner;
    Builder& def(int position, Slot slot);
    Builder& use(int position, Slot slot);
    Op& op() { return flow->op; }
  };
  Builder emit(const std::string& key, FlowKind kind = FlowKind::kPlain);
  Builder emit(const OpEntry* entry, FlowKind kind = FlowKind::kPlain);
  const OpEntry* entry(const std::string& key) const;

  // decoder.cpp: frame, labels, operands.
  void declare_registers();
  void lay_out_frame();
  void instruction(const Instruction& i);
  void guarded(const Instruction& i);
  void plain(const Instruction& i);
  int new_label();
  void place_label(int label);
  void branch_around(const Operand& guard, int label);
  Slot temporary(char bank);
  Slot constant32(uint32_t value);
  Slot constant64(uint64_t value);
  Slot source(const Operand& operand, char letter);
  Slot destination(const Operand& operand, char letter);
  Slot any_width(const Operand& operand, bool is_destination);  // a register of 32 or 64 bits
  Slot predicate(const Operand& operand);
  Slot special(const Operand& operand, bool wide);
  Slot symbol_address(const Operand& operand, bool wide);
  Slot immediate(const Operand& operand, char letter);
  Slot carry_flag();
  void table_driven(const OpEntry* entry, const std::vector<Operand>& operands);
  void expect_operands(size_t count) const;
  [[noreturn]] void refuse(const std::string& why) const;
  [[noreturn]] void unknown() const;
  static bool is_register(const Operand& operand) {
    return operand.kind == Operand::kSymbol && operand.symbol->space == Space::kReg;
  }

  // decoder_arithmetic.cpp
  bool arithmetic();
  void move();
  void pack_or_unpack(const Operand& to, const Operand& from, int bits);
  void compare();
  void set();
  void float_family(const std::string& type);
  void half_family(const std::string& type);
  void convert();
  void convert_pair(const std::string& to, const std::string& mode);

  // decoder_memory.cpp
  bool memory();
  void load_or_store(bool is_load);
  void atomic(bool returns);
  void fence();
  void discard();
  void address_of(Builder& builder, const Operand& address);
  int space_word() const;
  void convert_address();
  void is_in_space();

  // decoder_control.cpp
  bool control();
  void branch();
  void branch_indexed();
  void call();
  void pass(const Operand& operand, uint32_t offset, bool to_callee, uint32_t bytes);
  void return_from();
  bool call_runtime(const std::string& name);
  void barrier();
  void meeting();
  bool is_control() const;

  ModuleScope& scope_;
  const ParsedFunction& function_;
  int index_;
  FunctionCode code_;
  const Instruction* now_ = nullptr;
  uint32_t source_ = 0;
  bool in_guard_ = false;
  std::vector<FlowOp> ops_;
  std::deque<Symbol> function_symbols_;  // registers the decoder made up
  std::vector<int64_t> labels_;          // label -> index in ops_, -1 until placed
  std::map<uint32_t, int32_t> constants32_;
  std::map<uint64_t, int32_t> constants64_;
  int32_t carry_ = -1;
  friend struct Builder;
};

// Places shared variables, decodes every function, computes stack needs. In module.cpp.
uint32_t argument_offset(const std::vector<uint32_t>& sizes, size_t index);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_DECODER_H_
