#include "mock_servers/result.h"

#include <array>
#include <charconv>
#include <chrono>

namespace gatecrash::mock_servers {
namespace {

constexpr std::array<bool, 256> kSpecial = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = table['\\'] = true;
  return table;
}();

bool plain(std::string_view text) {
  bool special = false;
  for (const char c : text) special |= kSpecial[static_cast<unsigned char>(c)];
  return !special;
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

void two_digits(std::int64_t number, std::string& out) {
  out += static_cast<char>('0' + number / 10 % 10);
  out += static_cast<char>('0' + number % 10);
}

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
  const int year = static_cast<int>(date.year());
  two_digits(year / 100, out);
  two_digits(year % 100, out);
  out += '-';
  two_digits(static_cast<unsigned>(date.month()), out);
  out += '-';
  two_digits(static_cast<unsigned>(date.day()), out);
  out += 'T';
  two_digits(micros / 3'600'000'000, out);
  out += ':';
  two_digits(micros / 60'000'000 % 60, out);
  out += ':';
  two_digits(micros / 1'000'000 % 60, out);
  if (const std::int64_t rest = micros % 1'000'000; rest != 0) {
    out += '.';
    two_digits(rest / 10'000, out);
    two_digits(rest / 100 % 100, out);
    two_digits(rest % 100, out);
  }
  out += 'Z';
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
  *out_ += "\\\"";
  if (plain(text)) {
    *out_ += text;
  } else {
    std::string once;
    append_escaped(text, once);
    append_escaped(once, *out_);
  }
  *out_ += "\\\"";
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

Json& Json::key(std::string_view name) {
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
  append_number(number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number),
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
      for (const base::Value each : value) key(each.key()).value(each);
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
