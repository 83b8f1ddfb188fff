// Constant expressions of the parser.
#include "ptx_parser.h"

namespace simgpu {
namespace {

// Binding strength of a binary operator, 0 when it is none.
int strength(const Token& first, const Token& second) {
  if (first.kind != TokenKind::kPunct) return 0;
  switch (first.text[0]) {
    case '|':
      return 1;
    case '^':
      return 2;
    case '&':
      return 3;
    case '<':
    case '>':
      return second.kind == TokenKind::kPunct && second.text == first.text ? 4 : 0;
    case '+':
    case '-':
      return 5;
    case '*':
    case '/':
    case '%':
      return 6;
    default:
      return 0;
  }
}

}  // namespace

int64_t PtxParser::expression(int minimum) {
  int64_t value = 0;
  bool leading_sign = is_punct('+');
  if (leading_sign) take();  // [%r+4], and [%r+-4]
  value = unary();
  for (;;) {
    int s = strength(peek(), peek(1));
    if (s == 0 || s <= minimum) return value;
    char c = take().text[0];
    if (s == 4) take();
    auto left = static_cast<uint64_t>(value);
    int64_t right = expression(s);
    auto bits = static_cast<uint64_t>(right);
    if ((c == '/' || c == '%') && right == 0) fail("division by zero in a constant expression");
    switch (c) {
      case '|':
        value = static_cast<int64_t>(left | bits);
        break;
      case '^':
        value = static_cast<int64_t>(left ^ bits);
        break;
      case '&':
        value = static_cast<int64_t>(left & bits);
        break;
      case '<':
        value = static_cast<int64_t>(bits > 63 ? 0 : left << bits);
        break;
      case '>':
        value = bits > 63 ? 0 : value >> bits;
        break;
      case '+':
        value = static_cast<int64_t>(left + bits);
        break;
      case '-':
        value = static_cast<int64_t>(left - bits);
        break;
      case '*':
        value = static_cast<int64_t>(left * bits);
        break;
      case '/':
        value = right == -1 ? static_cast<int64_t>(0 - left) : value / right;
        break;
      default:
        value = right == -1 ? 0 : value % right;
        break;
    }
  }
}

int64_t PtxParser::unary() {
  char sign = is_punct('-') || is_punct('~') || is_punct('+') ? peek().text[0] : ' ';
  if (sign != ' ') {
    take();
    descend();
    int64_t value = unary();
    --depth_;
    if (sign == '+') return value;
    return sign == '~' ? ~value : static_cast<int64_t>(0 - static_cast<uint64_t>(value));
  }
  if (accept('(')) {
    descend();
    if (is_dot("s64") || is_dot("u64")) {  // a cast of the expression that follows
      take();
      expect(')');
      int64_t value = unary();
      --depth_;
      return value;
    }
    int64_t value = expression();
    expect(')');
    --depth_;
    return value;
  }
  const Token& token = peek();
  if (token.kind == TokenKind::kInteger) return static_cast<int64_t>(take().value);
  if (token.kind == TokenKind::kIdentifier && token.text == "WARP_SZ") {
    take();
    return 32;
  }
  fail("expected an integer but found " + shown(token));
}

}  // namespace simgpu
