// Recursive descent over the tokens of one PTX module.
#ifndef FIGMENT_SIMGPU_PTX_PARSER_H_
#define FIGMENT_SIMGPU_PTX_PARSER_H_

#include <string>
#include <utility>
#include <vector>

#include "ptx_ast.h"
#include "ptx_lexer.h"

namespace simgpu {

class PtxParser {
 public:
  explicit PtxParser(std::string_view text) : tokens_(tokenize(text)) {}
  ParsedModule run();

 private:
  struct Scope {
    int parent;
    std::map<std::string, Symbol*> names;
    std::map<std::string, int> labels;
  };
  struct LabelUse {
    int id;  // provisional label id, replaced when the body is complete
    int scope;
    std::string name;
    int line;
  };

  // Tokens.
  const Token& peek(size_t ahead = 0) const {
    return tokens_[at_ + ahead < tokens_.size() ? at_ + ahead : tokens_.size() - 1];
  }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool is_punct(char c, size_t ahead = 0) const {
    return peek(ahead).kind == TokenKind::kPunct && peek(ahead).text[0] == c;
  }
  bool is_dot(std::string_view word, size_t ahead = 0) const {
    return peek(ahead).kind == TokenKind::kDot && peek(ahead).text == word;
  }
  bool accept(char c);
  bool accept_dot(std::string_view word);
  void expect(char c);
  std::string expect_name(const char* what);
  [[noreturn]] void fail(const std::string& what, int line = 0) const;
  std::string shown(const Token& token) const;

  // Module level.
  void header();
  void module_statement();
  void section();
  void file_directive();
  void variable(Space space, bool is_extern);
  void function(bool is_entry, bool is_extern);
  void directives(ParsedFunction& function);
  std::vector<Symbol*> parameter_list(ParsedFunction& function, bool kernel);

  // Declarations.
  struct Declaration {
    std::string type;
    uint32_t type_bytes = 0, align = 0, vector = 1;
    bool pointer = false;
  };
  Declaration declaration_head();
  void array_and_initialiser(Symbol& symbol, const Declaration& head, bool may_initialise);
  void initialiser(Symbol& symbol, const std::vector<uint64_t>& dims, size_t depth, uint64_t at);
  void initial_value(Symbol& symbol, uint64_t at);

  // Bodies.
  void body(ParsedFunction& function);
  void statement();
  void registers();
  void body_variables(Space space);
  void branch_targets(const std::string& name);
  void loc();
  void instruction();
  void call_operands(Instruction& instruction);
  Operand operand();
  Operand name_operand();
  Operand address();
  std::vector<Operand> operand_list(char close);
  Operand label_use(const std::string& name);
  void resolve_labels();
  Symbol* find(const std::string& name) const;
  Symbol* declare(const std::string& name, Space space);

  // Constant expressions.
  int64_t expression(int minimum = 0);
  int64_t unary();
  bool number_operand(Operand& operand);
  void descend();

  std::vector<Token> tokens_;
  size_t at_ = 0;
  ParsedModule module_;
  ParsedFunction* function_ = nullptr;
  std::vector<Scope> scopes_;
  int scope_ = -1;
  std::vector<LabelUse> uses_;
  std::vector<size_t> label_places_;
  std::map<std::pair<int, std::string>, int> tables_;
  int source_file_ = 0, source_line_ = 0;
  int depth_ = 0;  // of nested expressions and vectors
};

// Bytes of a fundamental type without its dot ("f32"), 0 for pred; -1 when there is no such type.
int type_bytes(std::string_view type);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_PTX_PARSER_H_
