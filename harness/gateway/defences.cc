#include "harness/gateway/defences.h"

#include <array>
#include <utility>

#include "harness/gateway/builtin.h"
#include "harness/gateway/policy_edits.h"

namespace gatecrash::gateway {
namespace {

using policy::Policy;
using policy::Rule;
using policy::RuleKind;

struct Defence {
  std::string_view name;
  std::string_view text;
  void (*weaken)(Character&);  // either this …
  void (*strip)(Policy&);      // … or this
};

template <typename Wanted>
void drop_rules(Policy& policy, Wanted wanted) {
  for (policy::ToolPolicy& tool : policy.tools) std::erase_if(tool.rules, wanted);
  if (policy.wildcard) std::erase_if(policy.wildcard->rules, wanted);
}

bool has_operator(const Rule& rule, policy::Operator op) {
  for (const policy::Condition& each : rule.conditions) {
    if (each.op == op) return true;
  }
  return false;
}

bool reads_counter(const Rule& rule) {
  for (const policy::Condition& each : rule.conditions) {
    if (each.on_state) return true;
  }
  return false;
}

bool is_destination(const Rule& rule) {
  return rule.anchor.path.find("/destinations/") != std::string::npos;
}

constexpr auto kDefences = std::to_array<Defence>({
    // How messages are treated.
    {"readable", "what cannot be read is refused, not forwarded",
     [](Character& c) { c.wire.unparsable = Unparsable::Forward; }, nullptr},
    {"duplicate-keys", "duplicate keys are refused, and the judged tree is what is forwarded",
     [](Character& c) {
       c.wire.reading.duplicates = rpc::DuplicateKeys::LastWins;
       c.wire.reading.json.keep_duplicates = true;
       c.wire.forwarded = ForwardedBytes::Original;
     },
     nullptr},
    {"exact-keys", "other spellings of known keys are refused, and the judged tree is what is forwarded",
     [](Character& c) {
       c.wire.reading.case_variants_ok = true;
       c.wire.reading.unknown_members_ok = true;
       c.wire.forwarded = ForwardedBytes::Original;
     },
     nullptr},
    {"methods", "methods other than those for tools are refused",
     [](Character& c) { c.wire.other_methods = OtherMethods::Forward; }, nullptr},
    {"lifecycle", "nothing passes before the handshake",
     [](Character& c) { c.wire.enforce_lifecycle = false; }, nullptr},
    {"one-reply", "each request gets one reply, and replies nobody waits for go nowhere",
     [](Character& c) { c.wire.one_reply_per_id = false; }, nullptr},
    {"fresh-ids", "an id in flight is not used again",
     [](Character& c) { c.wire.reused_id = ReusedId::Overwrite; }, nullptr},
    {"exact-names", "tool names that a lenient server could take for another one are refused",
     [](Character& c) { c.wire.tool_names = ToolNames::Any; }, nullptr},
    {"filtered-lists", "tools that may not be called are not listed",
     [](Character& c) { c.wire.list_filter = ListFilter::None; }, nullptr},
    {"no-task-calls", "calls that are answered later, past the gateway, are refused",
     [](Character& c) { c.wire.refuse_task_calls = false; }, nullptr},
    {"audit-first", "while the audit cannot be written nothing but reading passes",
     [](Character& c) { c.wire.audit_first = false; }, nullptr},
    {"closed-reload", "after a reload that was refused nothing but reading passes, until one is not",
     [](Character& c) { c.wire.closed_reload = false; }, nullptr},
    // What a policy means.
    {"sliding-windows", "a window slides; it does not begin anew with the calendar's minute",
     [](Character& c) { c.semantics.window = decision::WindowKind::CalendarUtc; }, nullptr},
    {"own-counters", "counters belong to the grant, not to everybody",
     [](Character& c) { c.semantics.counter_key = decision::CounterKey::ToolOnly; }, nullptr},
    {"weighed-lists", "a list weighs its length",
     [](Character& c) { c.semantics.list_weight = decision::ListWeight::One; }, nullptr},
    {"exact-types", "values of different types are not compared by their text",
     [](Character& c) { c.semantics.type_mismatch = decision::TypeMismatch::ComparePrinted; }, nullptr},
    {"exact-weights", "amounts are exact, finite and above zero",
     [](Character& c) { c.semantics.weight = decision::WeightRule::Truncate; }, nullptr},
    {"no-refunds", "a call that failed after its effect stays counted",
     [](Character& c) { c.semantics.refund = decision::Refund::OnRpcError; }, nullptr},
    {"closed-store", "where the counters cannot be reached, what needs them is refused",
     [](Character& c) { c.semantics.store_down = decision::StoreDown::Allow; }, nullptr},
    {"monotonic-clock", "a clock that goes back refills nothing, and no window begins with the clock",
     [](Character& c) {
       c.semantics.clock_step = decision::ClockStep::FollowWall;
       c.semantics.window = decision::WindowKind::CalendarUtc;
     },
     nullptr},
    // What a policy says.
    {"default-deny", "tools that are not listed are refused", nullptr,
     [](Policy& p) { p.default_action = policy::DefaultAction::Allow; }},
    {"hide", "hidden tools are neither listed nor called", nullptr, [](Policy& p) { p.hide.clear(); }},
    {"rules", "rules on arguments: require, deny_if, deny and evaluate", nullptr,
     [](Policy& p) {
       drop_rules(p, [](const Rule& rule) {
         return !rule.limit && rule.kind != RuleKind::RequireApproval && rule.kind != RuleKind::Freeze &&
                rule.kind != RuleKind::Owned && !has_operator(rule, policy::Operator::Matches) &&
                !has_operator(rule, policy::Operator::Mentions) &&
                !reads_counter(rule) && !is_destination(rule);
       });
     }},
    {"arguments", "a schema says what the arguments may be", nullptr,
     [](Policy& p) { drop_rules(p, [](const Rule& rule) { return has_operator(rule, policy::Operator::Matches); }); }},
    {"destinations", "addresses point to named hosts only", nullptr,
     [](Policy& p) { drop_rules(p, is_destination); }},
    {"limits", "limits and budgets hold", nullptr,
     [](Policy& p) {
       each_limit(p, [](policy::Limit& limit) { limit.has_max = false; });
     }},
    {"long-limits", "beside the minute's limit there is one for the day", nullptr,
     [](Policy& p) {
       each_limit(p, [](policy::Limit& limit) {
         if (limit.period >= std::chrono::hours{24}) limit.has_max = false;
       });
     }},
    {"tenant-limits", "limits count for the whole tenant, not for one of its grants", nullptr,
     [](Policy& p) {
       each_limit(p, [](policy::Limit& limit) {
         if (limit.scope == policy::Scope::Tenant) limit.scope = policy::Scope::Grant;
       });
     }},
    {"grant-limits", "limits do not begin anew with a session", nullptr,
     [](Policy& p) {
       each_limit(p, [](policy::Limit& limit) { limit.scope = policy::Scope::Session; });
     }},
    {"sequences", "what was called before shuts what may be called next", nullptr,
     [](Policy& p) { drop_rules(p, [](const Rule& rule) { return rule.kind == RuleKind::DenyIf && reads_counter(rule); }); }},
    {"ownership", "what one has made, others do not touch", nullptr,
     [](Policy& p) { drop_rules(p, [](const Rule& rule) { return rule.kind == RuleKind::Owned; }); }},
    {"freeze", "the operator's freeze switch stops what changes things", nullptr,
     [](Policy& p) { drop_rules(p, [](const Rule& rule) { return rule.kind == RuleKind::Freeze; }); }},
    {"pinning", "tools whose definition changed are not shown and not called", nullptr,
     [](Policy& p) { p.pinned.reset(); }},
    {"kept-secrets", "secrets are not let out in arguments", nullptr,
     [](Policy& p) { drop_rules(p, [](const Rule& rule) { return has_operator(rule, policy::Operator::Mentions); }); }},
    {"redaction", "secrets are taken out of results and errors", nullptr,
     [](Policy& p) { p.redactions.clear(); }},
    {"approvals", "a human decides about what needs one", nullptr,
     [](Policy& p) { drop_rules(p, [](const Rule& rule) { return rule.kind == RuleKind::RequireApproval; }); }},
    {"approval-timeout", "an approval is good for its time only", nullptr,
     [](Policy& p) {
       for (policy::ToolPolicy& tool : p.tools) {
         for (Rule& rule : tool.rules) rule.approval_timeout.reset();
       }
     }},
    {"few-approvals", "only so many calls may wait for approval", nullptr, [](Policy& p) { p.max_pending = 0; }},
});

template <std::size_t index>
Made without(const PolicyInput& input) {
  Character character = reference_character();
  if (kDefences[index].weaken != nullptr) kDefences[index].weaken(character);
  const auto load = [](const PolicyInput& each) {
    LoadedPolicy loaded = load_as_written(each);
    if (loaded.policy && kDefences[index].strip != nullptr) {
      auto changed = std::make_shared<Policy>(*loaded.policy);
      kDefences[index].strip(*changed);
      loaded.policy = std::move(changed);
    }
    return loaded;
  };
  return make_policy_gateway(load, character, input);
}

template <std::size_t... index>
std::vector<DefenceEntry> table(std::index_sequence<index...>) {
  return {{kDefences[index].name, kDefences[index].text, without<index>}...};
}

}  // namespace

const std::vector<DefenceEntry>& defences() {
  static const std::vector<DefenceEntry> all = table(std::make_index_sequence<kDefences.size()>());
  return all;
}

const DefenceEntry* find_defence(std::string_view name) {
  for (const DefenceEntry& each : defences()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

}  // namespace gatecrash::gateway
