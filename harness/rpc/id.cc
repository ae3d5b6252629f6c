#include "harness/rpc/id.h"

#include <string>

#include "harness/base/json.h"

namespace gatecrash::rpc {
namespace {

constexpr std::size_t kMaxIntegerId = 64;
constexpr std::size_t kMaxStringId = 256;

}  // namespace

bool is_integer_lexeme(std::string_view lexeme) {
  if (lexeme.starts_with('-')) {
    if (lexeme == "-0") return false;
    lexeme.remove_prefix(1);
  }
  for (const char c : lexeme) {
    if (c < '0' || c > '9') return false;  // the reader has seen to the rest of the grammar
  }
  return !lexeme.empty();
}

bool read_id(base::Value value, base::Tree& tree, Id& id) {
  id.value = value;
  id.lexeme = value.text();
  if (value.is_string()) {
    id.kind = Id::Kind::String;
    if (id.lexeme.size() <= kMaxStringId) return true;
  } else if (value.is_number() && id.lexeme.size() <= kMaxIntegerId &&
             is_integer_lexeme(id.lexeme)) {
    id.kind = Id::Kind::Integer;
    return true;
  }
  id.kind = Id::Kind::Other;
  if (!value.is_number() && !value.is_bool() && !value.is_null()) {
    std::string text;
    base::write_json(value, text);
    id.lexeme = tree.keep_text(text);
  }
  return false;
}

}  // namespace gatecrash::rpc
