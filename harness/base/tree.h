// The JSON data model, read once and then only looked at. One tree serves wire messages, policies
// and scenario files, so "what was judged" has a single meaning everywhere.
//
// Invariants
//  - Nodes stand in pre-order in one array; a Value is a pointer into it and is copied freely.
//  - Numbers keep their exact lexeme; nothing is converted to a double here.
//  - Strings and keys are decoded, valid UTF-8, and may contain any code point, NUL included.
//  - Every node knows its byte offset in the source, from which line and column follow.
//  - Text views point into the source given to the reader or into the tree: the source has to
//  outlive
//    the tree's content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/problem.h"

namespace gatecrash::base {

enum class Kind : std::uint8_t { Absent, Null, Bool, Number, String, List, Object };

std::string_view to_string(Kind kind);  // "null", "a string", … as used in messages

struct Node {
  std::string_view text;         // string content | number lexeme | "true" | "false"
  std::string_view key;          // member name, if the parent is an object
  std::uint32_t offset = 0;      // of the value
  std::uint32_t key_offset = 0;  // of the member name
  std::uint32_t span = 1;        // nodes in this subtree, itself included
  std::uint32_t size = 0;        // children
  Kind kind = Kind::Null;
  bool quoted = true;  // false for a plain YAML scalar
};

// A view of one node; a default-made Value is absent and answers every question with "no".
class Value {
 public:
  constexpr Value() = default;
  explicit constexpr Value(const Node* node) : node_(node) {}

  explicit operator bool() const { return node_ != nullptr; }
  Kind kind() const { return node_ ? node_->kind : Kind::Absent; }
  bool is_null() const { return kind() == Kind::Null; }
  bool is_bool() const { return kind() == Kind::Bool; }
  bool is_number() const { return kind() == Kind::Number; }
  bool is_string() const { return kind() == Kind::String; }
  bool is_list() const { return kind() == Kind::List; }
  bool is_object() const { return kind() == Kind::Object; }
  bool is_scalar() const { return is_string() || is_number() || is_bool(); }
  bool is_true() const { return is_bool() && node_->text.size() == 4; }

  std::string_view text() const { return node_ ? node_->text : std::string_view{}; }
  std::string_view key() const { return node_ ? node_->key : std::string_view{}; }
  std::uint32_t size() const { return node_ ? node_->size : 0; }
  std::uint32_t offset() const { return node_ ? node_->offset : 0; }
  std::uint32_t key_offset() const { return node_ ? node_->key_offset : 0; }
  const Node* node() const { return node_; }

  // First member with that name, absent if there is none or this is no object. Linear.
  Value find(std::string_view key) const {
    for (const Value each : *this) {
      if (each.node_->key == key) return is_object() ? each : Value{};
    }
    return {};
  }
  Value at(std::uint32_t index) const {
    for (const Value each : *this) {
      if (index-- == 0) return each;
    }
    return {};
  }

  class Iterator {
   public:
    explicit constexpr Iterator(const Node* node) : node_(node) {}
    Value operator*() const { return Value{node_}; }
    Iterator& operator++() {
      node_ += node_->span;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return node_ != other.node_; }

   private:
    const Node* node_;
  };
  Iterator begin() const { return Iterator{node_ ? node_ + 1 : nullptr}; }
  Iterator end() const { return Iterator{node_ ? node_ + node_->span : nullptr}; }

 private:
  const Node* node_ = nullptr;
};

// Owner of the nodes. Reading into a used tree reuses its memory: once the largest message has
// passed, nothing is allocated.
class Tree {
 public:
  Tree() = default;
  Tree(Tree&& other) noexcept { swap(other); }
  Tree& operator=(Tree&& other) noexcept {
    Tree taken(std::move(other));
    swap(taken);
    return *this;
  }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  Value root() const { return nodes_.empty() ? Value{} : Value{nodes_.data()}; }
  bool empty() const { return nodes_.empty(); }

  // For readers: the array under construction and the store for decoded strings.
  std::vector<Node>& nodes() { return nodes_; }
  // `size` writable bytes that stay where they are until clear().
  char* reserve_text(std::size_t size);
  void give_back(std::size_t size);  // at the end of what was reserved last
  std::string_view keep_text(std::string_view text);
  // Room in which a reader sorts members; its content means nothing in between.
  std::vector<const Node*>& sorting() { return sorting_; }
  void clear();
  // Gives back the room for more nodes: of a tree that is kept. Before values of it are taken.
  void shrink() { nodes_.shrink_to_fit(); }
  void swap(Tree& other) noexcept;  // values stay valid and change their owner

 private:
  std::vector<Node> nodes_;
  std::vector<const Node*> sorting_;
  std::unique_ptr<char[]> block_;  // never grown while in use
  std::size_t block_size_ = 0;
  std::size_t used_ = 0;                          // bytes asked for since clear()
  std::vector<std::unique_ptr<char[]>> spilled_;  // once the block is full
  char* last_spill_ = nullptr;                    // free bytes at the end of the last of them
  std::size_t spilled_left_ = 0;
};

// Order of members does not matter, everything else does; numbers are equal if their lexemes are.
bool equal(Value left, Value right);

SourcePos position(std::string_view source, std::uint32_t offset);

}  // namespace gatecrash::base
