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

namespace {

constexpr std::size_t kFirstBlock = 512;
constexpr std::size_t kSpillBlock = 16 * 1024;
// What a tree keeps for the next message; one giant document must not hold its size for ever.
constexpr std::size_t kKeptBlock = std::size_t{4} << 20;

std::vector<Value> by_key(Value object) {
  std::vector<Value> members;
  members.reserve(object.size());
  for (const Value each : object) members.push_back(each);
  std::ranges::stable_sort(members, {}, [](Value each) { return each.key(); });
  return members;
}

}  // namespace

// Within the block, `used_` is also the place of the next free byte: spilling starts when the block
// is too small and does not go back, so the two never mix.
char* Tree::reserve_text(std::size_t size) {
  if (spilled_.empty() && used_ == 0 && size > block_size_) {
    block_size_ = std::max(size, kFirstBlock);
    block_ = std::make_unique_for_overwrite<char[]>(block_size_);
  }
  if (spilled_.empty() && size <= block_size_ - used_) {
    char* const at = block_.get() + used_;
    used_ += size;
    return at;
  }
  used_ += size;
  if (size > spilled_left_ || spilled_.empty()) {
    const std::size_t room = std::max(size, kSpillBlock);
    spilled_.push_back(std::make_unique_for_overwrite<char[]>(room));
    spilled_left_ = room;
    last_spill_ = spilled_.back().get();
  }
  char* const at = last_spill_;
  last_spill_ += size;
  spilled_left_ -= size;
  return at;
}

void Tree::give_back(std::size_t size) {
  used_ -= size;
  if (spilled_.empty()) return;
  last_spill_ -= size;
  spilled_left_ += size;
}

std::string_view Tree::keep_text(std::string_view text) {
  if (text.empty()) return {};
  char* at = reserve_text(text.size());
  std::memcpy(at, text.data(), text.size());
  return {at, text.size()};
}

void Tree::swap(Tree& other) noexcept {
  nodes_.swap(other.nodes_);
  sorting_.swap(other.sorting_);
  block_.swap(other.block_);
  std::swap(block_size_, other.block_size_);
  std::swap(used_, other.used_);
  spilled_.swap(other.spilled_);
  std::swap(last_spill_, other.last_spill_);
  std::swap(spilled_left_, other.spilled_left_);
}

void Tree::clear() {
  nodes_.clear();
  if (!spilled_.empty()) {
    spilled_.clear();
    spilled_left_ = 0;
    if (used_ <= kKeptBlock) {
      block_size_ = used_ + used_ / 4;
      block_ = std::make_unique_for_overwrite<char[]>(block_size_);
    }
  }
  used_ = 0;
}

bool equal(Value left, Value right) {
  if (left.kind() != right.kind() || left.size() != right.size()) return false;
  switch (left.kind()) {
    case Kind::Absent:
    case Kind::Null: return true;
    case Kind::Bool:
    case Kind::Number:
    case Kind::String: return left.text() == right.text();
    case Kind::List:
    case Kind::Object: break;
  }
  // In the same order, which is the common case, one pass is enough.
  auto other = right.begin();
  bool same_order = true;
  for (const Value each : left) {
    if (each.key() != (*other).key()) {
      same_order = false;
      break;
    }
    if (!equal(each, *other)) return false;
    ++other;
  }
  if (same_order) return true;
  // Members of one name, where a reader kept them, are compared in their order.
  const std::vector<Value> ours = by_key(left), theirs = by_key(right);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (ours[i].key() != theirs[i].key() || !equal(ours[i], theirs[i])) return false;
  }
  return true;
}

SourcePos position(std::string_view source, std::uint32_t offset) {
  const std::string_view before = source.substr(0, offset);
  const auto lines = std::ranges::count(before, '\n');
  const std::size_t start = before.rfind('\n');
  const std::size_t column =
      start == std::string_view::npos ? before.size() : before.size() - start - 1;
  return {.line = static_cast<std::uint32_t>(lines) + 1,
          .column = static_cast<std::uint32_t>(column) + 1};
}

}  // namespace gatecrash::base
