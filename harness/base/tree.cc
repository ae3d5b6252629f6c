#include "harness/base/tree.h"

#include <algorithm>
#include <cstring>

namespace gatecrash::base {

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::Absent: return "nothing";
    case Kind::Null: return "null";
    case Kind::Bool: return "a boolean";
    case Kind::Number: return "a number";
    case Kind::String: return "a string";
    case Kind::List: return "a list";
    case Kind::Object: return "a mapping";
  }
  return "?";
}

char* Tree::reserve_text(std::size_t size) {
  if (scratch_used_ + size > scratch_.size()) {
    if (scratch_used_ != 0) {
      return spilled_.emplace_back(size, '\0').data();
    }
    scratch_.resize(std::max<std::size_t>(size, 512));
  }
  char* at = scratch_.data() + scratch_used_;
  scratch_used_ += size;
  return at;
}

std::string_view Tree::keep_text(std::string_view text) {
  if (text.empty()) return {};
  char* at = reserve_text(text.size());
  std::memcpy(at, text.data(), text.size());
  return {at, text.size()};
}

void Tree::clear() {
  nodes_.clear();
  scratch_used_ = 0;
  spilled_.clear();
}

bool equal(Value left, Value right) {
  if (left.kind() != right.kind() || left.size() != right.size()) return false;
  switch (left.kind()) {
    case Kind::Absent:
    case Kind::Null: return true;
    case Kind::Bool:
    case Kind::Number:
    case Kind::String: return left.text() == right.text();
    case Kind::List: {
      auto other = right.begin();
      for (const Value each : left) {
        if (!equal(each, *other)) return false;
        ++other;
      }
      return true;
    }
    case Kind::Object:
      for (const Value each : left) {
        if (!equal(each, right.find(each.key()))) return false;
      }
      return true;
  }
  return false;
}

SourcePos position(std::string_view source, std::uint32_t offset) {
  const std::string_view before = source.substr(0, offset);
  const auto lines = std::ranges::count(before, '\n');
  const std::size_t start = before.rfind('\n');
  const std::size_t column = start == std::string_view::npos ? before.size() : before.size() - start - 1;
  return {.line = static_cast<std::uint32_t>(lines) + 1,
          .column = static_cast<std::uint32_t>(column) + 1};
}

}  // namespace gatecrash::base
