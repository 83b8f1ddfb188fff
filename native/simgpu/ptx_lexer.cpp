#include "ptx_lexer.h"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "engine.h"

namespace simgpu {
namespace {

bool is_name_start(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '%';
}
bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    tokens.reserve(text_.size() / 4 + 1);
    for (;;) {
      skip_blank();
      if (at_ >= text_.size()) break;
      tokens.push_back(next());
    }
    tokens.push_back({TokenKind::kEnd, "", line_});
    return tokens;
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw LoadError(LoadErrorKind::kInvalidPtx, line_,
                    "PTX line " + std::to_string(line_) + ": " + what);
  }

  void skip_blank() {
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == '\n') {
        ++line_;
        ++at_;
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\0' || c == '\f' || c == '\v') {
        ++at_;
      } else if (c == '/' && peek(1) == '/') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (c == '/' && peek(1) == '*') {
        size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) fail("a comment that begins here never ends");
        for (; at_ < end + 2; ++at_) line_ += text_[at_] == '\n';
      } else {
        return;
      }
    }
  }

  Token next() {
    size_t begin = at_;
    char c = text_[at_];
    if (is_name_start(c)) {
      ++at_;
      while (is_name(peek())) ++at_;
      return token(TokenKind::kIdentifier, begin);
    }
    if (is_digit(c)) return number();
    if (c == '.' && (is_name(peek(1)))) {
      ++at_;
      while (is_name(peek()) || (peek() == ':' && peek(1) == ':')) at_ += peek() == ':' ? 2 : 1;
      return token(TokenKind::kDot, begin + 1);
    }
    if (c == '"') {
      size_t end = text_.find('"', at_ + 1);
      if (end == std::string_view::npos) fail("a string that begins here never ends");
      at_ = end + 1;
      Token t{TokenKind::kString, text_.substr(begin + 1, end - begin - 1), line_};
      return t;
    }
    if (std::strchr("{}[]()<>,;:=+-*/!@|&^~?%.#", c) != nullptr) {
      ++at_;
      return token(TokenKind::kPunct, begin);
    }
    fail(std::string("the character '") + c + "' has no meaning in PTX");
  }

  Token token(TokenKind kind, size_t begin) const {
    return {kind, text_.substr(begin, at_ - begin), line_};
  }

  Token number() {
    size_t begin = at_;
    char second = static_cast<char>(std::tolower(static_cast<unsigned char>(peek(1))));
    if (peek() == '0' && (second == 'f' || second == 'd')) {
      size_t digits = second == 'f' ? 8 : 16;
      at_ += 2;
      Token t{second == 'f' ? TokenKind::kFloat32 : TokenKind::kFloat64, "", line_};
      for (size_t i = 0; i < digits; ++i, ++at_) {
        if (!std::isxdigit(static_cast<unsigned char>(peek()))) {
          fail("a 0" + std::string(1, second) + " literal needs " + std::to_string(digits) +
               " hexadecimal digits");
        }
        t.value = t.value << 4 | std::strtoul(std::string(1, peek()).c_str(), nullptr, 16);
      }
      t.text = text_.substr(begin, at_ - begin);
      return t;
    }
    if (second != 'x' && second != 'b') {
      size_t end = at_;
      while (end < text_.size() && is_digit(text_[end])) ++end;
      bool fraction = end + 1 < text_.size() && text_[end] == '.' && !is_name_start(text_[end + 1]);
      bool exponent = end < text_.size() && (text_[end] == 'e' || text_[end] == 'E');
      if (fraction || exponent) return decimal(begin);
    }
    while (is_name(peek())) ++at_;
    Token t = token(TokenKind::kInteger, begin);
    t.value = integer_value(std::string(t.text));
    return t;
  }

  Token decimal(size_t begin) {
    std::string copy(text_.substr(begin, 64));
    char* end = nullptr;
    double value = std::strtod(copy.c_str(), &end);
    at_ = begin + static_cast<size_t>(end - copy.c_str());
    Token t = token(TokenKind::kFloat, begin);
    std::memcpy(&t.value, &value, sizeof value);
    return t;
  }

  uint64_t integer_value(std::string digits) const {
    if (!digits.empty() && (digits.back() == 'U' || digits.back() == 'u')) digits.pop_back();
    int base = 10;
    const char* start = digits.c_str();
    if (digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
      base = 16;
    } else if (digits.size() > 2 && digits[0] == '0' && (digits[1] == 'b' || digits[1] == 'B')) {
      base = 2;
      start += 2;
    } else if (digits.size() > 1 && digits[0] == '0') {
      base = 8;
    }
    char* end = nullptr;
    errno = 0;
    uint64_t value = std::strtoull(start, &end, base);
    if (*end != '\0' || end == start || errno != 0) fail("'" + digits + "' is not an integer");
    return value;
  }

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text) { return Lexer(text).run(); }

}  // namespace simgpu
