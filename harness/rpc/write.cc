#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "harness/rpc/message.h"

namespace gatecrash::rpc {
namespace {

using base::Value;

void write_number(std::uint64_t number, std::string& out) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

// Objects up to this many members are resolved pair by pair; larger ones are sorted.
constexpr std::uint32_t kPairwiseMembers = 16;

bool is_overruled(Value object, std::uint32_t index, DuplicateKeys rule) {
  const std::string_view key = object.at(index).key();
  std::uint32_t at = 0;
  for (const Value each : object) {
    const bool wins = rule == DuplicateKeys::FirstWins ? at < index : at > index;
    if (wins && each.key() == key) return true;
    ++at;
  }
  return false;
}

// Says of each member whether another one of its name is taken instead.
std::vector<bool> overruled(Value object, DuplicateKeys rule) {
  std::vector<std::pair<std::string_view, std::uint32_t>> members;
  members.reserve(object.size());
  for (const Value each : object) members.emplace_back(each.key(), members.size());
  std::ranges::sort(members);
  std::vector<bool> loses(members.size(), false);
  for (std::size_t i = 1; i < members.size(); ++i) {
    if (members[i].first != members[i - 1].first) continue;
    loses[members[rule == DuplicateKeys::FirstWins ? i : i - 1].second] = true;
  }
  return loses;
}

// Recursion is bounded by the depth rule of the reading.
void write_resolved(Value value, DuplicateKeys rule, std::string& out) {
  if (!value.is_list() && !value.is_object()) return base::write_json(value, out);
  const bool object = value.is_object();
  std::vector<bool> loses;
  if (object && value.size() > kPairwiseMembers) loses = overruled(value, rule);
  out += object ? '{' : '[';
  bool first = true;
  std::uint32_t index = 0;
  for (const Value each : value) {
    const std::uint32_t place = index++;
    if (object && (loses.empty() ? is_overruled(value, place, rule) : loses[place])) continue;
    if (!first) out += ',';
    first = false;
    if (object) {
      base::write_json_string(each.key(), out);
      out += ':';
    }
    write_resolved(each, rule, out);
  }
  out += object ? '}' : ']';
}

}  // namespace

void encode(Value root, const Reading& reading, std::string& out) {
  if (reading.duplicates == DuplicateKeys::Refuse) return base::write_json(root, out);
  write_resolved(root, reading.duplicates, out);
}

void write_id(const Id& id, std::string& out) {
  switch (id.kind) {
    case Id::Kind::None: out += "null"; break;
    case Id::Kind::String: base::write_json_string(id.lexeme, out); break;
    case Id::Kind::Integer:
    case Id::Kind::Other: out += id.lexeme; break;
  }
}

void write_error(const Id& id, int code, std::string_view message, std::string& out) {
  out += R"({"jsonrpc":"2.0")";
  if (id.kind != Id::Kind::None) {
    out += R"(,"id":)";
    write_id(id, out);
  }
  out += R"(,"error":{"code":)";
  if (code < 0) out += '-';
  write_number(code < 0 ? 0 - static_cast<std::uint64_t>(code) : static_cast<std::uint64_t>(code),
               out);
  out += R"(,"message":)";
  base::write_json_string(message, out);
  out += "}}";
}

void begin_result(const Id& id, std::string& out) {
  out += R"({"jsonrpc":"2.0","id":)";
  write_id(id, out);
  out += R"(,"result":)";
}

void begin_request(std::uint64_t id, std::string_view method, std::string& out) {
  out += R"({"jsonrpc":"2.0","id":)";
  write_number(id, out);
  out += R"(,"method":)";
  base::write_json_string(method, out);
}

void begin_notification(std::string_view method, std::string& out) {
  out += R"({"jsonrpc":"2.0","method":)";
  base::write_json_string(method, out);
}

}  // namespace gatecrash::rpc
