// The texts inside a value, and what they decode to: a secret does not stop being one because
// somebody wrote it in base64. Decoded are percent escapes, hex, and base64 in both alphabets at
// any alignment and over several lines, up to three times over; full-width letters, invisible
// characters in between, single letters set apart, and the text backwards. Numbers are texts too.
// The judge has its own implementation (oracle/disguise.h); both are tested on one table of
// spellings.
#pragma once

#include <functional>
#include <string_view>

#include "harness/base/tree.h"

namespace gatecrash::decision {

using Holds = std::function<bool(std::string_view text)>;

// Is it true of any text inside, member names included? Each level of decoding reads the text
// a few times over.
bool any_text(base::Value value, const Holds& holds);

}  // namespace gatecrash::decision
