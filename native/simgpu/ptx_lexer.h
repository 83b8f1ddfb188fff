// PTX text to tokens.
#ifndef FIGMENT_SIMGPU_PTX_LEXER_H_
#define FIGMENT_SIMGPU_PTX_LEXER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace simgpu {

enum class TokenKind : uint8_t {
  kIdentifier,  // names and opcodes: add, %r1, $L__BB0_2, _
  kDot,         // a dotted word: .f32, .global, .L1::no_allocate; text leaves the dot out
  kInteger,
  kFloat,    // a decimal literal: 1.5, 2e-3
  kFloat32,  // 0fXXXXXXXX, bits in value
  kFloat64,  // 0dXXXXXXXXXXXXXXXX, bits in value
  kString,   // text without the quotes
  kPunct,    // one character in text
  kEnd,
};

struct Token {
  TokenKind kind;
  std::string_view text;
  int line;
  uint64_t value = 0;  // integer value or the bits of a float
};

// The tokens refer into `text`. Throws LoadError on a character or number that PTX does not have.
std::vector<Token> tokenize(std::string_view text);

}  // namespace simgpu

#endif  // FIGMENT_SIMGPU_PTX_LEXER_H_
