// Module level of the parser: header, variables with their initialisers, function headings.
#include "ptx_parser.h"

#include <algorithm>
#include <cstring>

namespace simgpu {

int type_bytes(std::string_view type) {
  static const std::map<std::string_view, int> kBytes = {
      {"pred", 0},   {"b8", 1},   {"u8", 1},  {"s8", 1},  {"b16", 2}, {"u16", 2},  {"s16", 2},
      {"f16", 2},    {"bf16", 2}, {"b32", 4}, {"u32", 4}, {"s32", 4}, {"f32", 4},  {"f16x2", 4},
      {"bf16x2", 4}, {"b64", 8},  {"u64", 8}, {"s64", 8}, {"f64", 8}, {"b128", 16}};
  auto found = kBytes.find(type);
  return found == kBytes.end() ? -1 : found->second;
}

bool PtxParser::accept(char c) {
  if (!is_punct(c)) return false;
  take();
  return true;
}

bool PtxParser::accept_dot(std::string_view word) {
  if (!is_dot(word)) return false;
  take();
  return true;
}

std::string PtxParser::shown(const Token& token) const {
  if (token.kind == TokenKind::kEnd) return "the end of the text";
  return (token.kind == TokenKind::kDot ? "'." : "'") + std::string(token.text) + "'";
}

void PtxParser::fail(const std::string& what, int line) const {
  if (line == 0) line = peek().line;
  throw LoadError(LoadErrorKind::kInvalidPtx, line,
                  "PTX line " + std::to_string(line) + ": " + what);
}

void PtxParser::expect(char c) {
  if (!accept(c)) fail(std::string("expected '") + c + "' but found " + shown(peek()));
}

std::string PtxParser::expect_name(const char* what) {
  if (peek().kind != TokenKind::kIdentifier) {
    fail(std::string("expected ") + what + " but found " + shown(peek()));
  }
  return std::string(take().text);
}

ParsedModule PtxParser::run() {
  header();
  while (peek().kind != TokenKind::kEnd) module_statement();
  return std::move(module_);
}

void PtxParser::header() {
  if (!accept_dot("version")) fail("a PTX module begins with .version, not " + shown(peek()));
  std::string text(take().text);
  size_t dot = text.find('.');
  if (dot == std::string::npos) fail(".version is followed by major.minor, not '" + text + "'");
  module_.version_major = std::atoi(text.c_str());
  module_.version_minor = std::atoi(text.c_str() + dot + 1);
  if (module_.version_major > 9) {
    throw LoadError(LoadErrorKind::kUnsupportedVersion, peek().line,
                    "the module is PTX ISA " + text +
                        ", this simulated GPU knows 9.x and older: compile for an older PTX "
                        "version");
  }
  if (!accept_dot("target")) fail(".version is followed by .target, not " + shown(peek()));
  do {
    std::string name = expect_name("a target");
    if (name.rfind("sm_", 0) != 0) continue;  // texmode_independent, debug
    module_.target = std::atoi(name.c_str() + 3);
    module_.target_exact = name.back() == 'a';
    module_.target_family = name.back() == 'f';
  } while (accept(','));
  if (module_.target == 0) fail(".target names no sm_XX");
}

void PtxParser::module_statement() {
  const Token& token = peek();
  if (token.kind == TokenKind::kPunct && accept(';')) return;
  if (token.kind != TokenKind::kDot) fail("expected a directive but found " + shown(token));
  bool is_extern = false;
  for (;;) {
    if (accept_dot("extern")) {
      is_extern = true;
    } else if (!accept_dot("visible") && !accept_dot("weak") && !accept_dot("common")) {
      break;
    }
  }
  if (accept_dot("entry")) return function(true, is_extern);
  if (accept_dot("func")) return function(false, is_extern);
  if (accept_dot("global")) return variable(Space::kGlobal, is_extern);
  if (accept_dot("const")) return variable(Space::kConst, is_extern);
  if (accept_dot("shared")) return variable(Space::kShared, is_extern);
  if (accept_dot("address_size")) {
    module_.address_bits = static_cast<int>(take().value);
    if (module_.address_bits != 64) fail("only .address_size 64 is simulated");
    return;
  }
  if (accept_dot("file")) return file_directive();
  if (accept_dot("section")) return section();
  if (accept_dot("pragma")) {
    while (!accept(';')) {
      if (take().kind == TokenKind::kEnd) fail(".pragma without an end");
    }
    return;
  }
  fail("the directive " + shown(peek()) + " is not simulated at module level");
}

void PtxParser::file_directive() {
  int number = static_cast<int>(take().value);
  module_.files[number] = std::string(take().text);
  while (accept(',')) take();  // time stamp, size
}

void PtxParser::section() {
  take();  // its name
  expect('{');
  for (int depth = 1; depth > 0;) {
    const Token& token = take();
    if (token.kind == TokenKind::kEnd) fail("a .section without an end");
    if (token.kind == TokenKind::kPunct) depth += (token.text == "{") - (token.text == "}");
  }
}

PtxParser::Declaration PtxParser::declaration_head() {
  Declaration head;
  while (peek().kind == TokenKind::kDot) {
    std::string word(take().text);
    int bytes = type_bytes(word);
    if (bytes >= 0) {
      head.type = word;
      head.type_bytes = static_cast<uint32_t>(bytes);
      if (head.align == 0) head.align = std::max<uint32_t>(1, head.type_bytes);
    } else if (word == "align") {
      head.align = static_cast<uint32_t>(take().value);
      if (head.align == 0 || (head.align & (head.align - 1)) != 0) {
        fail(".align needs a power of two");
      }
    } else if (word == "v2" || word == "v4") {
      head.vector = word == "v2" ? 2 : 4;
    } else if (word == "ptr") {
      head.pointer = true;
      for (const char* space : {"global", "shared", "const", "local", "param"}) accept_dot(space);
      if (accept_dot("align")) take();  // a promise about the pointer, not the parameter
    } else if (word != "attribute" && word != "managed") {
      fail("'." + word + "' has no meaning in a declaration");
    } else if (accept('(')) {
      while (!accept(')')) take();
    }
  }
  if (head.type.empty()) fail("a declaration without a type");
  return head;
}

void PtxParser::array_and_initialiser(Symbol& symbol, const Declaration& head,
                                      bool may_initialise) {
  symbol.type = head.type;
  symbol.type_bytes = head.type_bytes * head.vector;
  symbol.align = std::max(head.align, symbol.type_bytes);
  if (head.align > head.type_bytes) symbol.align = head.align;
  symbol.bytes = symbol.type_bytes;
  std::vector<uint64_t> dims;
  bool unsized = false;
  while (accept('[')) {
    if (accept(']')) {
      unsized = dims.empty();
      dims.push_back(0);
      continue;
    }
    dims.push_back(static_cast<uint64_t>(expression()));
    expect(']');
  }
  for (uint64_t dim : dims) {
    if (dim != 0 && symbol.bytes > (uint64_t{1} << 40) / dim) {
      fail("the array '" + symbol.name + "' is larger than any memory");
    }
    symbol.bytes *= dim;
  }
  if (!accept('=')) {
    if (unsized && !symbol.is_extern && symbol.space != Space::kShared && !symbol.kernel_param) {
      fail("the array '" + symbol.name + "' has neither a size nor an initialiser");
    }
    return;
  }
  if (!may_initialise) fail("'" + symbol.name + "' may not have an initialiser");
  if (symbol.bytes > (uint64_t{1} << 32)) fail("'" + symbol.name + "' is too large to initialise");
  symbol.init.resize(unsized ? 0 : symbol.bytes);
  if (is_punct('{')) {
    if (dims.empty()) dims.push_back(1);
    initialiser(symbol, dims, 0, 0);
  } else {
    initial_value(symbol, 0);
  }
  if (unsized) symbol.bytes = symbol.init.size();
  symbol.init.resize(symbol.bytes);
}

void PtxParser::initialiser(Symbol& symbol, const std::vector<uint64_t>& dims, size_t depth,
                            uint64_t at) {
  expect('{');
  uint64_t step = symbol.type_bytes;
  for (size_t i = depth + 1; i < dims.size(); ++i) step *= dims[i];
  while (!accept('}')) {
    if (is_punct('{')) {
      if (depth + 1 >= dims.size())
        fail("too many braces in the initialiser of '" + symbol.name + "'");
      initialiser(symbol, dims, depth + 1, at);
      at += step;
    } else {
      initial_value(symbol, at);
      at += symbol.type_bytes;
    }
    if (!accept(',') && !is_punct('}')) {
      fail("expected ',' or '}' in the initialiser of '" + symbol.name + "' but found " +
           shown(peek()));
    }
  }
}

void PtxParser::initial_value(Symbol& symbol, uint64_t at) {
  uint32_t bytes = symbol.type_bytes;
  if (at + bytes > symbol.init.size()) {
    if (symbol.bytes != 0) fail("too many values in the initialiser of '" + symbol.name + "'");
    symbol.init.resize(at + bytes);
  }
  Relocation relocation{static_cast<uint32_t>(at), bytes, "", 0, false, 0, peek().line};
  if (peek().kind == TokenKind::kInteger && is_punct('(', 1)) {  // 0xFF00(symbol): one byte of it
    uint64_t mask = take().value;
    while (mask != 0 && (mask & 0xff) == 0) {
      mask >>= 8;
      relocation.shift = static_cast<uint8_t>(relocation.shift + 8);
    }
    expect('(');
    relocation.symbol = expect_name("a name");
    if (relocation.symbol == "generic" && accept('(')) {
      relocation.symbol = expect_name("a name");
      expect(')');
      relocation.generic = true;
    }
    if (is_punct('+') || is_punct('-')) relocation.addend = expression();
    expect(')');
    symbol.relocations.push_back(relocation);
    return;
  }
  if (peek().kind == TokenKind::kIdentifier && peek().text != "WARP_SZ") {
    relocation.symbol = expect_name("a name");
    if (relocation.symbol == "generic" && accept('(')) {
      relocation.symbol = expect_name("a name");
      relocation.generic = true;
      if (is_punct('+') || is_punct('-')) relocation.addend = expression();
      expect(')');
    }
    if (is_punct('+') || is_punct('-')) relocation.addend += expression();
    symbol.relocations.push_back(relocation);
    return;
  }
  Operand value;
  if (!number_operand(value)) fail("expected a value but found " + shown(peek()));
  uint64_t bits = value.bits;
  bool float_type = symbol.type[0] == 'f';
  if (value.kind == Operand::kFloat && float_type && bytes == 4) {
    double wide;
    std::memcpy(&wide, &bits, 8);
    float narrow = static_cast<float>(wide);
    uint32_t narrow_bits;
    std::memcpy(&narrow_bits, &narrow, 4);
    bits = narrow_bits;
  } else if (value.kind == Operand::kFloat32 && float_type && bytes == 8) {
    uint32_t narrow_bits = static_cast<uint32_t>(bits);
    float narrow;
    std::memcpy(&narrow, &narrow_bits, 4);
    double wide = narrow;
    std::memcpy(&bits, &wide, 8);
  }
  std::memcpy(&symbol.init[at], &bits, std::min<size_t>(bytes, 8));
}

void PtxParser::variable(Space space, bool is_extern) {
  Declaration head = declaration_head();
  do {
    int line = peek().line;
    std::string name = expect_name("a variable's name");
    auto known = module_.names.find(name);
    Symbol* symbol;
    if (known != module_.names.end()) {
      if (!known->second->is_extern && !is_extern) fail("'" + name + "' is declared twice", line);
      symbol = known->second;
      is_extern = is_extern && symbol->is_extern;
    } else {
      module_.variables.emplace_back();
      symbol = &module_.variables.back();
      module_.names[name] = symbol;
    }
    symbol->name = name;
    symbol->space = space;
    symbol->is_extern = is_extern;
    symbol->line = line;
    array_and_initialiser(*symbol, head, space == Space::kGlobal || space == Space::kConst);
  } while (accept(','));
  expect(';');
}

std::vector<Symbol*> PtxParser::parameter_list(ParsedFunction& function, bool kernel) {
  std::vector<Symbol*> list;
  expect('(');
  while (!accept(')')) {
    Space space = Space::kParam;
    if (accept_dot("reg")) {
      space = Space::kReg;
    } else if (!accept_dot("param")) {
      fail("expected .param but found " + shown(peek()));
    }
    Declaration head = declaration_head();
    int line = peek().line;
    function.symbols.emplace_back();
    Symbol& symbol = function.symbols.back();
    symbol.name = is_punct(',') || is_punct(')') ? "" : expect_name("a parameter's name");
    symbol.space = space;
    symbol.line = line;
    symbol.kernel_param = kernel;
    array_and_initialiser(symbol, head, false);
    list.push_back(&symbol);
    if (!accept(',') && !is_punct(')')) {
      fail("expected ',' or ')' after a parameter but found " + shown(peek()));
    }
  }
  return list;
}

void PtxParser::directives(ParsedFunction& function) {
  auto dims = [&] {
    Dim3 d;
    d.x = static_cast<uint32_t>(take().value);
    if (accept(',')) d.y = static_cast<uint32_t>(take().value);
    if (accept(',')) d.z = static_cast<uint32_t>(take().value);
    return d;
  };
  while (peek().kind == TokenKind::kDot) {
    std::string word(take().text);
    if (word == "maxntid") {
      function.max_threads = dims();
    } else if (word == "reqntid") {
      function.required_threads = dims();
    } else if (word == "minnctapersm" || word == "maxnctapersm" || word == "maxnreg") {
      take();  // hints to the register allocator
    } else if (word == "noreturn" || word == "unified") {
    } else if (word == "pragma") {
      while (!accept(';')) take();
    } else {
      fail("the directive '." + word + "' of '" + function.name + "' is not simulated");
    }
  }
}

void PtxParser::function(bool is_entry, bool is_extern) {
  module_.functions.emplace_back();
  ParsedFunction& function = module_.functions.back();
  function.is_entry = is_entry;
  if (accept_dot("attribute")) {
    while (!accept(')')) take();
  }
  if (!is_entry && is_punct('(')) function.returns = parameter_list(function, false);
  function.line = peek().line;
  function.name = expect_name("a function's name");
  if (is_punct('(')) function.params = parameter_list(function, is_entry);
  directives(function);
  auto known = module_.function_names.find(function.name);
  if (is_punct('{')) {
    if (known != module_.function_names.end() && known->second->has_body) {
      fail("the function '" + function.name + "' is defined twice", function.line);
    }
    module_.function_names[function.name] = &function;
    function.has_body = true;
    body(function);
    return;
  }
  (void)is_extern;  // a declaration without a body, .extern or forward
  expect(';');
  if (known == module_.function_names.end()) module_.function_names[function.name] = &function;
}

ParsedModule parse_ptx(std::string_view text) { return PtxParser(text).run(); }

}  // namespace simgpu
