// Small text helpers that carry no domain meaning.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatecrash::base {

bool is_utf8(std::string_view bytes);

// The closest of `known` to `word` when it is close enough to be a slip (Damerau-Levenshtein at
// most a third of the length, at least 1), else an empty view. Case and `-`/`_` count as half a
// slip.
std::string_view closest(std::string_view word, std::span<const std::string_view> known);

// `did you mean `x`?`, or `one of `a`, `b`` when nothing is close (at most eight are listed).
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

// In backticks, cut at 80 bytes; control and invalid bytes as \xNN, code points that hide or
// reorder text on a terminal as \u{…}. Call it base::quoted: unqualified, a std::string finds
// std::quoted.
std::string quoted(std::string_view text);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::vector<std::string_view> split(std::string_view text, char separator);

// Shell-style match with `*` (any run) and `?` (any one byte).
bool glob_match(std::string_view pattern, std::string_view text);

std::string to_hex(std::string_view bytes);
std::string to_base64(std::string_view bytes);
bool from_base64(std::string_view text, std::string& bytes);  // false if malformed

}  // namespace gatecrash::base
