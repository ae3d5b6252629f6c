#include <algorithm>
#include <cstring>

#include "harness/base/json.h"
#include "harness/base/scan.h"
#include "harness/base/utf8.h"

namespace gatecrash::base {
namespace {

// Objects up to this many members are checked for duplicates pair by pair; larger ones are sorted.
constexpr std::uint32_t kPairwiseMembers = 12;

class Reader {
 public:
  Reader(std::string_view text, const JsonRules& rules, Tree& tree)
      : begin_(text.data()),
        at_(text.data()),
        end_(text.data() + text.size()),
        rules_(rules),
        tree_(tree),
        nodes_(tree.nodes()) {}

  std::optional<JsonError> read() {
    skip_space();
    if (at_ == end_) return fail(JsonFault::Empty, "a value"), error_;
    // The stack of open containers lives in the nodes: `span` of an open one holds the index of the
    // container around it and `size` how many children that one has so far.
    if (!read_value(std::string_view{}, 0)) return error_;
    while (open_ != kNone) {
      if (!read_inside()) return error_;
    }
    skip_space();
    if (at_ != end_) fail(JsonFault::TrailingText, "the end of the text");
    return error_;
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  bool fail(JsonFault fault, std::string_view expected = {}) {
    return fail_at(fault, offset(at_), expected);
  }
  bool fail_at(JsonFault fault, std::uint32_t offset, std::string_view expected = {}) {
    error_ = JsonError{fault, offset, expected};
    return false;
  }
  std::uint32_t offset(const char* at) const { return static_cast<std::uint32_t>(at - begin_); }

  void skip_space() {
    if (at_ != end_ && *at_ > ' ') return;  // a signed char or not: what is above is no space
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  Node& add(Kind kind, std::string_view key, std::uint32_t key_offset) {
    return add_at(at_, kind, key, key_offset);
  }
  Node& add_at(const char* at, Kind kind, std::string_view key, std::uint32_t key_offset) {
    ++children_;
    Node& node = nodes_.emplace_back();
    node.kind = kind;
    node.key = key;
    node.key_offset = key_offset;
    node.offset = offset(at);
    return node;
  }

  bool open(Kind kind, std::string_view key, std::uint32_t key_offset) {
    if (++depth_ > rules_.depth) return fail(JsonFault::Depth);
    Node& node = add(kind, key, key_offset);
    node.span = open_;
    node.size = children_;
    open_ = static_cast<std::uint32_t>(nodes_.size() - 1);
    children_ = 0;
    ++at_;
    return true;
  }

  bool close() {
    Node& node = nodes_[open_];
    const std::uint32_t outer = node.span;
    node.span = static_cast<std::uint32_t>(nodes_.size()) - open_;
    std::swap(node.size, children_);
    ++at_;
    --depth_;
    if (node.kind == Kind::Object && !rules_.keep_duplicates && !check_duplicates(open_))
      return false;
    open_ = outer;
    return true;
  }

  // Most names differ in size or first byte; only then is there a call.
  static bool same_name(std::string_view left, std::string_view right) {
    return left.size() == right.size() && (left.empty() || (left[0] == right[0] && left == right));
  }

  bool check_duplicates(std::uint32_t object) {
    const Value value{&nodes_[object]};
    if (value.size() < 2) return true;
    if (value.size() <= kPairwiseMembers) {
      for (auto left = value.begin(); left != value.end(); ++left) {
        for (auto right = value.begin(); right != left; ++right) {
          if (same_name((*left).node()->key, (*right).node()->key)) {
            return fail_at(JsonFault::DuplicateKey, (*left).key_offset());
          }
        }
      }
      return true;
    }
    std::vector<const Node*>& members = tree_.sorting();
    members.clear();
    for (const Value each : value) members.push_back(each.node());
    std::ranges::sort(members, [](const Node* left, const Node* right) {
      return left->key != right->key ? left->key < right->key
                                     : left->key_offset < right->key_offset;
    });
    for (std::size_t i = 1; i < members.size(); ++i) {
      if (members[i]->key == members[i - 1]->key) {
        return fail_at(JsonFault::DuplicateKey, members[i]->key_offset);
      }
    }
    return true;
  }

  // One element or member of the innermost open container, or its end.
  bool read_inside() {
    skip_space();
    const bool object = nodes_[open_].kind == Kind::Object;
    if (at_ != end_ && *at_ == (object ? '}' : ']')) return close();
    if (children_ != 0) {
      if (at_ == end_ || *at_ != ',') {
        return fail(JsonFault::Syntax, object ? "`,` or `}`" : "`,` or `]`");
      }
      ++at_;
      skip_space();
    }
    if (!object) return read_value(std::string_view{}, 0);
    if (at_ == end_ || *at_ != '"')
      return fail(JsonFault::Syntax, "a member name in double quotes");
    const std::uint32_t key_offset = offset(at_);
    const std::string_view key = read_string();
    if (key.data() == nullptr) return false;
    skip_space();
    if (at_ == end_ || *at_ != ':') return fail(JsonFault::Syntax, "`:`");
    ++at_;
    skip_space();
    return read_value(key, key_offset);
  }

  bool read_value(std::string_view key, std::uint32_t key_offset) {
    if (at_ == end_) return fail(JsonFault::Syntax, "a value");
    switch (*at_) {
      case '{': return open(Kind::Object, key, key_offset);
      case '[': return open(Kind::List, key, key_offset);
      case '"': {
        const char* const start = at_;
        const std::string_view text = read_string();
        if (text.data() == nullptr) return false;
        add_at(start, Kind::String, key, key_offset).text = text;
        return true;
      }
      case 't': return read_word("true", Kind::Bool, key, key_offset);
      case 'f': return read_word("false", Kind::Bool, key, key_offset);
      case 'n': return read_word("null", Kind::Null, key, key_offset);
      default: return read_number(key, key_offset);
    }
  }

  bool read_word(std::string_view word, Kind kind, std::string_view key, std::uint32_t key_offset) {
    if (static_cast<std::size_t>(end_ - at_) < word.size() ||
        std::string_view(at_, word.size()) != word) {
      return fail(JsonFault::Syntax, "a value");
    }
    add(kind, key, key_offset).text = word;
    at_ += word.size();
    return true;
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  bool read_number(std::string_view key, std::uint32_t key_offset) {
    const char* at = at_;
    if (rules_.accept_nan) {
      for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
        if (std::string_view(at, static_cast<std::size_t>(end_ - at)).starts_with(word)) {
          return read_word(word, Kind::Number, key, key_offset);
        }
      }
    }
    if (at != end_ && *at == '-') ++at;
    if (at == end_ || !is_digit(*at)) {
      return at_ == at ? fail(JsonFault::Syntax, "a value")
                       : fail_at(JsonFault::Number, offset(at), "a digit");
    }
    if (*at == '0') {
      ++at;
      if (at != end_ && is_digit(*at)) return fail(JsonFault::Number);
    } else {
      while (at != end_ && is_digit(*at)) ++at;
    }
    if (at != end_ && *at == '.') {
      ++at;
      if (at == end_ || !is_digit(*at)) return fail_at(JsonFault::Number, offset(at), "a digit");
      while (at != end_ && is_digit(*at)) ++at;
    }
    if (at != end_ && (*at == 'e' || *at == 'E')) {
      ++at;
      if (at != end_ && (*at == '+' || *at == '-')) ++at;
      if (at == end_ || !is_digit(*at)) return fail_at(JsonFault::Number, offset(at), "a digit");
      while (at != end_ && is_digit(*at)) ++at;
    }
    if (static_cast<std::size_t>(at - at_) > rules_.number_length) return fail(JsonFault::Number);
    add(Kind::Number, key, key_offset).text = {at_, static_cast<std::size_t>(at - at_)};
    at_ = at;
    return true;
  }

  // For readers of strings, which answer with a view: no data means failure, as an empty text has
  // some.
  std::string_view no_text(const char* at, JsonFault fault, std::string_view expected = {}) {
    at_ = at;
    fail(fault, expected);
    return {};
  }

  // At the opening quote; leaves `at_` behind the closing one. The text comes back in registers:
  // stored by halves and loaded as a whole it would cost more than the scan.
  std::string_view read_string() {
    const char* const start = ++at_;
    const char* const at = skip_plain<true>(start, end_);
    if (at == end_ || *at != '"') [[unlikely]]
      return read_long_string(start, at);
    at_ = at + 1;
    return {start, static_cast<std::size_t>(at - start)};
  }

  // From the first byte on that is not plain ASCII.
  std::string_view read_long_string(const char* start, const char* at) {
    while (true) {
      if (at == end_) return no_text(at, JsonFault::Syntax, "the closing quote");
      if (*at == '"') {
        at_ = at + 1;
        return {start, static_cast<std::size_t>(at - start)};
      }
      if (*at == '\\') break;
      if (static_cast<unsigned char>(*at) < 0x20) return no_text(at, JsonFault::ControlCharacter);
      const std::size_t length = utf8_length(at, end_);
      if (length == 0) {
        if (rules_.repair_utf8) break;
        return no_text(at, JsonFault::Utf8);
      }
      at = skip_plain<true>(at + length, end_);
    }
    return read_escaped_string(start, at);
  }

  // The slow way, from the first escape on. Decoded text is never longer than the source, except
  // for repaired bytes, which grow from one to three.
  std::string_view read_escaped_string(const char* start, const char* at) {
    const char* close = at;
    while (close != end_ && *close != '"') close += *close == '\\' && close + 1 != end_ ? 2 : 1;
    const auto room =
        static_cast<std::size_t>(std::min(close, end_) - start) * (rules_.repair_utf8 ? 3 : 1) + 4;
    char* const out_begin = tree_.reserve_text(room);
    char* out = out_begin;
    std::memcpy(out, start, static_cast<std::size_t>(at - start));
    out += at - start;
    while (true) {
      if (at >= end_) return no_text(end_, JsonFault::Syntax, "the closing quote");
      if (const char* const stop = skip_plain<true>(at, end_); stop != at) {
        std::memcpy(out, at, static_cast<std::size_t>(stop - at));
        out += stop - at;
        at = stop;
        continue;
      }
      const auto c = static_cast<unsigned char>(*at);
      if (c == '"') {
        at_ = at + 1;
        return {out_begin, static_cast<std::size_t>(out - out_begin)};
      } else if (c == '\\') {
        at_ = at;
        if (!read_escape(out)) return {};
        at = at_;
      } else if (c < 0x20) {
        return no_text(at, JsonFault::ControlCharacter);
      } else if (const std::size_t length = utf8_length(at, end_); length != 0) {
        std::memcpy(out, at, length);
        out += length;
        at += length;
      } else if (rules_.repair_utf8) {
        out += put_utf8(0xfffd, out);
        ++at;
      } else {
        return no_text(at, JsonFault::Utf8);
      }
    }
  }

  bool read_hex4(std::uint32_t& code) {
    if (end_ - at_ < 4) return fail(JsonFault::Syntax, "four hex digits");
    code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = *at_;
      code <<= 4;
      if (c >= '0' && c <= '9')
        code |= static_cast<std::uint32_t>(c - '0');
      else if (c >= 'a' && c <= 'f')
        code |= static_cast<std::uint32_t>(c - 'a' + 10);
      else if (c >= 'A' && c <= 'F')
        code |= static_cast<std::uint32_t>(c - 'A' + 10);
      else
        return fail(JsonFault::Syntax, "four hex digits");
    }
    return true;
  }

  // At a backslash.
  bool read_escape(char*& out) {
    const std::uint32_t escape_offset = offset(at_);
    if (++at_ == end_) return fail(JsonFault::Syntax, "an escape letter");
    switch (*at_++) {
      case '"': *out++ = '"'; return true;
      case '\\': *out++ = '\\'; return true;
      case '/': *out++ = '/'; return true;
      case 'b': *out++ = '\b'; return true;
      case 'f': *out++ = '\f'; return true;
      case 'n': *out++ = '\n'; return true;
      case 'r': *out++ = '\r'; return true;
      case 't': *out++ = '\t'; return true;
      case 'u': break;
      default: --at_; return fail(JsonFault::Syntax, "one of the escape letters b f n r t u");
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
      if (!rules_.lone_surrogates) return fail_at(JsonFault::Surrogate, escape_offset);
      code = 0xfffd;
    }
    out += put_utf8(code, out);
    return true;
  }

  const char* const begin_;
  const char* at_;
  const char* const end_;
  const JsonRules& rules_;
  Tree& tree_;
  std::vector<Node>& nodes_;
  std::uint32_t open_ = kNone;
  std::uint32_t children_ = 0;  // of the innermost open container, so far
  std::uint32_t depth_ = 0;
  std::optional<JsonError> error_;
};

}  // namespace

std::string_view to_string(JsonFault fault) {
  switch (fault) {
    case JsonFault::Syntax: return "not well-formed JSON";
    case JsonFault::DuplicateKey: return "duplicate member name";
    case JsonFault::Depth: return "nested too deep";
    case JsonFault::Size: return "too large";
    case JsonFault::Number: return "malformed or overlong number";
    case JsonFault::Utf8: return "invalid UTF-8";
    case JsonFault::Surrogate: return "lone surrogate escape";
    case JsonFault::ControlCharacter: return "raw control character in a string";
    case JsonFault::TrailingText: return "text after the JSON value";
    case JsonFault::Empty: return "empty text";
  }
  return "?";
}

std::optional<JsonError> read_json(std::string_view text, const JsonRules& rules, Tree& tree) {
  tree.clear();
  if (text.size() > rules.bytes || text.size() > 0xfffffff0U) return JsonError{JsonFault::Size, 0};
  std::optional<JsonError> error = Reader(text, rules, tree).read();
  if (error) tree.clear();
  return error;
}

}  // namespace gatecrash::base
