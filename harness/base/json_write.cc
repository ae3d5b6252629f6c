#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/scan.h"

namespace gatecrash::base {
namespace {

// Room for one escape.
constexpr std::size_t kEscape = 6;

// Copies to the first byte that needs an escape; says how many. May write a word beyond.
std::size_t copy_plain_run(const char* from, const char* end, char* to) {
  const char* const start = from;
  for (; end - from >= static_cast<std::ptrdiff_t>(kWord); from += kWord, to += kWord) {
    std::uint64_t word;
    std::memcpy(&word, from, kWord);
    std::memcpy(to, &word, kWord);
    const std::uint64_t found = special_bytes(word);
    if (found != 0)
      return static_cast<std::size_t>(from - start) +
             static_cast<std::size_t>(std::countr_zero(found) >> 3);
  }
  const char* const stop = skip_plain<false>(from, end);
  while (from != stop) *to++ = *from++;
  return static_cast<std::size_t>(from - start);
}

char* put_escape(char c, char* at) {
  constexpr std::string_view kHex = "0123456789abcdef";
  *at++ = '\\';
  switch (c) {
    case '"':
    case '\\': *at++ = c; return at;
    case '\b': *at++ = 'b'; return at;
    case '\f': *at++ = 'f'; return at;
    case '\n': *at++ = 'n'; return at;
    case '\r': *at++ = 'r'; return at;
    case '\t': *at++ = 't'; return at;
    default: break;
  }
  std::memcpy(at, "u00", 3);
  at[3] = kHex[static_cast<unsigned char>(c) >> 4];
  at[4] = kHex[static_cast<unsigned char>(c) & 0xf];
  return at + 5;
}

// Appends through a pointer: one look at the capacity per value instead of one per character.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out), start_(out.size()), used_(start_) {}
  ~Writer() { out_.resize(used_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Recursion is bounded by the depth rule of the reader that made the tree.
  void write(Value value) {
    switch (value.kind()) {
      case Kind::Absent:
      case Kind::Null: return put_text("null");
      case Kind::String: return put_string(value.text());
      case Kind::Bool:
      case Kind::Number: return put_text(value.text());
      case Kind::List:
      case Kind::Object: break;
    }
    const bool object = value.is_object();
    put(object ? '{' : '[');
    bool first = true;
    for (const Value each : value) {
      if (!first) put(',');
      first = false;
      if (object) {
        put_string(each.key());
        put(':');
      }
      write(each);
    }
    put(object ? '}' : ']');
  }

  void write_sorted(Value value) {
    if (!value.is_object() && !value.is_list()) return write(value);
    std::vector<Value> children;
    children.reserve(value.size());
    for (const Value each : value) children.push_back(each);
    const bool object = value.is_object();
    if (object) {
      std::ranges::stable_sort(children, {}, [](Value each) { return each.key(); });
    }
    put(object ? '{' : '[');
    bool first = true;
    for (const Value each : children) {
      if (!first) put(',');
      first = false;
      if (object) {
        put_string(each.key());
        put(':');
      }
      write_sorted(each);
    }
    put(object ? '}' : ']');
  }

  void put_string(std::string_view text) {
    char* const at = room(text.size() + 2);
    *at = '"';
    if (!copy_plain(text.data(), text.size(), at + 1)) return put_escaped(text);
    at[text.size() + 1] = '"';
    done(at + text.size() + 2);
  }

 private:
  void put(char c) {
    char* const at = room(1);
    *at = c;
    done(at + 1);
  }
  void put_text(std::string_view text) {
    if (text.empty()) return;  // memcpy takes no null pointer
    char* const at = room(text.size());
    std::memcpy(at, text.data(), text.size());
    done(at + text.size());
  }
  void put_escaped(std::string_view text) {
    const char* from = text.data();
    const char* const end = from + text.size();
    char* at = nullptr;
    const char* limit = nullptr;
    // There is always room for what is left unescaped, one escape, the closing quote and one word.
    const auto make_room = [&] {
      const auto rest = static_cast<std::size_t>(end - from) + kEscape + 1 + kWord;
      if (at != nullptr && static_cast<std::size_t>(limit - at) >= rest) return;
      if (at != nullptr) done(at);
      at = room(2 * rest);
      limit = at + 2 * rest;
    };
    make_room();
    *at++ = '"';
    while (true) {
      const std::size_t plain = copy_plain_run(from, end, at);
      from += plain;
      at += plain;
      if (from == end) break;
      at = put_escape(*from++, at);
      make_room();
    }
    *at++ = '"';
    done(at);
  }
  // `size` writable bytes behind what was written.
  char* room(std::size_t size) {
    if (out_.size() - used_ < size) [[unlikely]] {
      constexpr std::size_t kStep = 256;
      // What is made room for is zeroed first: as much again as this writer wrote, however long the
      // text before it is.
      out_.resize(used_ + size + std::max(kStep, used_ - start_));
    }
    return out_.data() + used_;
  }
  void done(const char* at) { used_ = static_cast<std::size_t>(at - out_.data()); }

  std::string& out_;
  const std::size_t start_;
  std::size_t used_;  // of out_, which is longer while we write
};

}  // namespace

void write_json_string(std::string_view text, std::string& out) {
  Writer(out).put_string(text);
}

void write_json(Value value, std::string& out) {
  Writer(out).write(value);
}

std::string to_json(Value value) {
  std::string out;
  write_json(value, out);
  return out;
}

std::string to_json(std::string_view text) {
  std::string out;
  write_json_string(text, out);
  return out;
}

void write_json_sorted(Value value, std::string& out) {
  Writer(out).write_sorted(value);
}

}  // namespace gatecrash::base
