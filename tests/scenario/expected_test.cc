// Known gaps: strictly read, and never longer true than they are.
#include "harness/scenario/expected.h"

#include <string>
#include <vector>

#include "tests/scenario/files.h"

namespace gatecrash {
namespace {

using scenario::Outcome;
using test::problems_of;
using test::write_scratch;

const base::Instant kToday = *base::parse_instant("2026-06-01T12:00:00Z");

std::shared_ptr<const scenario::Expectations> load(std::string_view text) {
  const auto loaded = scenario::load_expected(write_scratch("x.expected.yaml", text));
  INFO(problems_of(loaded));
  REQUIRE(loaded.has_value());
  return *loaded;
}

std::string entry(std::string_view scenario, std::string_view verdict, std::string_view effect,
                  std::string_view more = "") {
  return "- scenario: \"" + std::string(scenario) + "\"\n  verdict: " + std::string(verdict) +
         "\n  effect: " + std::string(effect) + "\n  reason: r\n  link: https://example.org\n" +
         std::string(more);
}

const std::vector<std::string> kCatalogue = {"a/b@x", "a/b@y", "a/c@x"};

TEST_CASE("an entry covers the outcomes it describes and no others") {
  const auto known = load(entry("a/b@*", "bypass", "task.cancelled", "  gateway: ref*\n"));
  const std::vector<Outcome> outcomes = {
      {"a/b@x", "reference", "memory", "bypass", {"task.cancelled"}},
      {"a/b@x", "intercept-1.1", "memory", "bypass", {"task.cancelled"}},
      {"a/c@x", "reference", "memory", "bypass", {"task.cancelled"}},
      {"a/c@x", "reference", "memory", "overblock", {}},
  };
  const scenario::Review review = scenario::review(*known, outcomes, kCatalogue, kToday);
  CHECK(review.expected == std::vector<bool>{true, false, false, false});
  CHECK(review.stale.empty());
  CHECK(review.expired.empty());
}

TEST_CASE("an effect that no entry names is not covered by the others") {
  const std::vector<Outcome> outcomes = {
      {"a/b@x", "g", "memory", "bypass", {"task.cancelled", "file.deleted"}}};
  const auto one = load(entry("a/b@x", "bypass", "task.cancelled"));
  CHECK_FALSE(scenario::review(*one, outcomes, kCatalogue, kToday).expected[0]);
  const auto both =
      load(entry("a/b@x", "bypass", "task.cancelled") + entry("a/b@x", "bypass", "file.deleted"));
  CHECK(scenario::review(*both, outcomes, kCatalogue, kToday).expected[0]);
}

TEST_CASE("none covers what let nothing through, and only that") {
  const auto known = load(entry("a/b@*", "overblock", "none"));
  const std::vector<Outcome> outcomes = {{"a/b@x", "g", "memory", "overblock", {}},
                                         {"a/b@y", "g", "memory", "overblock", {"task.cancelled"}}};
  const scenario::Review review = scenario::review(*known, outcomes, kCatalogue, kToday);
  CHECK(review.expected == std::vector<bool>{true, false});
  CHECK(problems_of(base::Result<int>(review.stale)) ==
        "x.expected.yaml:1:3: the expectation is stale: `a/b@y` on `g` is `overblock` with "
        "task.cancelled, not "
        "`overblock` without an effect (remove it, or say what is true now)\n");
}

TEST_CASE("an entry for several is not stale for one that another entry expects otherwise") {
  const auto known = load(entry("a/b@*", "bypass", "task.cancelled"));
  std::vector<Outcome> outcomes = {{"a/b@x", "g", "memory", "bypass", {"task.cancelled"}},
                                   {"a/b@y", "g", "memory", "drift", {}}};
  CHECK(scenario::review(*known, outcomes, kCatalogue, kToday).stale.size() == 1);
  outcomes[1].covered = true;
  CHECK(scenario::review(*known, outcomes, kCatalogue, kToday).stale.empty());
  // It has to be true of one of them.
  outcomes[0].covered = true;
  outcomes[0].verdict = "drift";
  outcomes[0].effects.clear();
  CHECK(scenario::review(*known, outcomes, kCatalogue, kToday).stale.size() == 1);
}

TEST_CASE("an entry is stale once a scenario it covers passes or fails otherwise") {
  const auto known = load(entry("a/b@*", "bypass", "task.cancelled"));
  const std::vector<Outcome> outcomes = {{"a/b@x", "g", "memory", "bypass", {"task.cancelled"}},
                                         {"a/b@y", "g", "memory", "pass", {}}};
  const scenario::Review review = scenario::review(*known, outcomes, kCatalogue, kToday);
  CHECK(review.expected == std::vector<bool>{true, false});
  CHECK(
      problems_of(base::Result<int>(review.stale)) ==
      "x.expected.yaml:1:3: the expectation is stale: `a/b@y` on `g` is `pass`, not `bypass` with "
      "task.cancelled (remove it, or say what is true now)\n");
}

TEST_CASE("an entry for a scenario that was not selected is neither used nor stale") {
  const auto known = load(entry("a/c@x", "bypass", "task.cancelled"));
  const scenario::Review review = scenario::review(*known, {}, kCatalogue, kToday);
  CHECK(review.stale.empty());
}

TEST_CASE("an entry for no scenario at all is stale") {
  const auto known = load(entry("a/d@*", "bypass", "task.cancelled"));
  const scenario::Review review = scenario::review(*known, {}, kCatalogue, kToday);
  CHECK(problems_of(base::Result<int>(review.stale)) ==
        "x.expected.yaml:1:3: the expectation is stale: no scenario is called `a/d@*` (remove it, "
        "or say "
        "what is true now)\n");
}

TEST_CASE("no evidence makes no entry stale and is covered by none") {
  const auto known = load(entry("a/b@x", "bypass", "task.cancelled"));
  const std::vector<Outcome> outcomes = {{"a/b@x", "g", "memory", "inconclusive", {}}};
  const scenario::Review review = scenario::review(*known, outcomes, kCatalogue, kToday);
  CHECK(review.stale.empty());
  CHECK_FALSE(review.expected[0]);
}

TEST_CASE("an entry holds through its last day and no longer") {
  const std::vector<Outcome> outcomes = {{"a/b@x", "g", "memory", "bypass", {"task.cancelled"}}};
  const auto today = load(entry("a/b@x", "bypass", "task.cancelled", "  expires: 2026-06-01\n"));
  CHECK(scenario::review(*today, outcomes, kCatalogue, kToday).expected[0]);
  const auto yesterday =
      load(entry("a/b@x", "bypass", "task.cancelled", "  expires: 2026-05-31\n"));
  const scenario::Review review = scenario::review(*yesterday, outcomes, kCatalogue, kToday);
  CHECK_FALSE(review.expected[0]);
  CHECK(problems_of(base::Result<int>(review.expired)) ==
        "x.expected.yaml:1:3: the expectation has expired on 2026-05-31 (mend what it covers, or "
        "say for how "
        "much longer it holds)\n");
}

TEST_CASE("an expectation file with a mistake is refused with place and hint") {
  const std::vector<std::pair<std::string, std::string_view>> all = {
      {"scenario: a\n",
       "x.expected.yaml:1:1: expectations have to be a list (`- scenario: …` per known gap)\n"},
      {"- {}\n",
       "x.expected.yaml:1:3: `scenario` is missing in an expectation\n"
       "x.expected.yaml:1:3: `verdict` is missing in an expectation\n"
       "x.expected.yaml:1:3: `effect` is missing in an expectation\n"
       "x.expected.yaml:1:3: `reason` is missing in an expectation\n"
       "x.expected.yaml:1:3: `link` is missing in an expectation\n"},
      {entry("a", "pass", "none"),
       "x.expected.yaml:2:12: `verdict` is `pass`, which is none of its values (one of "
       "`overblock`, `drift`, "
       "`bypass`)\n"},
      {entry("a", "bypass", "task.canceled"),
       "x.expected.yaml:3:11: `effect` is `task.canceled`, which is none of its values (did you "
       "mean "
       "`task.cancelled`?)\n"},
      {entry("a", "bypass", "none", "  expires: soon\n"),
       "x.expected.yaml:6:12: `expires` has to be a date, not `soon` (as in `2027-01-31`)\n"},
      {entry("a", "bypass", "none", "  until: 2027-01-01\n"),
       "x.expected.yaml:6:3: unknown key `until` in an expectation (one of `scenario`, `verdict`, "
       "`effect`, "
       "`reason`, `link`, `gateway`, `lane`, `expires`)\n"},
      {"- {scenario: \"\", verdict: drift, effect: none, reason: r, link: l}\n",
       "x.expected.yaml:1:14: `scenario` has to be a text that is not empty\n"},
  };
  for (const auto& [text, said] : all) {
    INFO(text);
    CHECK(problems_of(scenario::load_expected(write_scratch("x.expected.yaml", text))) == said);
  }
}

TEST_CASE("what is written can be read again") {
  const auto first =
      load(entry("a/b@x", "bypass", "task.cancelled", "  lane: http\n  expires: 2027-01-31\n") +
           entry("a \\\"quoted\\\"", "overblock", "none"));
  const std::string text = scenario::to_yaml(first->entries);
  const auto second = load(text);
  CHECK(scenario::to_yaml(second->entries) == text);
  CHECK(second->entries[0].lane == "http");
  CHECK(second->entries[0].expires == first->entries[0].expires);
  CHECK(second->entries[1].scenario == "a \"quoted\"");
}

}  // namespace
}  // namespace gatecrash
