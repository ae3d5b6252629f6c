// A text and everything that it may say in another spelling, so that a secret is found however it
// was written down: texts of a JSON message without their escapes; percent, base64 (standard or
// URL, from any character on) and hex, up to three times over; full-width letters, invisible
// characters, separators between letters, and the text backwards. Time and size are linear.
#pragma once

#include <string>
#include <string_view>

namespace gatecrash::oracle {

// The readings follow each other on lines of their own; each is there as it is, bare and bare
// backwards.
std::string undisguised(std::string_view text);
// The same for all names and texts of a message; of bytes that are no JSON as they are.
std::string undisguised_message(std::string_view frame);

// Without white space, dashes, dots and underscores: what is looked for, too, has to be bare to be
// found in a bare reading.
std::string bare(std::string_view text);

}  // namespace gatecrash::oracle
