#include "fuzz/policy_text.h"

#include <array>
#include <memory>
#include <string>

#include "harness/base/digest.h"
#include "harness/decision/semantics.h"
#include "harness/policy/lint.h"
#include "harness/policy/print.h"
#include "tests/support/policy_calls.h"

namespace gatecrash::fuzz {
namespace {

using policy::Dialect;
using policy::Policy;

enum Point {
  Refused,
  Forgiven,
  Loaded,
  Rules,
  Limits,
  Converted,
  NotConverted,
  Allowed,
  Denied,
  PointCount
};
std::array<ReachPoint, PointCount> points = {{{"refused"},
                                              {"forgiven"},
                                              {"loaded"},
                                              {"rules"},
                                              {"limits"},
                                              {"converted"},
                                              {"not_converted"},
                                              {"allowed"},
                                              {"denied"}}};

constexpr std::size_t kCalls = 24;

policy::Loaded load(std::string_view text, Dialect dialect, bool lenient = false) {
  const char* const name = dialect == Dialect::PolicyLayer ? "p.json" : "p.yaml";
  return policy::load_text(name, std::string(text), {.dialect = dialect, .lenient = lenient});
}

void check_problems(std::string_view text, const policy::Loaded& loaded) {
  const std::string all = base::to_string(loaded.problems);
  check((loaded.policy == nullptr) == base::has_error(loaded.problems),
        "a policy or an error, never both or neither", text, all);
  for (const base::Problem& each : loaded.problems) {
    check(!each.message.empty() && each.file.starts_with("p."), "every problem says where and what",
          text, all);
  }
}

// What is printed loads as it was read, into the model it was printed from; returns that model.
policy::Loaded printed_and_read(std::string_view text, const Policy& policy, std::string& printed) {
  printed = policy::print(policy);
  policy::Loaded again = load(printed, policy.dialect, policy.lenient);
  check(again.policy != nullptr, "what is printed loads as it was read", text,
        printed + base::to_string(again.problems));
  return again;
}

void check_alike(const Policy& policy, std::string_view text, const Policy& other,
                 const std::string& printed) {
  std::uint64_t seed = 0;
  for (const char c : base::sha256_hex(text).substr(0, 15))
    seed = seed * 16 + static_cast<std::uint64_t>(c % 16);
  const auto calls = test::calls_for(policy, base::Seed{seed}, kCalls);
  for (const auto& semantics : {decision::hardened(), decision::intercept_1_1()}) {
    test::Outcomes outcomes;
    const auto found = test::disagreement(policy, other, semantics, calls, outcomes);
    if (found) std::fprintf(stderr, "%s", found->c_str());
    check(!found, "both dialects of one policy decide alike", text, printed);
    points[Allowed].hits += outcomes.allowed;
    points[Denied].hits += outcomes.by_rule + outcomes.by_limit;
  }
}

}  // namespace

std::span<const ReachPoint> policy_reach_points() {
  return points;
}

int check_policy_text(std::string_view text, Dialect dialect) {
  const policy::Loaded lenient = load(text, dialect, true);
  check_problems(text, lenient);
  const policy::Loaded loaded = load(text, dialect);
  check_problems(text, loaded);
  check(loaded.policy == nullptr || lenient.policy != nullptr, "what is strict is lenient, too",
        text, base::to_string(lenient.problems));
  if (lenient.policy != nullptr) {
    policy::lint(lenient, nullptr);
    std::string printed;
    printed_and_read(text, *lenient.policy, printed);
  }
  if (loaded.policy == nullptr) {
    ++points[lenient.policy == nullptr ? Refused : Forgiven].hits;
    return 0;
  }
  ++points[Loaded].hits;
  for (const policy::Element& each : policy::elements(*loaded.policy)) {
    points[Rules].hits += each.kind == policy::Element::Kind::Rule ? 1 : 0;
    points[Limits].hits += each.kind == policy::Element::Kind::Limit ? 1 : 0;
  }
  std::string printed, twice;
  const policy::Loaded again = printed_and_read(text, *loaded.policy, printed);
  check(policy::equal(*loaded.policy, *again.policy),
        "reading what is printed gives the same model", text, printed);
  printed_and_read(printed, *again.policy, twice);
  check(printed == twice, "the printed form is its own", printed, twice);

  const Dialect other = dialect == Dialect::Intercept ? Dialect::PolicyLayer : Dialect::Intercept;
  const base::Result<Policy> converted = policy::convert(*loaded.policy, other);
  ++points[converted ? Converted : NotConverted].hits;
  if (!converted) {
    for (const base::Problem& each : converted.error()) {
      check(each.at.line != 0, "what has no equivalent is named with its place", text,
            base::to_string(converted.error()));
    }
    return 0;
  }
  const policy::Loaded theirs = printed_and_read(text, *converted, printed);
  check_alike(*loaded.policy, text, *theirs.policy, printed);
  return 0;
}

}  // namespace gatecrash::fuzz
