#include "harness/scenario/shapes.h"

#include <array>

#include "harness/base/scope.h"
#include "harness/scenario/effect.h"

namespace gatecrash::scenario {
namespace {

constexpr bool kRequired = true;

constexpr Key kPolicyKeys[] = {{"file"}, {"inline"}, {"dialect"}, {"if_refused"}};
constexpr Key kPromiseKeys[] = {{"cancel"}, {"hidden"}, {"callable"}, {"says"}};
constexpr Key kCapKeys[] = {{"max", kRequired}, {"per"}, {"scope"}};
constexpr Key kWorldKeys[] = {{"tasks"}, {"ids"}, {"states"}, {"work"}};
constexpr Key kNamedTaskKeys[] = {{"state"}, {"owner"}, {"work"}};
constexpr Key kExtraToolKeys[] = {{"name", kRequired}, {"description"}, {"input_schema"},
                                  {"annotations"},     {"effects"},     {"acts_on"},
                                  {"after_rug_pull"}};

constexpr Key kScenarioKeys[] = {
    {"replay", kRequired},
    {"id", kRequired},
    {"title", kRequired},
    // asked for by the loader where the file is of a sort that needs them
    {"attack"},
    {"steps"},
    {"benign"},
    {"fits"},
    {"clock"},
    {"world"},
    {"personalities"},
    {"extra_tools"},
    {"reloaded_from"},
    {"matrix"},
    {"null_verdict"},
    {"needs"},
    {"pending"},
    {"not_observable"},
    {"principals"},
    {"refused_policy"},
    {"canaries"},
    {"always"},
    // of a file that stands alone
    {"policy"},
    {"upstreams"},
    {"hub"},
    {"promise"},
    {"budget"},
    {"traits"},
    {"grant"},
};
constexpr Key kAttackInfoKeys[] = {
    {"id", kRequired}, {"status", kRequired}, {"severity", kRequired}, {"tags"}, {"sources"}};
constexpr Key kClockKeys[] = {{"start", kRequired}};
constexpr Key kAttackWorldKeys[] = {{"tasks"}, {"work"}};
constexpr Key kPrincipalKeys[] = {{"grant"}, {"tenant"}};
constexpr Key kOwnedCanaryKeys[] = {{"text", kRequired}, {"of", kRequired}};
constexpr Key kSweepKeys[] = {{"each", kRequired}, {"count", kRequired}, {"grant"}, {"tenant"}};
constexpr Key kMatrixKeys[] = {{"personality", kRequired}};
constexpr Key kUpstreamKeys[] = {{"mock", kRequired}, {"profile"},     {"personalities"},
                                 {"world"},           {"extra_tools"}, {"effects"}};
constexpr Key kStepKeys[] = {
    {"list"},     {"call"},    {"raw"},      {"advance"},    {"session"},  {"fault"}, {"operator"},
    {"obey"},     {"steps"},   {"shuffled"}, {"concurrent"}, {"everyday"},  // one of these
    {"repeat"},   {"counter"}, {"each"},     {"when"},       {"expect"},   {"as"},    {"setup"},
    {"harmless"}, {"newline"},
};
constexpr Key kListKeys[] = {{"cursor"}, {"id"}, {"params"}, {"pages"}};
constexpr Key kObeyKeys[] = {{"most", kRequired}};
constexpr Key kCallKeys[] = {{"tool", kRequired}, {"args"}};
constexpr Key kExpectKeys[] = {{"outcome"}, {"absent"}, {"present"}, {"like"}};
constexpr Key kInvariantKeys[] = {
    {"promise"}, {"budget"},     {"unchanged"}, {"at_most"},
    {"never"},   {"work_stops"}, {"canary"},    {"audit"},  // one of these
    {"when"},
};
constexpr Key kAtMostKeys[] = {{"effect", kRequired}, {"max", kRequired}, {"per"}};

constexpr Key kTargetKeys[] = {
    {"target", kRequired},
    {"system"},
    {"mock", kRequired},
    {"profile"},
    {"personalities"},
    {"grant"},
    {"policy", kRequired},
    {"promise"},
    {"budget"},
    {"traits"},
    {"world"},
    {"effects"},
    {"extra_tools"},
    {"benign", kRequired},
};

constexpr Key kExpectedKeys[] = {
    {"scenario", kRequired}, {"gateway"},          {"lane"},    {"verdict", kRequired},
    {"effect", kRequired},   {"cause", kRequired}, {"expires"},
};
constexpr Key kExpectationsKeys[] = {{"causes", kRequired}, {"entries", kRequired}};
constexpr Key kCauseKeys[] = {{"reason", kRequired}, {"link", kRequired}};

constexpr std::string_view kStatusValues[] = {"documented", "derived", "variant"};
constexpr std::string_view kSeverityValues[] = {"low", "medium", "high", "critical"};
constexpr std::string_view kNullVerdictValues[] = {"bypass", "drift"};
constexpr std::string_view kRefusedPolicyValues[] = {"contained"};
constexpr std::string_view kCanaryValues[] = {"sent", "shown"};
constexpr std::string_view kAuditValues[] = {"distinct"};
constexpr std::string_view kHubValues[] = {"prefixed", "bare"};
constexpr std::string_view kNeedsValues[] = {
    "approvals", "audit", "concurrency", "era-2026-07-28",
    "faults",    "http",  "operator",    "several-upstreams"};
constexpr std::string_view kDialectValues[] = {"policylayer", "intercept", "prose", "gatecrash"};
constexpr std::string_view kIfRefusedValues[] = {"fail", "lenient"};
constexpr std::string_view kOutcomeValues[] = {"any", "allow", "deny"};
constexpr std::string_view kExpectedVerdictValues[] = {"inconclusive", "overblock", "drift",
                                                       "bypass"};

constexpr std::array<std::string_view, kEffectNames.size() + 1> kExpectedEffectValues = [] {
  std::array<std::string_view, kEffectNames.size() + 1> values{"none"};
  for (std::size_t i = 1; i < values.size(); ++i) values[i] = kEffectNames[i - 1];
  return values;
}();

}  // namespace

namespace shapes {
const Shape kPolicy{"policy", "a policy", kPolicyKeys};
const Shape kPromise{"promise", "a promise", kPromiseKeys};
const Shape kCap{"cap", "a cap", kCapKeys};
const Shape kWorld{"world", "a world", kWorldKeys};
const Shape kNamedTask{"named_task", "a task", kNamedTaskKeys};
const Shape kExtraTool{"extra_tool", "an extra tool", kExtraToolKeys};
const Shape kScenario{"scenario", "a scenario", kScenarioKeys};
const Shape kAttackInfo{"attack_info", "`attack`", kAttackInfoKeys};
const Shape kClock{"clock", "`clock`", kClockKeys};
const Shape kAttackWorld{"attack_world", "an attack's `world`", kAttackWorldKeys};
const Shape kMatrix{"matrix", "a matrix", kMatrixKeys};
const Shape kPrincipal{"principal", "a principal", kPrincipalKeys};
const Shape kOwnedCanary{"owned_canary", "a canary", kOwnedCanaryKeys};
const Shape kSweep{"sweep", "a sweep of principals", kSweepKeys};
const Shape kUpstream{"upstream", "an upstream", kUpstreamKeys};
const Shape kStep{"step", "a step", kStepKeys};
const Shape kList{"list", "`list`", kListKeys};
const Shape kObey{"obey", "`obey`", kObeyKeys};
const Shape kCall{"call", "a call", kCallKeys};
const Shape kExpect{"expect", "`expect`", kExpectKeys};
const Shape kInvariant{"invariant", "an invariant", kInvariantKeys};
const Shape kAtMost{"at_most", "`at_most`", kAtMostKeys};
const Shape kTarget{"target", "a target", kTargetKeys};
const Shape kExpected{"expected", "an expectation", kExpectedKeys};
const Shape kExpectations{"expectations", "a file of expectations", kExpectationsKeys};
const Shape kCause{"cause", "a cause", kCauseKeys};
}  // namespace shapes

namespace sets {
const ClosedSet kStatus{"status", kStatusValues};
const ClosedSet kSeverity{"severity", kSeverityValues};
const ClosedSet kNullVerdict{"null_verdict", kNullVerdictValues};
const ClosedSet kRefusedPolicy{"refused_policy", kRefusedPolicyValues};
const ClosedSet kCanary{"canary", kCanaryValues};
const ClosedSet kAudit{"audit", kAuditValues};
const ClosedSet kHub{"hub", kHubValues};
const ClosedSet kNeeds{"needs", kNeedsValues};
const ClosedSet kDialect{"dialect", kDialectValues};
const ClosedSet kIfRefused{"if_refused", kIfRefusedValues};
const ClosedSet kScope{"scope", base::kScopeNames};
const ClosedSet kOutcome{"outcome", kOutcomeValues};
const ClosedSet kEffect{"effect", kEffectNames};
const ClosedSet kExpectedEffect{"expected_effect", kExpectedEffectValues};
const ClosedSet kExpectedVerdict{"expected_verdict", kExpectedVerdictValues};
}  // namespace sets

std::span<const Shape* const> all_shapes() {
  using namespace shapes;
  static const Shape* const all[] = {
      &kPolicy,       &kPromise,     &kCap,       &kWorld,       &kNamedTask, &kExtraTool,
      &kScenario,     &kAttackInfo,  &kClock,     &kAttackWorld, &kMatrix,    &kPrincipal,
      &kSweep,        &kOwnedCanary, &kUpstream,  &kStep,        &kList,      &kObey,
      &kCall,         &kExpect,      &kInvariant, &kAtMost,      &kTarget,    &kExpected,
      &kExpectations, &kCause};
  return all;
}

std::span<const ClosedSet* const> all_sets() {
  using namespace sets;
  static const ClosedSet* const all[] = {
      &kStatus, &kSeverity, &kNullVerdict, &kRefusedPolicy,  &kCanary,
      &kAudit,  &kHub,      &kNeeds,       &kDialect,        &kIfRefused,
      &kScope,  &kOutcome,  &kEffect,      &kExpectedEffect, &kExpectedVerdict};
  return all;
}

}  // namespace gatecrash::scenario
