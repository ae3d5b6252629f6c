// A text and everything that it may say in another spelling, so that a secret is found however it
// was written down: texts of a JSON message without their escapes, percent, base64 (standard or
// URL, from any character on) and hex. One level deep; time and size are linear.
#pragma once

#include <string>
#include <string_view>

namespace gatecrash::oracle {

// The readings follow each other on lines of their own.
std::string undisguised(std::string_view text);
// The same for all names and texts of a message; of bytes that are no JSON as they are.
std::string undisguised_message(std::string_view frame);

}  // namespace gatecrash::oracle
