#include <algorithm>
#include <cstring>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/json_string.h"
#include "harness/base/scan.h"

namespace gatecrash::base {
namespace {

// Objects up to this many members are checked for duplicates pair by pair; larger ones are sorted.
constexpr std::uint32_t kPairwiseMembers = 12;

// Which of 63 kinds of member name this is: equal names are of one kind.
std::uint64_t kind_of_name(std::string_view name) {
  if (name.empty()) return 1;
  const std::uint32_t mixed = static_cast<std::uint32_t>(name.size()) * 0x9e3779b1U +
                              static_cast<unsigned char>(name.front()) * 0x85ebca6bU +
                              static_cast<unsigned char>(name.back()) * 0xc2b2ae35U;
  return std::uint64_t{1} << ((std::uint64_t{mixed} * 63) >> 32);
}
constexpr std::uint64_t kSeenTwice = std::uint64_t{1} << 63;  // two names of one kind: look closer

// The place in the text goes from function to function as `at`; null stands for a failure that has
// been noted in error_. That keeps it in a register, which is most of this reader's speed.
class Reader {
 public:
  Reader(std::string_view text, const JsonRules& rules, Tree& tree)
      : begin_(text.data()),
        end_(text.data() + text.size()),
        rules_(rules),
        tree_(tree),
        nodes_(tree.nodes()) {}

  std::optional<JsonError> read() {
    const char* at = skip_space(begin_);
    if (at == end_) {
      fail(at, JsonFault::Empty, "a value");
      return error_;
    }
    at = read_value(at, {}, 0);
    while (open_ != kNone && at != nullptr) {
      at = nodes_[open_].kind == Kind::Object ? read_member(at) : read_element(at);
    }
    if (at != nullptr && skip_space(at) != end_) {
      fail(skip_space(at), JsonFault::TrailingText, "the end of the text");
    }
    return error_;
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  const char* fail(const char* at, JsonFault fault, std::string_view expected = {}) {
    error_ = JsonError{fault, offset(at), expected};
    return nullptr;
  }
  std::uint32_t offset(const char* at) const { return static_cast<std::uint32_t>(at - begin_); }

  const char* skip_space(const char* at) const {
    if (at != end_ && *at > ' ') return at;
    while (at != end_ && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
    return at;
  }

  Node& add(const char* at, Kind kind, std::string_view text, std::string_view key,
            std::uint32_t key_offset) {
    ++children_;
    Node& node = nodes_.emplace_back();
    node.text = text;
    node.key = key;
    node.offset = offset(at);
    node.key_offset = key_offset;
    node.kind = kind;
    return node;
  }

  // The stack of open containers lives in the nodes: while one is open, `span` holds the index of
  // the container around it, `size` how many children that one has so far, and the size of `text`
  // which kinds of names.
  const char* open(const char* at, Kind kind, std::string_view key, std::uint32_t key_offset) {
    if (++depth_ > rules_.depth) return fail(at, JsonFault::Depth);
    Node& node = add(at, kind, {nullptr, names_}, key, key_offset);
    node.span = std::exchange(open_, static_cast<std::uint32_t>(nodes_.size() - 1));
    node.size = std::exchange(children_, 0);
    names_ = 0;
    return at + 1;
  }

  const char* close(const char* at) {
    Node& node = nodes_[open_];
    const std::uint32_t outer = node.span;
    node.span = static_cast<std::uint32_t>(nodes_.size()) - open_;
    std::swap(node.size, children_);
    const std::uint64_t names = std::exchange(names_, node.text.size());
    node.text = {};
    if ((names & kSeenTwice) != 0 && !rules_.keep_duplicates) {
      if (const Node* again = find_duplicate(Value{&node})) {
        return fail(begin_ + again->key_offset, JsonFault::DuplicateKey);
      }
    }
    --depth_;
    open_ = outer;
    return at + 1;
  }

  const Node* find_duplicate(Value object) {
    if (object.size() <= kPairwiseMembers) {
      for (auto left = object.begin(); left != object.end(); ++left) {
        for (auto right = object.begin(); right != left; ++right) {
          if ((*left).key() == (*right).key()) return (*left).node();
        }
      }
      return nullptr;
    }
    std::vector<const Node*>& members = tree_.sorting();
    members.clear();
    for (const Value each : object) members.push_back(each.node());
    std::ranges::sort(members, [](const Node* left, const Node* right) {
      return left->key != right->key ? left->key < right->key
                                     : left->key_offset < right->key_offset;
    });
    const auto again = std::ranges::adjacent_find(members, {}, &Node::key);
    return again == members.end() ? nullptr : again[1];
  }

  // What stands between the children of a container; null at `at` if it ends there.
  const char* read_member(const char* at) {
    at = skip_space(at);
    if (at != end_ && *at == '}') return close(at);
    if (children_ != 0) {
      if (at == end_ || *at != ',') return fail(at, JsonFault::Syntax, "`,` or `}`");
      at = skip_space(at + 1);
    }
    if (at == end_ || *at != '"')
      return fail(at, JsonFault::Syntax, "a member name in double quotes");
    const std::uint32_t key_offset = offset(at);
    std::string_view key;
    at = read_string(at, key);
    if (at == nullptr) return nullptr;
    const std::uint64_t kind = kind_of_name(key);
    names_ |= (names_ & kind) != 0 ? kSeenTwice : kind;
    at = skip_space(at);
    if (at == end_ || *at != ':') return fail(at, JsonFault::Syntax, "`:`");
    return read_value(skip_space(at + 1), key, key_offset);
  }

  const char* read_element(const char* at) {
    at = skip_space(at);
    if (at != end_ && *at == ']') return close(at);
    if (children_ != 0) {
      if (at == end_ || *at != ',') return fail(at, JsonFault::Syntax, "`,` or `]`");
      at = skip_space(at + 1);
    }
    return read_value(at, {}, 0);
  }

  const char* read_value(const char* at, std::string_view key, std::uint32_t key_offset) {
    if (at == end_) return fail(at, JsonFault::Syntax, "a value");
    switch (*at) {
      case '"': {
        std::string_view text;
        const char* const next = read_string(at, text);
        if (next != nullptr) add(at, Kind::String, text, key, key_offset);
        return next;
      }
      case '{': return open(at, Kind::Object, key, key_offset);
      case '[': return open(at, Kind::List, key, key_offset);
      case 't': return read_word(at, "true", Kind::Bool, key, key_offset);
      case 'f': return read_word(at, "false", Kind::Bool, key, key_offset);
      case 'n': return read_word(at, "null", Kind::Null, key, key_offset);
      default: return read_number(at, key, key_offset);
    }
  }

  // At the opening quote.
  const char* read_string(const char* at, std::string_view& text) {
    const char* const start = at + 1;
    const char* const stop = skip_plain<true>(start, end_);
    if (stop == end_ || *stop != '"') [[unlikely]]
      return read_other_string(start, stop, text);
    text = {start, static_cast<std::size_t>(stop - start)};
    return stop + 1;
  }
  const char* read_other_string(const char* start, const char* at, std::string_view& text) {
    const JsonString read = read_json_string(start, at, end_, rules_, tree_);
    if (read.next == nullptr) return fail(read.where, read.fault, read.expected);
    text = read.text;
    return read.next;
  }

  const char* read_word(const char* at, std::string_view word, Kind kind, std::string_view key,
                        std::uint32_t key_offset) {
    if (!std::string_view(at, static_cast<std::size_t>(end_ - at)).starts_with(word)) {
      return fail(at, JsonFault::Syntax, "a value");
    }
    add(at, kind, word, key, key_offset);
    return at + word.size();
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  const char* skip_digits(const char* at) const {
    while (at != end_ && is_digit(*at)) ++at;
    return at;
  }

  const char* read_number(const char* start, std::string_view key, std::uint32_t key_offset) {
    if (rules_.accept_nan) {
      for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
        if (std::string_view(start, static_cast<std::size_t>(end_ - start)).starts_with(word)) {
          return read_word(start, word, Kind::Number, key, key_offset);
        }
      }
    }
    const char* at = start;
    if (*at == '-') ++at;
    if (at == end_ || !is_digit(*at)) {
      return at == start ? fail(at, JsonFault::Syntax, "a value") : no_digit(at);
    }
    const char* const first = at;
    at = skip_digits(at);
    if (*first == '0' && at - first > 1) return fail(start, JsonFault::Number);
    if (at != end_ && *at == '.') {
      if (++at == end_ || !is_digit(*at)) return no_digit(at);
      at = skip_digits(at);
    }
    if (at != end_ && (*at == 'e' || *at == 'E')) {
      if (++at != end_ && (*at == '+' || *at == '-')) ++at;
      if (at == end_ || !is_digit(*at)) return no_digit(at);
      at = skip_digits(at);
    }
    const std::string_view lexeme(start, static_cast<std::size_t>(at - start));
    if (lexeme.size() > rules_.number_length) return fail(start, JsonFault::Number);
    add(start, Kind::Number, lexeme, key, key_offset);
    return at;
  }
  const char* no_digit(const char* at) { return fail(at, JsonFault::Number, "a digit"); }

  const char* const begin_;
  const char* const end_;
  const JsonRules& rules_;
  Tree& tree_;
  std::vector<Node>& nodes_;
  std::uint32_t open_ = kNone;
  std::uint32_t children_ = 0;  // of the innermost open container, so far
  std::uint64_t names_ = 0;     // kinds of its member names, so far
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
