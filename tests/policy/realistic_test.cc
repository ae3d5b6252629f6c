// Policies as people write them, each in both dialects: they load strictly and decide
// alike on every call of many sequences. The comparison has to notice whatever is taken out of
// either of the two.
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "harness/policy/print.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"
#include "tests/support/policy_calls.h"

using namespace gatecrash;
using policy::Policy;

namespace {

constexpr std::uint64_t kSequences = 10;
constexpr std::size_t kCalls = 400;

std::string folder() {
  return test::source_path("tests/policy/realistic");
}

std::set<std::string> names() {
  std::set<std::string> out;
  for (const auto& each : std::filesystem::directory_iterator(folder()))
    out.insert(each.path().stem().string());
  return out;
}

std::shared_ptr<const Policy> load_realistic(const std::string& name, policy::Dialect dialect) {
  const std::string path =
      folder() + "/" + name + (dialect == policy::Dialect::Intercept ? ".yaml" : ".json");
  const auto loaded = policy::load_file(path, {.dialect = dialect});
  INFO(base::to_string(loaded.problems));
  CHECK(loaded.problems.empty());
  REQUIRE(loaded.policy);
  return loaded.policy;
}

// Arguments the policies' patterns look for and do not spell out.
const std::vector<std::string> kWords{
    "\"v1.2\"", "\"someone@example.org\"", "\"ch_1\"", "\"#team-a\"", "12", "\"main\""};

// Calls are made up from both: each knows values that the other does not name.
std::vector<std::vector<test::PolicyCall>> sequences(const Policy& left, const Policy& right) {
  std::vector<std::vector<test::PolicyCall>> out;
  for (std::uint64_t seed = 1; seed <= kSequences; ++seed) {
    out.push_back(test::calls_for(seed % 2 != 0 ? left : right, base::Seed{seed}, kCalls, kWords));
  }
  return out;
}

std::optional<std::string> difference(const Policy& left, const Policy& right,
                                      const std::vector<std::vector<test::PolicyCall>>& calls,
                                      test::Outcomes& outcomes) {
  for (const auto& semantics : {decision::hardened(), decision::intercept_1_1()}) {
    for (const auto& each : calls) {
      if (auto found = test::disagreement(left, right, semantics, each, outcomes)) return found;
    }
  }
  return std::nullopt;
}

// Every policy that lacks one thing, or has one limit higher.
void each_alteration(const Policy& policy,
                     const std::function<void(const Policy&, const std::string&)>& use) {
  const auto with = [&](const std::string& what, const std::function<void(Policy&)>& change) {
    Policy altered = policy;
    change(altered);
    use(altered, what);
  };
  with("default turned", [](Policy& p) {
    p.default_action = p.default_action == policy::DefaultAction::Allow
                           ? policy::DefaultAction::Deny
                           : policy::DefaultAction::Allow;
  });
  for (std::size_t i = 0; i < policy.hide.size(); ++i) {
    with("without " + policy.hide[i].anchor.path,
         [i](Policy& p) { p.hide.erase(p.hide.begin() + static_cast<std::ptrdiff_t>(i)); });
  }
  const auto each_tool = [&](const policy::ToolPolicy& tool,
                             const std::function<policy::ToolPolicy&(Policy&)>& in) {
    for (std::size_t r = 0; r < tool.rules.size(); ++r) {
      const policy::Rule& rule = tool.rules[r];
      with("without " + rule.anchor.path, [&, r](Policy& p) {
        in(p).rules.erase(in(p).rules.begin() + static_cast<std::ptrdiff_t>(r));
      });
      if (rule.limit)
        with("ten times " + rule.anchor.path,
             [&, r](Policy& p) { in(p).rules[r].limit->max += "0"; });
      for (std::size_t c = 0; rule.conditions.size() > 1 && c < rule.conditions.size(); ++c) {
        with("without " + rule.conditions[c].anchor.path, [&, r, c](Policy& p) {
          auto& conditions = in(p).rules[r].conditions;
          conditions.erase(conditions.begin() + static_cast<std::ptrdiff_t>(c));
        });
      }
    }
  };
  for (std::size_t t = 0; t < policy.tools.size(); ++t) {
    each_tool(policy.tools[t], [t](Policy& p) -> policy::ToolPolicy& { return p.tools[t]; });
  }
  if (policy.wildcard)
    each_tool(*policy.wildcard, [](Policy& p) -> policy::ToolPolicy& { return *p.wildcard; });
}

}  // namespace

TEST_CASE("equivalent policies of two dialects decide alike") {
  CHECK(names().size() >= 10);
  for (const std::string& name : names()) {
    INFO(name);
    const auto intercept = load_realistic(name, policy::Dialect::Intercept),
               policylayer = load_realistic(name, policy::Dialect::PolicyLayer);
    test::Outcomes outcomes;
    const auto found =
        difference(*intercept, *policylayer, sequences(*intercept, *policylayer), outcomes);
    INFO(found.value_or(""));
    CHECK(!found);
    CHECK(outcomes.allowed > 100);
    CHECK(outcomes.by_name > 10);
    CHECK(outcomes.by_rule > 10);
    CHECK(outcomes.by_limit > 2);
  }
}

TEST_CASE("each of them says in the other dialect what its twin says") {
  for (const std::string& name : names()) {
    const auto intercept = load_realistic(name, policy::Dialect::Intercept),
               policylayer = load_realistic(name, policy::Dialect::PolicyLayer);
    const auto calls = sequences(*intercept, *policylayer);
    test::Outcomes outcomes;
    for (const auto& [from, twin] :
         {std::pair{intercept, policylayer}, std::pair{policylayer, intercept}}) {
      const auto converted = policy::convert(*from, twin->dialect);
      INFO(name << "\n"
                << (converted ? policy::print(*converted) : base::to_string(converted.error())));
      REQUIRE(converted.has_value());
      const auto found = difference(*converted, *twin, calls, outcomes);
      INFO(found.value_or(""));
      CHECK(!found);
    }
  }
}

TEST_CASE("the comparison notices whatever is altered in one of the two") {
  std::size_t alterations = 0;
  for (const std::string& name : names()) {
    const auto intercept = load_realistic(name, policy::Dialect::Intercept),
               policylayer = load_realistic(name, policy::Dialect::PolicyLayer);
    const auto calls = sequences(*intercept, *policylayer);
    for (const auto& [altered, other] :
         {std::pair{intercept, policylayer}, std::pair{policylayer, intercept}}) {
      each_alteration(*altered, [&, &twin = other](const Policy& policy, const std::string& what) {
        test::Outcomes outcomes;
        INFO(name << " " << what);
        CHECK(difference(policy, *twin, calls, outcomes).has_value());
        ++alterations;
      });
    }
  }
  CHECK(alterations > 150);
}
