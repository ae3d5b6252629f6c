// Reading of ids and other integers, shared by the parts of the decoder.
#pragma once

#include <string_view>

#include "harness/base/tree.h"
#include "harness/rpc/message.h"

namespace gatecrash::rpc {

// An integer without fraction, exponent or sign of zero; `lexeme` follows the JSON grammar.
bool is_integer_lexeme(std::string_view lexeme);

// False if the value is no acceptable id; it is filled in all the same, as Id::Kind::Other. Text
// that the id needs is kept in `tree`.
bool read_id(base::Value value, base::Tree& tree, Id& id);

}  // namespace gatecrash::rpc
