#include "harness/base/json_string.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "harness/base/scan.h"
#include "harness/base/utf8.h"

namespace gatecrash::base {
namespace {

constexpr std::uint32_t kReplacement = 0xfffd;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20;
}

class StringReader {
 public:
  StringReader(const char* start, const char* at, const char* end, const JsonRules& rules,
               Tree& tree)
      : start_(start), at_(at), end_(end), rules_(rules), tree_(tree) {}

  JsonString read() {
    if (!skip_what_stays()) return result_;
    if (*at_ != '"') {
      if (!decode()) return result_;
    } else {
      result_.text = {start_, static_cast<std::size_t>(at_ - start_)};
    }
    result_.next = at_ + 1;
    return result_;
  }

 private:
  bool fail(JsonFault fault, const char* where, std::string_view expected = {}) {
    result_.fault = fault;
    result_.where = where;
    result_.expected = expected;
    return false;
  }

  // To the closing quote, or to the first byte that the decoded text does not have.
  bool skip_what_stays() {
    while (true) {
      at_ = skip_plain<true>(at_, end_);
      if (at_ == end_) return fail(JsonFault::Syntax, at_, "the closing quote");
      if (*at_ == '"' || *at_ == '\\') return true;
      if (is_control(*at_)) return fail(JsonFault::ControlCharacter, at_);
      const std::size_t length = utf8_length(at_, end_);
      if (length == 0) return rules_.repair_utf8 || fail(JsonFault::Utf8, at_);
      at_ += length;
    }
  }

  // Decoded text is never longer than the source, except for repaired bytes, which grow from one to
  // three. Where the string ends is seen when it is decoded: what the rest could need is reserved,
  // and given back.
  bool decode() {
    const auto rest = static_cast<std::size_t>(end_ - start_);
    const std::size_t reserved = rest * (rules_.repair_utf8 ? 3 : 1) + kWord;
    char* const text = tree_.reserve_text(reserved);
    out_ = text;
    copy(start_, at_);
    const bool decoded = decode_into(text);
    tree_.give_back(reserved - static_cast<std::size_t>(out_ - text));
    return decoded;
  }

  bool decode_into(const char* text) {
    while (true) {
      copy_plain_run();
      if (at_ == end_) return fail(JsonFault::Syntax, end_, "the closing quote");
      if (*at_ == '"') {
        result_.text = {text, static_cast<std::size_t>(out_ - text)};
        return true;
      }
      if (*at_ == '\\' ? !decode_escape() : !decode_sequence()) return false;
    }
  }

  // To the first byte that is not plain ASCII. There is always room for one word more than is left.
  void copy_plain_run() {
    for (; end_ - at_ >= static_cast<std::ptrdiff_t>(kWord); at_ += kWord, out_ += kWord) {
      std::uint64_t word;
      std::memcpy(&word, at_, kWord);
      std::memcpy(out_, &word, kWord);
      const std::uint64_t found = special_bytes(word) | (word & 0x8080808080808080U);
      if (found == 0) continue;
      const int plain = std::countr_zero(found) >> 3;
      at_ += plain;
      out_ += plain;
      return;
    }
    const char* const stop = skip_plain<true>(at_, end_);
    copy(at_, stop);
    at_ = stop;
  }

  void copy(const char* from, const char* to) {
    std::memcpy(out_, from, static_cast<std::size_t>(to - from));
    out_ += to - from;
  }

  // At a byte that is neither ASCII nor quote nor backslash.
  bool decode_sequence() {
    if (is_control(*at_)) return fail(JsonFault::ControlCharacter, at_);
    const std::size_t length = utf8_length(at_, end_);
    if (length != 0) {
      copy(at_, at_ + length);
      at_ += length;
      return true;
    }
    if (!rules_.repair_utf8) return fail(JsonFault::Utf8, at_);
    out_ += put_utf8(kReplacement, out_);
    ++at_;
    return true;
  }

  // At a backslash.
  bool decode_escape() {
    const char* const escape = at_;
    if (++at_ == end_) return fail(JsonFault::Syntax, at_, "an escape letter");
    switch (*at_++) {
      case '"': *out_++ = '"'; return true;
      case '\\': *out_++ = '\\'; return true;
      case '/': *out_++ = '/'; return true;
      case 'b': *out_++ = '\b'; return true;
      case 'f': *out_++ = '\f'; return true;
      case 'n': *out_++ = '\n'; return true;
      case 'r': *out_++ = '\r'; return true;
      case 't': *out_++ = '\t'; return true;
      case 'u': break;
      default: return fail(JsonFault::Syntax, at_ - 1, "one of the escape letters b f n r t u");
    }
    std::uint32_t code = 0;
    if (!read_hex4(code)) return false;
    if (code >= 0xd800 && code < 0xdc00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
      const char* const second = at_;
      at_ += 2;
      std::uint32_t low = 0;
      if (!read_hex4(low)) return false;
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      } else {
        at_ = second;
      }
    }
    if (code >= 0xd800 && code < 0xe000) {
      if (!rules_.lone_surrogates) return fail(JsonFault::Surrogate, escape);
      code = kReplacement;
    }
    out_ += put_utf8(code, out_);
    return true;
  }

  bool read_hex4(std::uint32_t& code) {
    constexpr std::string_view kExpected = "four hex digits";
    if (end_ - at_ < 4) return fail(JsonFault::Syntax, at_, kExpected);
    code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = *at_;
      const char letter = static_cast<char>(c | 0x20);
      code <<= 4;
      if (c >= '0' && c <= '9') {
        code |= static_cast<std::uint32_t>(c - '0');
      } else if (letter >= 'a' && letter <= 'f') {
        code |= static_cast<std::uint32_t>(letter - 'a' + 10);
      } else {
        return fail(JsonFault::Syntax, at_, kExpected);
      }
    }
    return true;
  }

  const char* const start_;
  const char* at_;
  const char* const end_;
  const JsonRules& rules_;
  Tree& tree_;
  char* out_ = nullptr;
  JsonString result_;
};

}  // namespace

JsonString read_json_string(const char* start, const char* at, const char* end,
                            const JsonRules& rules, Tree& tree) {
  return StringReader(start, at, end, rules, tree).read();
}

}  // namespace gatecrash::base
