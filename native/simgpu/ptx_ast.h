// What the parser makes of PTX text: symbols resolved, nothing checked against an instruction yet.
#ifndef FIGMENT_SIMGPU_PTX_AST_H_
#define FIGMENT_SIMGPU_PTX_AST_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine.h"

namespace simgpu {

enum class Space : uint8_t { kReg, kGlobal, kConst, kShared, kLocal, kParam };

// A reference inside an initialiser: the address of a variable or function, plus an offset.
struct Relocation {
  uint32_t offset;  // in the variable
  uint32_t bytes;
  std::string symbol;
  int64_t addend;
  bool generic;       // generic(symbol)
  uint8_t shift = 0;  // 0xFF..(symbol): the byte wanted, in bits
  int line;
};

struct Symbol {
  std::string name;
  Space space = Space::kReg;
  std::string type;         // "f32", "pred", "b8"
  uint32_t type_bytes = 0;  // of one element, 0 for pred
  uint32_t align = 1;
  uint64_t bytes = 0;  // whole variable; 0 for an unsized .extern array
  bool is_extern = false;
  bool kernel_param = false;
  int line = 0;
  std::vector<uint8_t> init;  // empty: all zero
  std::vector<Relocation> relocations;
  int slot = -1;         // registers: index in the frame, given by the decoder
  uint64_t address = 0;  // offset in its space, or device address; given by the decoder
};

struct Operand {
  enum Kind : uint8_t {
    kNone,
    kSymbol,    // a register or variable; offset for sym+imm
    kSpecial,   // %tid.x and the like, text with component
    kInteger,   // bits
    kFloat,     // bits of a double: a decimal or 0d literal
    kFloat32,   // bits of a float: a 0f literal
    kAddress,   // [parts[0] + offset]
    kVector,    // {parts...}
    kPair,      // p|q in parts
    kSink,      // _
    kLabel,     // label: id
    kFunction,  // text
  };
  Kind kind = kNone;
  bool negated = false;  // !p
  Symbol* symbol = nullptr;
  std::string text;
  uint64_t bits = 0;
  int64_t offset = 0;
  int label = -1;
  std::vector<Operand> parts;
};

struct Instruction {
  int line = 0;
  int source_file = 0, source_line = 0;  // from .loc; 0 when there is none
  std::string name;                      // opcode without its dotted words
  std::vector<std::string> words;        // the dotted words
  Operand guard;                         // kNone, or a predicate
  std::vector<Operand> operands;
  // Calls only.
  std::vector<Operand> returns, arguments;
  bool is(const char* word) const {
    for (const std::string& w : words) {
      if (w == word) return true;
    }
    return false;
  }
  std::string text() const {
    std::string t = name;
    for (const std::string& w : words) t += "." + w;
    return t;
  }
};

struct ParsedFunction {
  std::string name;
  bool is_entry = false;
  bool has_body = false;
  int line = 0;
  std::vector<Symbol*> returns, params;
  std::vector<Instruction> code;
  std::vector<size_t> labels;                   // label id -> index in code where it stands
  std::vector<std::vector<int>> branch_tables;  // .branchtargets, ids in Operand::label
  std::deque<Symbol> symbols;                   // registers and variables of the body
  Dim3 max_threads{0, 0, 0}, required_threads{0, 0, 0};
};

struct ParsedModule {
  int version_major = 0, version_minor = 0;
  int target = 0;              // 80 for sm_80
  bool target_exact = false;   // sm_90a: that device alone
  bool target_family = false;  // sm_100f
  int address_bits = 64;
  std::deque<Symbol> variables;  // .global, .const, .shared at module scope
  std::map<std::string, Symbol*> names;
  std::deque<ParsedFunction> functions;
  std::map<std::string, ParsedFunction*> function_names;
  std::map<int, std::string> files;
};

ParsedModule parse_ptx(std::string_view text);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_PTX_AST_H_
