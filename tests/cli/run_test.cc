// `replay run` on the shipped policies: what the main job promises to show.
#include <algorithm>
#include <filesystem>
#include <set>

#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/cli/execute.h"
#include "harness/cli/expectations.h"
#include "reports/block.h"
#include "tests/cli/program.h"
#include "tests/support/build.h"

using namespace gatecrash;
using namespace gatecrash::test;
using oracle::Verdict;

namespace {

// Thousands of steps each: left out where the other attacks show the same.
const std::string kLong = "^loop/";
constexpr const char* kExpected = "scenarios/published.expected.yaml";
constexpr const char* kKnownGaps = "scenarios/known_gaps.expected.yaml";

// What became of the pack (of a part of it under sanitizers) behind three gateways, run once for
// all tests that look at every scenario.
const std::vector<reports::Entry>& outcomes() {
  static const std::vector<reports::Entry> all = [] {
    const auto selection = cli::select({source_path("scenarios")}, {.run = kPackPart}, {});
    REQUIRE(selection.has_value());
    cli::Subjects subjects;
    REQUIRE(
        subjects.prepare(*selection, {.gateways = {"reference", "null", "deny_all"}}).has_value());
    return cli::execute(*selection, subjects, {.jobs = 2}).entries;
  }();
  return all;
}

std::vector<reports::Entry> outcomes_on(std::string_view gateway) {
  std::vector<reports::Entry> some;
  for (const reports::Entry& entry : outcomes()) {
    if (entry.gateway == gateway) some.push_back(entry);
  }
  REQUIRE(some.size() > 50);
  return some;
}

}  // namespace

TEST_CASE("Every gap of policies and gateway is expected, by entries none of which is idle") {
  const auto loaded = scenario::load_expected(source_path(kExpected));
  const auto known = scenario::load_expected(source_path(kKnownGaps));
  REQUIRE((loaded.has_value() && known.has_value()));
  reports::Report report;
  report.entries = outcomes_on("reference");
  const auto unexpected = [&](const scenario::Expectations& expectations) {
    const std::shared_ptr<const scenario::Expectations> file[] = {
        std::make_shared<const scenario::Expectations>(expectations)};
    cli::apply_expectations(file, {}, base::default_start(), report);
    return std::ranges::count_if(report.entries, reports::fails);
  };
  scenario::Expectations all = **loaded;
  all.entries.insert(all.entries.end(), (*known)->entries.begin(), (*known)->entries.end());
  CHECK(unexpected(all) == 0);
  std::size_t tried = 0;
  for (std::size_t i = 0; i < all.entries.size(); ++i) {
    const std::string& scenario = all.entries[i].scenario;
    INFO("without " << scenario << " " << all.entries[i].effect);
    const bool was_run = std::ranges::any_of(report.entries, [&](const reports::Entry& entry) {
      return base::glob_match(scenario, entry.id);
    });
    CHECK((was_run || !kWholePack));
    if (!was_run) continue;
    scenario::Expectations fewer = all;
    fewer.entries.erase(fewer.entries.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(unexpected(fewer) > 0);
    ++tried;
  }
  CHECK(tried >= 10);
}

TEST_CASE("Coverage counts what the benign run asked of the policy, beside the attack") {
  const std::string path = write_cli_file("coverage/good.yaml", kGoodScenario);
  const auto selection = cli::select({path}, {}, {});
  REQUIRE(selection.has_value());
  cli::Subjects subjects;
  REQUIRE(subjects.prepare(*selection, {.gateways = {"reference"}}).has_value());
  const coverage::Coverage coverage = cli::execute(*selection, subjects, {.jobs = 1}).coverage;
  REQUIRE(coverage.policies.size() == 1);
  const auto decisions = [&](std::string_view element) {
    for (const coverage::ElementUse& use : coverage.policies[0].elements) {
      if (use.path == element) return use.decisions;
    }
    return std::uint64_t{0};
  };
  CHECK(decisions("/hide/0") == 1);
  CHECK(decisions("/tools/list_tasks") == 1);  // called by the benign run alone
}

TEST_CASE(
    "Each cause of known gaps is one sentence by hand, forty at most, and no finding's own "
    "words") {
  std::set<std::string> reasons;
  for (const std::string name : {"published", "known_gaps", "intercept-1.1"}) {
    const auto loaded =
        scenario::load_expected(source_path("scenarios/" + name + ".expected.yaml"));
    REQUIRE(loaded.has_value());
    for (const auto& [id, cause] : (*loaded)->causes) reasons.insert(cause.reason);
  }
  CHECK(reasons.size() <= 40);
  for (const std::string& reason : reasons) {
    INFO(reason);
    CHECK(reason.ends_with('.'));
    CHECK(reason.find("\u2026") == std::string::npos);
    CHECK(reason.find("...") == std::string::npos);
    for (const reports::Entry& entry : outcomes()) {
      for (const oracle::Finding& finding : entry.judged.findings) {
        for (const std::string& words : {finding.why, finding.claim, finding.observed}) {
          if (words.size() < 20) continue;  // a number, or a word
          CHECK(reason.find(words) == std::string::npos);
          CHECK(words.find(reason.substr(0, reason.size() - 1)) == std::string::npos);
        }
      }
    }
  }
}

TEST_CASE("The reason of a known gap stands in every report that has its entry") {
  const std::string folder = scratch_file("reasons");
  std::filesystem::create_directories(folder);
  std::vector<std::string> arguments{"scenarios",  "-q",
                                     "--expected", kExpected,
                                     "--run",      "^arg/absent-arguments@binassist_published$"};
  for (const std::string format : {"json", "junit", "sarif", "github"})
    arguments.push_back("--report=" + format + "=" + folder + "/" + format);
  const Ran ran = run_replay(arguments);
  INFO(ran.all());
  CHECK(ran.code == 0);
  for (const std::string format : {"json", "junit", "sarif", "github"}) {
    INFO(format);
    const std::string text = *base::read_file(folder + "/" + format);
    CHECK(text.find("a single call can name every task at once") != std::string::npos);
  }
}

TEST_CASE("Expectations that a run wrote do not load until a person has named the causes") {
  const std::string path = scratch_file("written.expected.yaml");
  const std::vector<std::string> one{"scenarios", "-q", "--run",
                                     "^hid/call-by-name@taobao_published$"};
  auto with = [&](const std::string& option) {
    std::vector<std::string> arguments = one;
    arguments.push_back(option);
    return run_replay(arguments);
  };
  CHECK(with("--write-expected=" + path).code == 1);
  const Ran ran = with("--expected=" + path);
  INFO(ran.all());
  CHECK(ran.code == 64);
  CHECK(ran.err.find("written.expected.yaml:") != std::string::npos);
  CHECK(ran.err.find("has to be written by a person") != std::string::npos);
}

TEST_CASE("A run in which nothing is judged exits 3, unless that is allowed") {
  // The released proxy does not start with this policy: not applicable.
  std::vector<std::string> arguments{"scenarios", "-q",
                                     "--gateway", "intercept-1.1",
                                     "--run",     "^hid/call-by-name@taobao_hardened$"};
  const Ran ran = run_replay(arguments);
  INFO(ran.all());
  CHECK(field(ran, "not_applicable") == 1);
  CHECK(ran.code == 3);
  CHECK(ran.err.find("nothing was judged") != std::string::npos);
  arguments.push_back("--allow-empty");
  CHECK(run_replay(arguments).code == 0);
}

TEST_CASE("What was skipped is counted by its reason, and the sum is skipped") {
  const Ran ran = run_replay({"scenarios", "-q", "--run", "^hid/call-by-name@taobao_hardened$"});
  INFO(ran.all());
  CHECK(field(ran, "skipped") > 100);
  CHECK(field(ran, "slow") == 0);
  CHECK(field(ran, "skipped") == field(ran, "filtered") + field(ran, "pending") +
                                     field(ran, "slow") + field(ran, "unobservable"));
  const Ran all = run_replay({"scenarios", "-q", "--attack", "^hid/|^idt/", "--target", "taobao"});
  CHECK(field(all, "pending") > 0);
}

TEST_CASE(
    "A policy in place of the targets' own: its target's promise apart, or 64 for no target") {
  const std::string policy =
      write_cli_file("mine.json", R"({"version":"1","default":"deny","tools":{"cancel_task":{}}})");
  const Ran apart = run_replay({"scenarios", "--policy", policy, "--run",
                                "^hid/call-by-name@taobao_hardened$|^benign/.*@taobao_hardened$"});
  INFO(apart.all());
  CHECK(field(apart, "overblock") == 0);
  CHECK(apart.says("apart: the promise of taobao_hardened itself is broken in"));
  const std::string other =
      write_cli_file("other.json", R"({"version":"1","default":"deny","tools":{"paint_wall":{}}})");
  const Ran none = run_replay({"scenarios", "--policy", other, "--target", "taobao"});
  INFO(none.all());
  CHECK(none.code == 64);
  CHECK(none.out.empty());
  CHECK(none.err.find("other.json: no tool that this policy names is one of a selected target's") !=
        std::string::npos);
  CHECK(std::ranges::count(none.err, '\n') == 1);
}

TEST_CASE("A gap that is expected ends the run with 0, one that is not with 1") {
  const std::string text = *base::read_file(source_path(kExpected));
  const std::string scenario = "arg/absent-arguments@binassist_published";
  const std::size_t entry = text.find("  - {scenario: \"" + scenario);
  REQUIRE(entry != std::string::npos);
  const std::string path = write_cli_file(
      "one-less.yaml", text.substr(0, entry) + text.substr(text.find('\n', entry) + 1));
  for (const auto& [expected, code] : {std::pair{std::string(kExpected), 0}, std::pair{path, 1}}) {
    const Ran ran =
        run_replay({"scenarios", "--expected", expected, "-q", "--run", "^" + scenario + "$"});
    INFO(ran.all());
    CHECK(ran.code == code);
    CHECK(field(ran, "expected") == 1 - code);
    CHECK(field(ran, "stale") == 0);
  }
}

TEST_CASE("A repaired policy makes its expectations stale: exit code 2") {
  const std::string copy = scratch_file("repaired/scenarios");
  std::filesystem::remove_all(copy);
  std::filesystem::copy(source_path("scenarios"), copy, std::filesystem::copy_options::recursive);
  const auto run_target = [&](const std::string& target) {
    return run_replay({copy, "--expected", copy + "/published.expected.yaml", "--expected",
                       copy + "/known_gaps.expected.yaml", "--target", "^" + target + "$",
                       "--exclude", kLong});
  };
  for (const std::string name : {"openaaas", "allcanuse"}) {
    const std::string target = name + "_published";
    CHECK(run_target(target).code == 0);
    // Its hardened twin keeps the promise of the page too.
    std::string text = base::read_file(copy + "/targets/" + target + ".yaml").value();
    const std::string before = "published/" + name + ".json, dialect: policylayer";
    REQUIRE(text.find(before) != std::string::npos);
    text.replace(text.find(before), before.size(),
                 "hardened/" + name + ".gatecrash.yaml, dialect: gatecrash");
    REQUIRE(base::write_file(copy + "/targets/" + target + ".yaml", text).has_value());
    const Ran ran = run_target(target);
    INFO(ran.all());
    CHECK(ran.code == 2);
    CHECK(field(ran, "stale") > 0);
    CHECK(ran.says("the expectation is stale"));
    CHECK(ran.says("@" + target + "` on `reference` is `pass`"));
  }
}

TEST_CASE("Hardened targets on the reference gateway: no bypass, no overblock") {
  std::size_t passed = 0;
  for (const reports::Entry& entry : outcomes_on("reference")) {
    if (!entry.target.ends_with("_hardened")) continue;
    INFO(entry.id << " " << to_string(entry.judged.verdict));
    passed += entry.judged.verdict == Verdict::Pass ? 1 : 0;
    CHECK((entry.judged.verdict == Verdict::Pass || entry.judged.verdict == Verdict::Drift));
  }
  CHECK(passed > 30);
}

TEST_CASE("A gateway that passes everything never passes an attack") {
  for (const reports::Entry& entry : outcomes_on("null")) {
    if (entry.attack.starts_with("benign/")) continue;  // everyday traffic, which is there to pass
    INFO(entry.id << " " << to_string(entry.judged.verdict));
    CHECK((entry.judged.verdict == Verdict::Bypass || entry.judged.verdict == Verdict::Drift));
  }
}

TEST_CASE("A gateway that refuses everything overblocks every twin") {
  for (const reports::Entry& entry : outcomes_on("deny_all")) {
    INFO(entry.id << " " << to_string(entry.judged.verdict));
    // Or worse: its record does not tell apart what it refused.
    CHECK(entry.judged.verdict >= Verdict::Overblock);
    CHECK(std::ranges::any_of(entry.judged.findings, [](const oracle::Finding& finding) {
      return finding.kind == oracle::FindingKind::Overblock;
    }));
  }
}

TEST_CASE(
    "The same input and seed give the same json to the byte, whatever the number of threads") {
  const std::vector<std::string> arguments{
      "scenarios", "--run", kPackSample, "--exclude", kLong, "--gateway", "reference,intercept-1.1",
      "--format",  "json",  "--seed",    "7"};
  auto with = [&](const std::string& jobs) {
    std::vector<std::string> all = arguments;
    all.push_back(jobs);
    return run_replay(all);
  };
  const Ran first = with("-j1");
  const Ran second = with("-j3");
  CHECK(first.out == second.out);
  CHECK(first.out.size() > 10'000);
  base::Tree tree;
  base::JsonRules rules;
  rules.bytes = first.out.size();
  CHECK_FALSE(base::read_json(first.out, rules, tree));
}

TEST_CASE("Saved cases are judged again as they were judged in the run") {
  const std::string folder = scratch_file("cases");
  std::filesystem::remove_all(folder);
  const Ran ran = run_replay({"scenarios", "--target", "^binassist", "--exclude", kLong, "--report",
                              "case=" + folder, "-q"});
  INFO(ran.all());
  std::vector<std::string> arguments{"judge"};
  for (const auto& each : std::filesystem::directory_iterator(folder))
    arguments.push_back(each.path().string());
  REQUIRE(arguments.size() > 10);
  const Ran judged = run_replay(arguments);
  INFO(judged.all());
  CHECK(judged.code == ran.code);
  for (const char* name : {"pass", "overblock", "drift", "bypass", "inconclusive", "broken"}) {
    CHECK(field(judged, name) == field(ran, name));
  }
}

TEST_CASE("One file is enough") {
  const std::string path = write_cli_file("good.yaml", kGoodScenario);
  for (const char* lane : {"memory", "stdio"}) {
    const Ran ran = run_replay({path, "--lane", lane});
    INFO(ran.all());
    CHECK(ran.code == 0);
    CHECK(ran.says("replay: ran=1 pass=1 "));
  }
}

TEST_CASE("check, list and explain work on what is shipped") {
  const Ran check = run_replay({"check", "scenarios"});
  INFO(check.all());
  CHECK(check.code == 0);
  CHECK_FALSE(check.says("is promised"));
  const Ran list = run_program("replay", {"list", "--json"},
                               {"GATECRASH_SCENARIOS=" + source_path("scenarios")});
  INFO(list.err);
  CHECK(list.code == 0);
  base::Tree tree;
  CHECK_FALSE(base::read_json(list.out, {}, tree));
  for (const char* what : {"binassist", "no_denied_effect", "intercept-1.1", "hid/call-by-name"})
    CHECK(list.says(what));
  const Ran explain = run_replay({"explain", "hid/call-by-name@taobao_published", "scenarios"});
  INFO(explain.all());
  CHECK(explain.code == 0);
  CHECK(explain.says("benign twin:"));
  const std::string traffic =
      write_cli_file("explained/traffic.yaml",
                     "replay: 1\nid: benign/look\ntitle: Somebody looks\n"
                     "fits: {target: binassist_hardened}\nbenign: [{everyday: true}]\n");
  const std::string unseen =
      write_cli_file("explained/unseen.yaml",
                     "replay: 1\nid: x/inside\ntitle: t\n"
                     "attack: {id: X, status: variant, severity: low}\n"
                     "fits: {target: binassist_hardened}\nnot_observable: it happens inside\n");
  const Ran everyday = run_replay({"explain", "benign/look@binassist_hardened", traffic});
  INFO(everyday.all());
  CHECK(everyday.code == 0);
  CHECK(everyday.says("everyday, which has to pass"));
  CHECK(everyday.says("everyday traffic: "));
  const Ran inside = run_replay({"explain", "x/inside@binassist_hardened", unseen});
  CHECK(inside.code == 0);
  CHECK(inside.says("x/inside@binassist_hardened is not run: not observable: it happens inside"));
  const Ran listed = run_replay({"list", "attacks", "everyday", "operator", traffic, unseen});
  CHECK(listed.says("not observable: it happens inside"));
  CHECK(listed.says("Somebody looks"));
  CHECK(listed.says("store down"));
}

TEST_CASE("check names the promised tools that no everyday traffic calls") {
  const std::string target =
      write_cli_file("promises/target.yaml",
                     "target: own\nmock: generic\npolicy: {dialect: gatecrash, inline: '{version: "
                     "\"1\", default: deny}'}\n"
                     "promise:\n  callable: [list_tasks, get_task_status, cancel_task]\n"
                     "benign:\n  - {call: {tool: list_tasks}, expect: allow}\n"
                     "  - {call: {tool: cancel_task, args: {task_id: t}}, expect: deny}\n");
  const std::string traffic = write_cli_file(
      "promises/day.yaml",
      "replay: 1\nid: benign/own-day\ntitle: A day\nfits: {target: own}\n"
      "benign: [{call: {tool: get_task_status, args: {task_id: t}}, expect: allow}]\n");
  const Ran alone = run_replay({"check", target});
  INFO(alone.all());
  CHECK(alone.code == 0);
  CHECK(
      alone.says("target.yaml:5:26: warning: `get_task_status` is promised to be callable, and no "
                 "everyday traffic calls it"));
  const Ran both = run_replay({"check", std::filesystem::path(traffic).parent_path().string()});
  INFO(both.all());
  CHECK_FALSE(both.says("`get_task_status`"));
  CHECK_FALSE(both.says("`list_tasks`"));
  CHECK(both.says("target.yaml:5:43: warning: `cancel_task` is promised"));
}

TEST_CASE("explain tells one decision, what was before it, and what would change it") {
  const std::string policy = "scenarios/policies/published/binassist.json";
  const std::vector<std::string> asked{"explain", "--policy", policy, "--call",
                                       R"({"tool":"cancel_task","args":{"task_id":"t1"}})"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), asked.begin(), asked.end());
    return run_replay(more);
  };
  const Ran fresh = with({});
  INFO(fresh.all());
  CHECK(fresh.code == 0);
  CHECK(fresh.out.starts_with("allow\n"));
  CHECK(fresh.says("  after 10 such calls: deny by /tools/cancel_task/limits/cancel_task_rate\n"));

  const std::string limit = "/tools/cancel_task/limits/cancel_task_rate";
  const Ran full = with({"--state", limit + "=4@2025-12-31T23:59:10Z", "--state",
                         "state.cancel_task.cancel_task_rate=6"});
  INFO(full.all());
  CHECK(full.code == 0);
  CHECK(full.out.starts_with("deny by " + limit + " (" + policy +
                             ":7:9): `Rate limit of 10 per minute reached."));
  CHECK(full.says("weighs 1, used 10 of 10"));
  CHECK(full.says("  from 2026-01-01T00:00:10Z on (in 10s): allow\n"));
  CHECK(
      full.says("  with a limit of 11 instead of 10 (" + policy + ":7:9 " + limit + "): allow\n"));

  const Ran json = with({"--format", "json", "--state", limit + "=10"});
  INFO(json.all());
  CHECK(json.code == 0);
  base::Tree tree;
  REQUIRE_FALSE(base::read_json(json.out, {}, tree));
  CHECK(tree.root().find("decision").text() == "deny");
  CHECK(tree.root().find("steps").at(1).find("decides").is_true());
  const base::Value change = tree.root().find("changes").at(0);
  CHECK(change.find("kind").text() == "time");
  CHECK(change.find("decision").text() == "allow");

  for (const auto& [state, said] :
       {std::pair{"/tools/cancel_task=1", "names no amount of a limit (one of `" + limit + "`)"},
        std::pair{"ten", std::string("is none of `LIMIT=AMOUNT`")},
        std::pair{"a=1@now", std::string("`now` is no time")},
        std::pair{"a=1@2027-01-01T00:00:00Z", std::string("lies after the call")}}) {
    const Ran bad = with({"--state", state});
    INFO(bad.all());
    CHECK(bad.code == 64);
    CHECK(bad.err.find(said) != std::string::npos);
    CHECK(bad.out.empty());
  }
}
