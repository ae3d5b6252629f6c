// What the operator says over the channel of a gateway that is served alone.
#include <algorithm>

#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/gateway/server.h"
#include "harness/gateway/words.h"

namespace gatecrash::gateway {
namespace {

bool waits(const decision::Approval& each, base::Instant now) {
  return each.state == decision::ApprovalState::Pending && (!each.expires || *each.expires > now);
}

std::string list(const std::vector<decision::Approval>& approvals, base::Instant now) {
  std::string out;
  for (const decision::Approval& each : approvals) {
    if (!waits(each, now)) continue;
    out += out.empty() ? "[{\"id\":" : ",{\"id\":";
    base::write_json_string(each.id, out);
    member("tool", each.tool, out);
    out += ",\"arguments\":" + (each.arguments.empty() ? "null" : each.arguments);
    if (!each.principal.empty()) member("principal", each.principal, out);
    if (!each.grant.empty()) member("grant", each.grant, out);
    member("rule", each.rule, out);
    member("asked", base::to_string(each.asked), out);
    if (each.expires) member("expires", base::to_string(*each.expires), out);
    out += "}";
  }
  return out.empty() ? "[]" : out + "]";
}

}  // namespace

std::size_t Server::waiting_calls() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      gateway_.approvals(), [&](const auto& each) { return waits(each, now()); }));
}

std::string Server::obey(std::string_view line) {
  if (line == "list") return "ok " + list(gateway_.approvals(), now());
  const auto action = parse_operator(line);
  if (!action) return "error " + words(action.error());
  // Chance and a failing world are for those who test.
  if (action->kind == OperatorAction::Kind::Decide || is_gateway_fault(line))
    return "error " + base::quoted(line) + " is for scenarios only";
  if (action->kind == OperatorAction::Kind::Reload && !options_.read_policy)
    return "error there is no policy file to read again";
  if (audit_ != nullptr) audit_->operated(line, now());
  if (action->kind == OperatorAction::Kind::Reload) {
    const Replaced replaced = reload();
    if (replaced.done) return "ok the new policy is in force";
    return "error " + words(replaced.problems) + "\nthe policy before it stays in force" +
           (replaced.read_only ? ", and nothing but reading passes until one loads" : "");
  }
  const std::size_t before = waiting_calls();
  gateway_.operate(*action, now(), to_client_);
  if (action->kind != OperatorAction::Kind::Approve && action->kind != OperatorAction::Kind::Deny)
    return "ok";
  const std::size_t decided = before - waiting_calls();
  return decided == 0 ? "error no waiting call is meant by that; `list` shows them"
                      : "ok " + std::to_string(decided) + " decided";
}

}  // namespace gatecrash::gateway
