// A YAML or JSON file a user wrote, read into a Tree with the place of everything in it.
//
// YAML is read by the 1.2 core schema (plain `null ~ true false`, integers, floats; everything else
// is text). Refused, with place: duplicate keys, keys that are no scalars, several documents, tags,
// merge keys, more than 2^20 nodes after aliases are written out, nesting over 64, NUL bytes.
//
// GoYaml is YAML as programs in Go read it that use yaml.v3 (yaml_scalar.h): tags, merge keys and
// numbers such as `1_000`, `0b11` or `.inf` are read, members without a key and what follows the
// first document are not. A plain date stays text, not quoted: go_timestamp tells it.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "harness/base/problem.h"
#include "harness/base/tree.h"

namespace gatecrash::base {

enum class Syntax : std::uint8_t { Json, Yaml, GoYaml };

struct Document {
  std::string path;    // as the user named it, for messages
  std::string source;  // owns what the tree views
  Tree tree;
  // As it is written, of scalars that read otherwise (`0x1f`, `True`); by the address of their
  // text.
  std::unordered_map<const char*, std::string_view> spellings;

  Document() = default;
  Document(Document&&) = delete;  // the tree views `source`; hold documents by unique_ptr
  Document& operator=(Document&&) = delete;

  SourcePos place(Value value) const { return position(source, value.offset()); }
  SourcePos key_place(Value value) const { return position(source, value.key_offset()); }
  // Text of a scalar as it is written, without its quotes.
  std::string_view spelling(Value value) const {
    const auto found = spellings.find(value.text().data());
    return found == spellings.end() ? value.text() : found->second;
  }
};

// `.json` is read as JSON, everything else as YAML.
Syntax syntax_of(std::string_view path);

// Reads the text into `document`, which keeps a copy. An empty document is a problem.
Result<void> parse_document(std::string path, std::string source, Syntax syntax,
                            Document& document);
Result<void> load_document(const std::string& path, Document& document);

}  // namespace gatecrash::base
