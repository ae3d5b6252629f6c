// Writers for tool results. Everything is appended straight to the reply frame: text stands inside
// a JSON string there, so literals are escaped as they are copied and JSON inside text is escaped
// twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/time.h"
#include "harness/base/tree.h"
#include "mock_servers/surface.h"

namespace gatecrash::mock_servers {

// Text inside a JSON string: what goes in is escaped on the way.
class Text {
 public:
  explicit Text(std::string& out) : out_(&out) {}
  Text& operator<<(std::string_view text);
  Text& operator<<(const char* text) { return *this << std::string_view(text); }
  Text& operator<<(const std::string& text) { return *this << std::string_view(text); }
  Text& operator<<(std::uint64_t number);
  Text& operator<<(char c) { return *this << std::string_view(&c, 1); }
  Text& operator<<(int number) { return *this << static_cast<std::uint64_t>(number); }
  Text& operator<<(base::Instant instant);  // RFC 3339, UTC

 private:
  std::string* out_;
};

// One JSON value inside such a text, pretty (two spaces, as Python's json and JSON.stringify print
// it) or compact.
class Json {
 public:
  Json(std::string& out, bool pretty) : out_(&out), pretty_(pretty) {}

  Json& begin_object() { return open('{'); }
  Json& begin_list() { return open('['); }
  Json& end_object() { return close('}'); }
  Json& end_list() { return close(']'); }
  Json& key(std::string_view name);  // a name that needs no escape
  Json& any_key(std::string_view name);
  Json& string(std::string_view text);
  Json& string_or_null(std::string_view text) { return text.empty() ? null() : string(text); }
  Json& number(std::int64_t number);
  Json& boolean(bool value) { return literal(value ? "true" : "false"); }
  Json& null() { return literal("null"); }
  Json& instant(base::Instant instant);  // null for kNever
  Json& value(base::Value value);        // null if absent
  Json& literal(std::string_view json);  // JSON text without quotes or line breaks

  Json& member(std::string_view name, std::string_view text) { return key(name).string(text); }
  Json& member(std::string_view name, const char* text) { return key(name).string(text); }
  Json& member(std::string_view name, bool value) = delete;

 private:
  Json& open(char c);
  Json& close(char c);
  void before_value();
  void new_line();
  void quoted(std::string_view text);

  std::string* out_;
  bool pretty_;
  bool first_ = true;  // nothing in the innermost container yet
  bool after_key_ = false;
  std::uint32_t depth_ = 0;
};

// The result of one tools/call under construction.
class ToolResult {
 public:
  // `out` ends where the content list's items begin.
  ToolResult(std::string& out, const Framework& framework, std::string_view tool)
      : out_(&out), framework_(&framework), tool_(tool), start_(out.size()) {}

  // Begins a text item; ends the one before.
  Text text();
  Json json();
  // An image item; `base64` are its bytes.
  void image(std::string_view mime_type, std::string_view base64);
  // The call raised: the framework's own wording around the message. Drops what was written.
  Text raise();
  // An error result with this text alone.
  Text fail();
  // Ends the item under way; for finish() and for counting.
  void end_item();

  bool is_error() const { return is_error_; }
  void mark_error() { is_error_ = true; }
  std::size_t items() const { return items_; }
  // The escaped text of the first item, for structuredContent: offset and size in `out`.
  std::size_t first_text() const { return first_text_; }
  std::size_t first_size() const { return first_size_; }

 private:
  void begin_item();
  void drop();

  std::string* out_;
  const Framework* framework_;
  std::string_view tool_;
  std::size_t start_;
  std::size_t items_ = 0;
  std::size_t first_text_ = 0;
  std::size_t first_size_ = 0;
  bool open_ = false;
  bool is_error_ = false;
};

// RFC 3339 in UTC; microseconds only if there are any. Nothing is allocated.
void append_instant(base::Instant instant, std::string& out);
void append_number(std::uint64_t number, std::string& out);

}  // namespace gatecrash::mock_servers
