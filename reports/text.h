// Text that came from an attack, made safe for a terminal, an XML file, a Markdown page. Nothing an
// agent or a policy file says may move the cursor, end an element or reverse a line.
#pragma once

#include <string>
#include <string_view>

namespace gatecrash::reports {

// Controls, bytes that are no UTF-8, line separators, zero-width and direction marks as `\xNN` or
// `\u{…}`. Newlines stay if asked for.
std::string printable(std::string_view text, bool keep_newlines = false);

// For XML 1.0 text and attribute values: printable, then & < > " ' as entities; newlines as `&#10;`
// in attributes.
std::string xml_text(std::string_view text);
std::string xml_attribute(std::string_view text);

// For one cell of a Markdown table or a line of prose: printable, with what Markdown or HTML would
// read as markup escaped.
std::string markdown(std::string_view text);
// A fenced block whose fence is longer than any run of backticks inside.
std::string markdown_fence(std::string_view text);

std::string upper(std::string_view text);  // ASCII
// "1 finding", "2 findings".
std::string counted(std::size_t number, std::string_view what);

// A path as a relative URI reference: what is not unreserved in a path is percent-encoded.
std::string uri(std::string_view path);

}  // namespace gatecrash::reports
