#include "harness/gateway/redaction.h"

#include <algorithm>

#include <re2/re2.h>

#include "harness/base/json.h"

namespace gatecrash::gateway {

using base::Value;

Redactor::Redactor(const std::vector<policy::Redaction>& redactions) {
  RE2::Options options;
  options.set_log_errors(false);
  for (const policy::Redaction& each : redactions) {
    std::string stands_for = "[redacted: " + each.name + "]";
    // RE2 reads a backslash in a replacement as the start of a group's number.
    for (std::size_t at = stands_for.find('\\'); at != std::string::npos;
         at = stands_for.find('\\', at + 2)) {
      stands_for.insert(at, 1, '\\');
    }
    entries_.push_back(
        {std::make_unique<re2::RE2>(each.regex, options), std::move(stands_for), each.anchor.path});
  }
}
Redactor::~Redactor() = default;
Redactor::Redactor(Redactor&&) noexcept = default;
Redactor& Redactor::operator=(Redactor&&) noexcept = default;

bool Redactor::occurs(std::string_view text) const {
  return std::ranges::any_of(entries_, [&](const Entry& each) {
    return each.regex->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(),
                             RE2::UNANCHORED, nullptr, 0);
  });
}

bool Redactor::occurs(Value value) const {
  if ((value.is_string() || value.is_number()) && occurs(value.text())) return true;
  if (!value.is_list() && !value.is_object()) return false;
  for (const Value each : value) {
    if ((value.is_object() && occurs(each.key())) || occurs(each)) return true;
  }
  return false;
}

void Redactor::write_text(std::string_view text, std::string& out) {
  text_.assign(text);
  for (Entry& each : entries_) {
    if (RE2::GlobalReplace(&text_, *each.regex, each.stands_for) > 0) each.taken = true;
  }
  base::write_json_string(text_, out);
}

void Redactor::write_value(Value value, std::string& out) {
  if (value.is_string() || (value.is_number() && occurs(value.text())))
    return write_text(value.text(), out);
  if (!value.is_list() && !value.is_object()) return base::write_json(value, out);
  out += value.is_object() ? '{' : '[';
  bool first = true;
  for (const Value each : value) {
    if (!first) out += ',';
    first = false;
    if (value.is_object()) {
      write_text(each.key(), out);
      out += ':';
    }
    write_value(each, out);
  }
  out += value.is_object() ? '}' : ']';
}

bool Redactor::write(Value message, std::string& out) {
  if (entries_.empty() || !message.is_object()) return false;
  const auto is_body = [](Value member) {
    return member.key() == "result" || member.key() == "error" || member.key() == "params";
  };
  bool any = false;
  for (const Value each : message) any = any || (is_body(each) && occurs(each));
  if (!any) return false;
  for (Entry& each : entries_) each.taken = false;
  out += '{';
  bool first = true;
  for (const Value each : message) {
    if (!first) out += ',';
    first = false;
    base::write_json_string(each.key(), out);
    out += ':';
    if (is_body(each))
      write_value(each, out);
    else
      base::write_json(each, out);
  }
  out += '}';
  return true;
}

}  // namespace gatecrash::gateway
