#include "mock_servers/result.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstring>

namespace gatecrash::mock_servers {
namespace {

constexpr std::array<bool, 256> kSpecial = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = table['\\'] = true;
  return table;
}();

// Nothing to escape? Eight bytes at a time: for each byte, is it below 0x20, `"` or `\\`?
bool plain(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;
    if ((control | has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\'))) != 0)
      return false;
  }
  for (; left != 0; ++at, --left) {
    if (kSpecial[static_cast<unsigned char>(*at)]) return false;
  }
  return true;
}

// The content of a JSON string, quotes not included.
void append_escaped(std::string_view text, std::string& out) {
  if (plain(text)) {
    out += text;
    return;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (!kSpecial[byte]) {
      out += c;
      continue;
    }
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        out += "\\u00";
        out += kHex[byte >> 4];
        out += kHex[byte & 0xf];
    }
  }
}

// Room for `size` more characters, to be filled by the caller: one growth instead of many.
char* grow(std::string& out, std::size_t size) {
  const std::size_t at = out.size();
  out.resize(at + size);
  return out.data() + at;
}

char* put(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

constexpr std::string_view kQuote = "\\\"";

}  // namespace

void append_number(std::uint64_t number, std::string& out) {
  char buffer[20];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  out.append(buffer, end);
}

void append_instant(base::Instant instant, std::string& out) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{day};
  const std::int64_t micros = (instant - day).count();
  char text[] = "yyyy-mm-ddThh:mm:ss.uuuuuuZ";
  const auto put = [&text](std::size_t at, std::int64_t number) {
    text[at] = static_cast<char>('0' + number / 10 % 10);
    text[at + 1] = static_cast<char>('0' + number % 10);
  };
  const int year = static_cast<int>(date.year());
  put(0, year / 100);
  put(2, year);
  put(5, static_cast<unsigned>(date.month()));
  put(8, static_cast<unsigned>(date.day()));
  put(11, micros / 3'600'000'000);
  put(14, micros / 60'000'000 % 60);
  put(17, micros / 1'000'000 % 60);
  const std::int64_t rest = micros % 1'000'000;
  if (rest == 0) {
    text[19] = 'Z';
    out.append(text, 20);
    return;
  }
  put(20, rest / 10'000);
  put(22, rest / 100);
  put(24, rest);
  out.append(text, 27);
}

Text& Text::operator<<(std::string_view text) {
  append_escaped(text, *out_);
  return *this;
}

Text& Text::operator<<(std::uint64_t number) {
  append_number(number, *out_);
  return *this;
}

Text& Text::operator<<(base::Instant instant) {
  append_instant(instant, *out_);
  return *this;
}

void Json::new_line() {
  if (!pretty_) return;
  constexpr std::string_view kLine = "\\n                ";
  if (depth_ <= 8) {
    *out_ += kLine.substr(0, 2 + std::size_t{2} * depth_);
    return;
  }
  *out_ += "\\n";
  out_->append(std::size_t{2} * depth_, ' ');
}

void Json::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (depth_ == 0) return;
  if (!first_) *out_ += ',';
  first_ = false;
  new_line();
}

void Json::quoted(std::string_view text) {
  if (plain(text)) {
    put(put(put(grow(*out_, text.size() + 4), kQuote), text), kQuote);
    return;
  }
  std::string once;
  append_escaped(text, once);
  *out_ += kQuote;
  append_escaped(once, *out_);
  *out_ += kQuote;
}

Json& Json::open(char c) {
  before_value();
  *out_ += c;
  first_ = true;
  ++depth_;
  return *this;
}

Json& Json::close(char c) {
  --depth_;
  if (!first_) new_line();
  *out_ += c;
  first_ = false;
  return *this;
}

// The most frequent step of all: comma, line break, indentation and name in one growth.
Json& Json::key(std::string_view name) {
  constexpr std::string_view kLine = "\\n                ";
  const std::size_t line = pretty_ && depth_ <= 8 ? 2 + std::size_t{2} * depth_ : 0;
  if (pretty_ && line == 0) return any_key(name);
  char* at = grow(*out_, (first_ ? 0U : 1U) + line + name.size() + (pretty_ ? 6U : 5U));
  if (!first_) *at++ = ',';
  first_ = false;
  at = put(at, kLine.substr(0, line));
  at = put(put(at, kQuote), name);
  put(at, pretty_ ? "\\\": " : "\\\":");
  after_key_ = true;
  return *this;
}

Json& Json::any_key(std::string_view name) {
  before_value();
  quoted(name);
  *out_ += pretty_ ? ": " : ":";
  after_key_ = true;
  return *this;
}

Json& Json::string(std::string_view text) {
  before_value();
  quoted(text);
  return *this;
}

Json& Json::number(std::int64_t number) {
  before_value();
  if (number < 0) *out_ += '-';
  append_number(
      number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number),
      *out_);
  return *this;
}

Json& Json::literal(std::string_view json) {
  before_value();
  append_escaped(json, *out_);
  return *this;
}

Json& Json::instant(base::Instant instant) {
  if (instant == kNever) return null();
  before_value();
  *out_ += "\\\"";
  append_instant(instant, *out_);
  *out_ += "\\\"";
  return *this;
}

Json& Json::value(base::Value value) {
  switch (value.kind()) {
    case base::Kind::Absent:
    case base::Kind::Null: return null();
    case base::Kind::String: return string(value.text());
    case base::Kind::List:
      begin_list();
      for (const base::Value each : value) this->value(each);
      return end_list();
    case base::Kind::Object:
      begin_object();
      for (const base::Value each : value) any_key(each.key()).value(each);
      return end_object();
    default: return literal(value.text());
  }
}

void ToolResult::begin_item() {
  end_item();
  if (items_ != 0) *out_ += ',';
  *out_ += R"({"type":"text","text":")";
  if (items_ == 0) first_text_ = out_->size();
  ++items_;
  open_ = true;
}

void ToolResult::end_item() {
  if (!open_) return;
  open_ = false;
  if (items_ == 1) first_size_ = out_->size() - first_text_;
  *out_ += "\"}";
}

void ToolResult::drop() {
  out_->resize(start_);
  items_ = 0;
  open_ = false;
}

Text ToolResult::text() {
  begin_item();
  return Text(*out_);
}

Json ToolResult::json() {
  begin_item();
  return {*out_, framework_->pretty_json};
}

void ToolResult::image(std::string_view mime_type, std::string_view base64) {
  end_item();
  if (items_++ != 0) *out_ += ',';
  *out_ += R"({"type":"image","data":")";
  *out_ += base64;
  *out_ += R"(","mimeType":")";
  *out_ += mime_type;
  *out_ += "\"}";
}

Text ToolResult::fail() {
  drop();
  is_error_ = true;
  return text();
}

Text ToolResult::raise() {
  Text text = fail();
  if (!framework_->failure_before.empty()) {
    text << framework_->failure_before << tool_ << framework_->failure_between;
  }
  return text;
}

}  // namespace gatecrash::mock_servers
