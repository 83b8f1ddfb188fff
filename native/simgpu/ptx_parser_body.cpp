// Function bodies of the parser: scopes, registers, labels, instructions.
#include <cstring>
#include <set>

#include "ptx_parser.h"

namespace simgpu {
namespace {

bool is_special(const std::string& name) {
  static const std::set<std::string> kNames = {"%tid",
                                               "%ntid",
                                               "%ctaid",
                                               "%nctaid",
                                               "%laneid",
                                               "%warpid",
                                               "%nwarpid",
                                               "%smid",
                                               "%nsmid",
                                               "%gridid",
                                               "%lanemask_eq",
                                               "%lanemask_le",
                                               "%lanemask_lt",
                                               "%lanemask_ge",
                                               "%lanemask_gt",
                                               "%clock",
                                               "%clock_hi",
                                               "%clock64",
                                               "%globaltimer",
                                               "%globaltimer_lo",
                                               "%globaltimer_hi",
                                               "%dynamic_smem_size",
                                               "%total_smem_size"};
  return kNames.count(name) != 0;
}

}  // namespace

Symbol* PtxParser::find(const std::string& name) const {
  for (int s = scope_; s >= 0; s = scopes_[static_cast<size_t>(s)].parent) {
    const Scope& scope = scopes_[static_cast<size_t>(s)];
    auto found = scope.names.find(name);
    if (found != scope.names.end()) return found->second;
  }
  auto found = module_.names.find(name);
  return found == module_.names.end() ? nullptr : found->second;
}

Symbol* PtxParser::declare(const std::string& name, Space space) {
  function_->symbols.emplace_back();
  Symbol& symbol = function_->symbols.back();
  symbol.name = name;
  symbol.space = space;
  symbol.line = peek().line;
  auto inserted = scopes_[static_cast<size_t>(scope_)].names.emplace(name, &symbol);
  if (!inserted.second) fail("'" + name + "' is declared twice in one scope");
  return &symbol;
}

void PtxParser::body(ParsedFunction& function) {
  function_ = &function;
  scopes_.assign(1, Scope{-1, {}, {}});
  scope_ = 0;
  uses_.clear();
  label_places_.clear();
  tables_.clear();
  source_file_ = source_line_ = 0;
  for (const std::vector<Symbol*>* list : {&function.returns, &function.params}) {
    for (Symbol* symbol : *list) scopes_[0].names[symbol->name] = symbol;
  }
  expect('{');
  for (int depth = 1; depth > 0;) {
    if (accept('{')) {
      scopes_.push_back(Scope{scope_, {}, {}});
      scope_ = static_cast<int>(scopes_.size()) - 1;
      ++depth;
    } else if (accept('}')) {
      scope_ = scopes_[static_cast<size_t>(scope_)].parent;
      --depth;
    } else if (peek().kind == TokenKind::kEnd) {
      fail("the body of '" + function.name + "' never ends");
    } else {
      if (scope_ < 0) fail("'}' without '{'");
      statement();
    }
  }
  resolve_labels();
  function_ = nullptr;
}

void PtxParser::statement() {
  if (accept(';')) return;
  const Token& token = peek();
  if (token.kind == TokenKind::kIdentifier && is_punct(':', 1)) {
    std::string name = expect_name("a label");
    take();
    if (is_dot("callprototype")) {  // the callee's own declaration says the same
      while (!accept(';')) {
        if (take().kind == TokenKind::kEnd) fail(".callprototype without an end");
      }
      return;
    }
    if (accept_dot("branchtargets")) return branch_targets(name);
    if (accept_dot("calltargets")) {
      while (!accept(';')) {
        if (take().kind == TokenKind::kEnd) fail(".calltargets without an end");
      }
      return;
    }
    auto& labels = scopes_[static_cast<size_t>(scope_)].labels;
    if (!labels.emplace(name, static_cast<int>(label_places_.size())).second) {
      fail("the label '" + name + "' is defined twice");
    }
    label_places_.push_back(function_->code.size());
    return;
  }
  if (token.kind != TokenKind::kDot) return instruction();
  if (accept_dot("reg")) return registers();
  if (accept_dot("local")) return body_variables(Space::kLocal);
  if (accept_dot("shared")) return body_variables(Space::kShared);
  if (accept_dot("param")) return body_variables(Space::kParam);
  if (accept_dot("global")) return body_variables(Space::kGlobal);
  if (accept_dot("const")) return body_variables(Space::kConst);
  if (accept_dot("loc")) return loc();
  if (accept_dot("section")) return section();
  if (accept_dot("file")) return file_directive();
  if (accept_dot("pragma")) {
    while (!accept(';')) {
      if (take().kind == TokenKind::kEnd) fail(".pragma without an end");
    }
    return;
  }
  fail("the directive " + shown(token) + " is not simulated inside a function");
}

void PtxParser::loc() {
  source_file_ = static_cast<int>(take().value);
  source_line_ = static_cast<int>(take().value);
  take();  // column
  while (accept(',')) {
    std::string word = expect_name("an attribute of .loc");
    if (word == "function_name") {
      expect_name("a label");
      if (accept('+')) take();
    } else if (word == "inlined_at") {  // file line column of the call; the callee's line is kept
      take();
      take();
      take();
    } else {
      take();
    }
  }
}

void PtxParser::registers() {
  Declaration head = declaration_head();
  if (head.vector != 1) fail("vector registers are not simulated: declare their elements");
  if (head.type == "b128") fail("128-bit registers are not simulated");
  do {
    std::string name = expect_name("a register's name");
    uint64_t count = 0;
    bool range = accept('<');
    if (range) {
      count = static_cast<uint64_t>(expression());
      expect('>');
      if (count > 1000000) fail("a million registers of one name are too many");
    }
    for (uint64_t i = 0; i < (range ? count : 1); ++i) {
      Symbol* symbol = declare(range ? name + std::to_string(i) : name, Space::kReg);
      symbol->type = head.type;
      symbol->type_bytes = head.type_bytes;
    }
  } while (accept(','));
  expect(';');
}

void PtxParser::body_variables(Space space) {
  Declaration head = declaration_head();
  do {
    Symbol* symbol = declare(expect_name("a variable's name"), space);
    array_and_initialiser(*symbol, head, space == Space::kGlobal || space == Space::kConst);
  } while (accept(','));
  expect(';');
}

void PtxParser::branch_targets(const std::string& name) {
  std::vector<int> table;
  do {
    table.push_back(label_use(expect_name("a label")).label);
  } while (accept(','));
  expect(';');
  tables_[{scope_, name}] = static_cast<int>(function_->branch_tables.size());
  function_->branch_tables.push_back(table);
}

Operand PtxParser::label_use(const std::string& name) {
  Operand operand;
  operand.kind = Operand::kLabel;
  operand.text = name;
  operand.label = static_cast<int>(uses_.size());
  uses_.push_back({operand.label, scope_, name, peek().line});
  return operand;
}

void PtxParser::resolve_labels() {
  std::vector<int> resolved(uses_.size());
  for (const LabelUse& use : uses_) {
    int found = -1;
    for (int s = use.scope; s >= 0 && found < 0; s = scopes_[static_cast<size_t>(s)].parent) {
      auto& labels = scopes_[static_cast<size_t>(s)].labels;
      auto label = labels.find(use.name);
      if (label != labels.end()) found = label->second;
    }
    resolved[static_cast<size_t>(use.id)] = found;
  }
  auto replace = [&](Operand& operand, bool may_be_table) {
    if (operand.kind != Operand::kLabel) return;
    const LabelUse& use = uses_[static_cast<size_t>(operand.label)];
    operand.label = resolved[static_cast<size_t>(operand.label)];
    if (operand.label >= 0) return;
    for (int s = may_be_table ? use.scope : -1; s >= 0;
         s = scopes_[static_cast<size_t>(s)].parent) {
      auto table = tables_.find({s, use.name});
      if (table != tables_.end()) {
        operand.label = table->second;
        return;
      }
    }
    fail("'" + use.name + "' is neither declared nor a label", use.line);
  };
  for (Instruction& instruction : function_->code) {
    if (instruction.name == "bra" || instruction.name == "brx") {
      for (Operand& operand : instruction.operands) replace(operand, instruction.name == "brx");
      continue;
    }
    for (Operand& operand : instruction.operands) {  // forward references to functions
      if (operand.kind == Operand::kLabel) operand.kind = Operand::kFunction;
    }
  }
  for (std::vector<int>& table : function_->branch_tables) {
    for (int& label : table) {
      const LabelUse& use = uses_[static_cast<size_t>(label)];
      label = resolved[static_cast<size_t>(label)];
      if (label < 0) fail("the label '" + use.name + "' does not exist", use.line);
    }
  }
  function_->labels = label_places_;
}

void PtxParser::instruction() {
  Instruction instruction;
  instruction.line = peek().line;
  instruction.source_file = source_file_;
  instruction.source_line = source_line_;
  if (accept('@')) {
    bool negated = accept('!');
    instruction.guard = name_operand();
    instruction.guard.negated = negated;
    if (instruction.guard.kind != Operand::kSymbol || instruction.guard.symbol->type != "pred") {
      fail("the guard '" + instruction.guard.text + "' is not a declared predicate register");
    }
  }
  instruction.name = expect_name("an instruction");
  while (peek().kind == TokenKind::kDot) instruction.words.emplace_back(take().text);
  if (instruction.name == "call") {
    call_operands(instruction);
  } else if (!is_punct(';')) {
    do {
      instruction.operands.push_back(operand());
    } while (accept(','));
  }
  if (!accept(';')) {
    fail("expected ',' or ';' after '" + instruction.text() + "' but found " + shown(peek()));
  }
  function_->code.push_back(std::move(instruction));
}

void PtxParser::call_operands(Instruction& instruction) {
  if (accept('(')) {
    instruction.returns = operand_list(')');
    expect(',');
  }
  instruction.operands.push_back(operand());
  if (!accept(',')) return;
  if (accept('(')) {
    instruction.arguments = operand_list(')');
    if (!accept(',')) return;
  }
  expect_name("a prototype");
}

std::vector<Operand> PtxParser::operand_list(char close) {
  std::vector<Operand> list;
  while (!accept(close)) {
    list.push_back(operand());
    if (!accept(',') && !is_punct(close)) {
      fail(std::string("expected ',' or '") + close + "' but found " + shown(peek()));
    }
  }
  return list;
}

// Nesting beyond any sense would exhaust the stack.
void PtxParser::descend() {
  if (++depth_ > 100) fail("more than 100 levels of brackets");
}

Operand PtxParser::operand() {
  Operand operand;
  if (accept('{')) {
    descend();
    operand.kind = Operand::kVector;
    operand.parts = operand_list('}');
    --depth_;
    return operand;
  }
  if (accept('[')) return address();
  if (accept('!')) {
    operand = name_operand();
    operand.negated = !operand.negated;
    return operand;
  }
  if (number_operand(operand)) return operand;
  if (peek().kind != TokenKind::kIdentifier) fail("expected an operand but found " + shown(peek()));
  operand = name_operand();
  if (operand.kind == Operand::kSymbol && (is_punct('+') || is_punct('-'))) {
    operand.offset = expression();
  }
  if (accept('|')) {
    Operand pair;
    pair.kind = Operand::kPair;
    pair.parts = {operand, name_operand()};
    return pair;
  }
  return operand;
}

Operand PtxParser::name_operand() {
  Operand operand;
  operand.text = expect_name("a name");
  if (operand.text == "_") {
    operand.kind = Operand::kSink;
    return operand;
  }
  operand.symbol = find(operand.text);
  if (operand.symbol != nullptr) {
    operand.kind = Operand::kSymbol;
    return operand;
  }
  if (is_special(operand.text)) {
    operand.kind = Operand::kSpecial;
    if (peek().kind == TokenKind::kDot) operand.text += "." + std::string(take().text);
    return operand;
  }
  if (operand.text[0] == '%') fail("the register '" + operand.text + "' is not declared");
  return label_use(operand.text);
}

Operand PtxParser::address() {
  Operand result;
  result.kind = Operand::kAddress;
  if (peek().kind == TokenKind::kIdentifier) {
    Operand base = name_operand();
    if (base.kind != Operand::kSymbol) fail("'" + base.text + "' is no address");
    result.parts.push_back(base);
    if (!is_punct(']')) result.offset = expression();
  } else {
    result.offset = expression();
  }
  expect(']');
  return result;
}

bool PtxParser::number_operand(Operand& operand) {
  size_t sign = is_punct('-') && (peek(1).kind == TokenKind::kFloat) ? 1 : 0;
  const Token& token = peek(sign);
  if (token.kind == TokenKind::kFloat || token.kind == TokenKind::kFloat64) {
    operand.kind = Operand::kFloat;
    operand.bits = token.value ^ (sign ? uint64_t{1} << 63 : 0);
    if (sign) take();
    take();
    return true;
  }
  if (token.kind == TokenKind::kFloat32) {
    operand.kind = Operand::kFloat32;
    operand.bits = token.value;
    take();
    return true;
  }
  bool number = token.kind == TokenKind::kInteger || is_punct('-') || is_punct('~') ||
                is_punct('(') || (token.kind == TokenKind::kIdentifier && token.text == "WARP_SZ");
  if (!number) return false;
  operand.kind = Operand::kInteger;
  operand.bits = static_cast<uint64_t>(expression());
  return true;
}

}  // namespace simgpu
