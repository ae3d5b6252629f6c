#include "harness/rpc/names.h"

#include <optional>
#include <span>

#include "harness/base/utf8.h"

namespace gatecrash::rpc {
namespace {

// Members of params and result that decide what a message means, by length. What they hold is
// theirs: nothing below them is looked at.
constexpr std::array<std::string_view, 33> kInnerNames = {"uri",
                                                          "ref",
                                                          "name",
                                                          "task",
                                                          "_meta",
                                                          "level",
                                                          "tools",
                                                          "tasks",
                                                          "total",
                                                          "cursor",
                                                          "reason",
                                                          "taskId",
                                                          "status",
                                                          "prompts",
                                                          "message",
                                                          "content",
                                                          "isError",
                                                          "argument",
                                                          "progress",
                                                          "contents",
                                                          "arguments",
                                                          "requestId",
                                                          "resources",
                                                          "nextCursor",
                                                          "resultType",
                                                          "clientInfo",
                                                          "serverInfo",
                                                          "capabilities",
                                                          "requestState",
                                                          "progressToken",
                                                          "inputResponses",
                                                          "protocolVersion",
                                                          "structuredContent"};
constexpr std::size_t kLongestName = kInnerNames.back().size();

// Where the names of one length start; the names stand in the order of length.
constexpr std::array<std::uint8_t, kLongestName + 2> kInnerStart = [] {
  std::array<std::uint8_t, kLongestName + 2> start{};
  for (std::size_t length = 0; length < start.size(); ++length) {
    while (start[length] < kInnerNames.size() && kInnerNames[start[length]].size() < length)
      ++start[length];
  }
  return start;
}();

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool equal_folded(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (lower(left[i]) != lower(right[i])) return false;
  }
  return true;
}

bool is_blank(std::uint32_t code) {
  return code <= 0x20 || (code >= 0x7f && code <= 0xa0) || code == 0xad || code == 0x034f ||
         code == 0x061c || code == 0x1680 || code == 0x180e || (code >= 0x2000 && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202f) || (code >= 0x205f && code <= 0x206f) ||
         code == 0x3000 || (code >= 0xfe00 && code <= 0xfe0f) || code == 0xfeff || code == 0xfffd ||
         (code >= 0xe0000 && code <= 0xe0fff);
}

// The spelling without what a careless reader ignores, in lower case; nothing if it cannot be one
// of the names.
std::optional<std::string_view> plain(std::string_view spelling,
                                      std::span<char, kLongestName> buffer) {
  std::size_t size = 0;
  const char* at = spelling.data();
  const char* const end = at + spelling.size();
  while (at != end) {
    const std::size_t length = base::utf8_length(at, end);
    std::uint32_t code = length == 0 ? 0xfffd : base::utf8_code(at, length);
    at += length == 0 ? 1 : length;
    if (is_blank(code)) continue;
    if (code >= 0xff01 && code <= 0xff5e) code -= 0xfee0;
    if (code == 0x17f) code = 's';
    if (code == 0x212a) code = 'k';
    if (code >= 0x80 || size == buffer.size()) return std::nullopt;
    buffer[size++] = lower(static_cast<char>(code));
  }
  return std::string_view(buffer.data(), size);
}

bool is_graphic_ascii(std::string_view text) {
  for (const char c : text) {
    if (c <= 0x20 || c >= 0x7f) return false;
  }
  return true;
}

bool varies(std::string_view folded, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (equal_folded(name, folded)) return true;
  }
  return false;
}

std::span<const std::string_view> inner_names(std::size_t length) {
  if (length > kLongestName) return {};
  return std::span(kInnerNames)
      .subspan(kInnerStart[length], kInnerStart[length + 1] - kInnerStart[length]);
}

}  // namespace

bool go_equal(std::string_view spelling, std::string_view name) {
  std::size_t at = 0;
  for (const char expected : name) {
    if (at == spelling.size()) return false;
    char c = spelling[at++];
    if (c == '\xc5' && spelling.substr(at, 1) == "\xbf") {
      c = 's';
      at += 1;
    } else if (c == '\xe2' && spelling.substr(at, 2) == "\x84\xaa") {
      c = 'k';
      at += 2;
    }
    if (lower(c) != lower(expected)) return false;
  }
  return at == spelling.size();
}

bool varies_top(std::string_view spelling) {
  if (find_top(spelling) != Top::Unknown) return false;
  if (is_graphic_ascii(spelling)) return varies(spelling, kTopNames);
  std::array<char, kLongestName> buffer;
  const auto folded = plain(spelling, buffer);
  return folded && varies(*folded, kTopNames);
}

bool varies_inner(std::string_view spelling) {
  const std::span<const std::string_view> names = inner_names(spelling.size());
  for (const std::string_view name : names) {
    if (name == spelling) return false;
  }
  if (is_graphic_ascii(spelling)) return varies(spelling, names);
  std::array<char, kLongestName> buffer;
  const auto folded = plain(spelling, buffer);
  return folded && varies(*folded, inner_names(folded->size()));
}

}  // namespace gatecrash::rpc
