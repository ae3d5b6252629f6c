#include "harness/base/document.h"

#include <algorithm>
#include <utility>

#include "harness/base/file.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/base/utf8.h"
#include "harness/base/yaml_read.h"

namespace gatecrash::base {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Bytes that no reader should see; the offset of the first one is in `at`.
std::string wrong_bytes(std::string_view source, Syntax syntax, std::uint32_t& at,
                        std::string& hint) {
  at = 0;
  if (source.starts_with(kByteOrderMark)) {
    hint = "save it as UTF-8 without one";
    return "starts with a byte-order mark";
  }
  if (source.starts_with("\xff\xfe") || source.starts_with("\xfe\xff")) {
    hint = "save it as UTF-8";
    return "is UTF-16, not UTF-8";
  }
  if (const std::size_t nul = source.find('\0'); nul != std::string_view::npos) {
    at = static_cast<std::uint32_t>(nul);
    return "holds a NUL byte: a binary file, not text";
  }
  const char* const begin = source.data();
  const char* const end = begin + source.size();
  for (const char* here = begin; here != end;) {
    const std::size_t length = utf8_length(here, end);
    at = static_cast<std::uint32_t>(here - begin);
    if (length == 0) {
      hint = "save it as UTF-8";
      return "is not UTF-8: " + base::quoted(source.substr(at, 1));
    }
    // yaml-cpp takes 0x04 for the end of the file, which would hide everything behind it.
    const auto byte = static_cast<unsigned char>(*here);
    if (syntax != Syntax::Json && length == 1 && (byte < 0x20 || byte == 0x7f) &&
        kSpace.find(*here) == std::string_view::npos) {
      hint = "write it as an escape in double quotes";
      return "holds a control character " + base::quoted(source.substr(at, 1));
    }
    here += length;
  }
  return {};
}

// The mistakes people make who know YAML, JavaScript or Python better than JSON.
std::string json_hint(std::string_view source, const JsonError& error) {
  const std::string_view rest = source.substr(std::min<std::size_t>(error.offset, source.size()));
  std::string_view before = source.substr(0, source.size() - rest.size());
  before = before.substr(0, before.find_last_not_of(kSpace) + 1);
  switch (error.fault) {
    case JsonFault::DuplicateKey: return "each name once";
    case JsonFault::ControlCharacter: return "write it as `\\n`, `\\t` or `\\u00XX`";
    case JsonFault::Number: return "no leading zeros, no bare decimal point, at most 64 bytes";
    case JsonFault::TrailingText: return "one file holds one value";
    case JsonFault::Syntax: break;
    default: return {};
  }
  if (rest.empty()) return "the text ends here";
  if ((rest.front() == '}' || rest.front() == ']') && before.ends_with(',')) {
    return "remove the comma before it";
  }
  if (rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with('#')) {
    return "JSON has no comments";
  }
  if (rest.front() == '\'') return "JSON uses double quotes";
  for (const auto& [wrong, right] : {std::pair<std::string_view, std::string_view>{"True", "true"},
                                     {"False", "false"},
                                     {"None", "null"},
                                     {"undefined", "null"},
                                     {"NaN", "null"}}) {
    if (rest.starts_with(wrong)) return "did you mean " + base::quoted(right) + "?";
  }
  return "found " +
         base::quoted(rest.substr(
             0, std::max<std::size_t>(1, utf8_length(rest.data(), rest.data() + rest.size()))));
}

Result<void> read_json_document(Document& document) {
  JsonRules rules;
  rules.bytes = document.source.size();
  const std::optional<JsonError> error = read_json(document.source, rules, document.tree);
  if (!error) return {};
  std::string message(to_string(error->fault));
  if (error->fault == JsonFault::Depth) message += " (at most " + std::to_string(rules.depth) + ")";
  if (error->fault == JsonFault::DuplicateKey) {
    // The name as it is written, so that an escape in it is seen.
    const std::string_view rest = std::string_view(document.source).substr(error->offset);
    std::size_t end = 1;
    while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
    message += " " + base::quoted(rest.substr(1, end - 1));
  }
  if (!error->expected.empty()) message += ": expected " + std::string(error->expected);
  return Problems{problem(document.path, position(document.source, error->offset), message,
                          json_hint(document.source, *error))};
}

}  // namespace

Syntax syntax_of(std::string_view path) {
  return path.ends_with(".json") || path.ends_with(".JSON") ? Syntax::Json : Syntax::Yaml;
}

Result<void> parse_document(std::string path, std::string source, Syntax syntax,
                            Document& document) {
  document.tree.clear();
  document.spellings.clear();
  document.path = std::move(path);
  document.source = std::move(source);
  if (syntax == Syntax::GoYaml && document.source.starts_with(kByteOrderMark)) {
    document.source.erase(0, kByteOrderMark.size());
  }
  const auto fail = [&](std::uint32_t at, std::string message, std::string hint = {}) {
    return Problems{
        problem(document.path, position(document.source, at), std::move(message), std::move(hint))};
  };
  if (document.source.size() > kMaxInputFile) {
    return Problems{problem(document.path, {}, "is larger than 16 MiB")};
  }
  std::uint32_t at = 0;
  std::string hint;
  if (std::string wrong = wrong_bytes(document.source, syntax, at, hint); !wrong.empty()) {
    return fail(at, std::move(wrong), std::move(hint));
  }
  if (document.source.find_first_not_of(kSpace) == std::string::npos) {
    return Problems{problem(document.path, {}, "is empty")};
  }
  if (syntax == Syntax::Json) {
    auto read = read_json_document(document);
    document.tree.shrink();
    return read;
  }
  if (Problems problems = read_yaml(document, syntax); !problems.empty()) return problems;
  // Comments alone, or `---`: well-formed, and still nothing.
  if (document.tree.empty() || document.tree.root().is_null()) {
    document.tree.clear();
    return Problems{problem(document.path, {}, "is empty", "it holds no value")};
  }
  document.tree.shrink();
  return {};
}

Result<void> load_document(const std::string& path, Document& document) {
  Result<std::string> source = read_file(path);
  if (source.has_error()) return source.error();
  return parse_document(path, std::move(*source), syntax_of(path), document);
}

}  // namespace gatecrash::base
