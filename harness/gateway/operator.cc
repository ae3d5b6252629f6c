#include "harness/gateway/operator.h"

#include <charconv>
#include <optional>

#include "harness/base/text.h"

namespace gatecrash::gateway {
namespace {

using Kind = OperatorAction::Kind;

// TEXT runs to the end of the words; P and N are whole numbers.
constexpr OperatorEntry kOperatorWords[] = {
    {"approve", "every call that waits for approval is approved", false},
    {"approve TEXT",
     "the waiting call with this id, or those whose tool or arguments hold TEXT, are approved",
     false},
    {"deny", "every call that waits for approval is denied", false},
    {"deny TEXT",
     "the waiting call with this id, or those whose tool or arguments hold TEXT, are denied",
     false},
    {"decide P seed N",
     "a hasty approver: each is approved with P percent probability, else denied", false},
    {"expire", "every approval, given or asked for, is void", false},
    {"revoke GRANT", "nothing of that grant passes any more", false},
    {"restore GRANT", "the grant is good again", false},
    {"freeze", "the policy's freeze switch is on", false},
    {"unfreeze", "the policy's freeze switch is off", false},
    {"kill", "nothing passes at all", false},
    {"revive", "the policy decides again", false},
    {"accept definitions", "the tools' definitions as last seen are the true ones", false},
    {"reload", "the policy under test replaces the one before", false},
    {"store down", "the store of the counters cannot be reached", true},
    {"store up", "it can be reached again", true},
    {"audit down", "the audit cannot be written", true},
    {"audit up", "it can be written again", true},
    {"clock DURATION", "the gateway's clock goes wrong by that much more: `-90s`, `2m`", true},
};

struct Plain {
  std::string_view words;
  Kind kind;
};
constexpr Plain kPlain[] = {
    {"approve", Kind::Approve},   {"deny", Kind::Deny},
    {"expire", Kind::Expire},     {"freeze", Kind::Freeze},
    {"unfreeze", Kind::Unfreeze}, {"kill", Kind::Kill},
    {"revive", Kind::Revive},     {"accept definitions", Kind::AcceptDefinitions},
    {"reload", Kind::Reload},     {"store down", Kind::StoreDown},
    {"store up", Kind::StoreUp},  {"audit down", Kind::AuditDown},
    {"audit up", Kind::AuditUp},
};
constexpr Plain kWithText[] = {
    {"approve ", Kind::Approve},
    {"deny ", Kind::Deny},
    {"revoke ", Kind::Revoke},
    {"restore ", Kind::Restore},
};

template <typename Number>
bool whole_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

std::optional<OperatorAction> read(std::string_view words) {
  for (const Plain& each : kPlain) {
    if (words == each.words) return OperatorAction{.kind = each.kind};
  }
  for (const Plain& each : kWithText) {
    if (words.starts_with(each.words) && words.size() > each.words.size()) {
      return OperatorAction{.kind = each.kind,
                            .text = std::string(words.substr(each.words.size()))};
    }
  }
  const auto parts = base::split(words, ' ');
  if (parts.size() == 4 && parts[0] == "decide" && parts[2] == "seed") {
    OperatorAction action{.kind = Kind::Decide};
    if (whole_number(parts[1], action.percent) && action.percent <= 100 &&
        whole_number(parts[3], action.seed)) {
      return action;
    }
  }
  if (parts.size() == 2 && parts[0] == "clock") {
    if (const auto by = base::parse_duration(parts[1]))
      return OperatorAction{.kind = Kind::Clock, .by = *by};
  }
  return std::nullopt;
}

}  // namespace

const std::vector<OperatorEntry>& operator_words() {
  static const std::vector<OperatorEntry> all(std::begin(kOperatorWords), std::end(kOperatorWords));
  return all;
}

base::Result<OperatorAction> parse_operator(std::string_view words) {
  if (auto action = read(words)) return std::move(*action);
  std::vector<std::string_view> known;
  for (const OperatorEntry& each : kOperatorWords) known.push_back(each.words);
  return base::Problems{base::problem({}, {}, "unknown words to an operator " + base::quoted(words),
                                      base::did_you_mean(words, known))};
}

bool is_gateway_fault(std::string_view words) {
  const std::string_view first = words.substr(0, words.find(' '));
  return first == "store" || first == "audit" || first == "clock";
}

}  // namespace gatecrash::gateway
