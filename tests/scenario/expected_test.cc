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

std::string entry(std::string_view scenario, std::string_view verdict, std::string_view effect,
                  std::string_view more = "") {
  return "- scenario: \"" + std::string(scenario) + "\"\n  verdict: " + std::string(verdict) +
         "\n  effect: " + std::string(effect) + "\n  cause: c\n" + std::string(more);
}

// Three lines, and the entries from line 4 on.
std::string file_of(std::string_view entries) {
  return "causes:\n  c: {reason: Because., link: https://example.org}\nentries:\n" +
         std::string(entries);
}

std::shared_ptr<const scenario::Expectations> load(std::string_view text) {
  const auto loaded = scenario::load_expected(write_scratch("x.expected.yaml", file_of(text)));
  INFO(problems_of(loaded));
  REQUIRE(loaded.has_value());
  return *loaded;
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
        "x.expected.yaml:4:3: the expectation is stale: `a/b@y` on `g` is `overblock` with "
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
      "x.expected.yaml:4:3: the expectation is stale: `a/b@y` on `g` is `pass`, not `bypass` with "
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
        "x.expected.yaml:4:3: the expectation is stale: no scenario is called `a/d@*` (remove it, "
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

TEST_CASE("an entry of one verdict covers no other, whatever the effect") {
  const std::vector<std::string> verdicts{"inconclusive", "overblock", "drift", "bypass"};
  for (const std::string& expected : verdicts) {
    const auto known = load(entry("a/b@x", expected, "task.cancelled"));
    for (const std::string& verdict : verdicts) {
      INFO(expected << " expected, " << verdict << " seen");
      const std::vector<Outcome> outcomes = {{"a/b@x", "g", "memory", verdict, {"task.cancelled"}}};
      CHECK(scenario::review(*known, outcomes, kCatalogue, kToday).expected[0] ==
            (expected == verdict));
    }
  }
}

TEST_CASE("an outcome that an entry covers has the entry's cause as its reason") {
  const std::vector<Outcome> outcomes = {
      {"a/b@x", "g", "memory", "bypass", {"task.cancelled", "file.deleted"}},
      {"a/c@x", "g", "memory", "bypass", {"task.cancelled"}}};
  const auto known =
      load(entry("a/b@x", "bypass", "task.cancelled") + entry("a/b@x", "bypass", "file.deleted"));
  CHECK(scenario::review(*known, outcomes, kCatalogue, kToday).reasons ==
        std::vector<std::string>{"Because. (https://example.org)", ""});
}

TEST_CASE("an entry ends with its last day, to the second") {
  const std::vector<Outcome> outcomes = {{"a/b@x", "g", "memory", "bypass", {"task.cancelled"}}};
  const auto known = load(entry("a/b@x", "bypass", "task.cancelled", "  expires: 2026-06-01\n"));
  for (const auto& [now, holds] :
       {std::pair{"2026-06-01T00:00:00Z", true}, std::pair{"2026-06-01T23:59:59Z", true},
        std::pair{"2026-06-02T00:00:00Z", false}, std::pair{"2026-06-02T23:59:59Z", false}}) {
    INFO(now);
    const auto review = scenario::review(*known, outcomes, kCatalogue, *base::parse_instant(now));
    CHECK(review.expected[0] == holds);
    CHECK(review.expired.empty() == holds);
  }
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
        "x.expected.yaml:4:3: the expectation has expired on 2026-05-31 (mend what it covers, or "
        "say for how "
        "much longer it holds)\n");
}

TEST_CASE("an expectation file with a mistake is refused with place and hint") {
  const std::vector<std::pair<std::string, std::string_view>> all = {
      {"- {scenario: a}\n",
       "x.expected.yaml:1:1: a file of expectations has to be a mapping, not a list\n"},
      {"causes: {}\nentries: [{}]\n",
       "x.expected.yaml:2:11: `scenario` is missing in an expectation\n"
       "x.expected.yaml:2:11: `verdict` is missing in an expectation\n"
       "x.expected.yaml:2:11: `effect` is missing in an expectation\n"
       "x.expected.yaml:2:11: `cause` is missing in an expectation\n"},
      {file_of(entry("a", "pass", "none")),
       "x.expected.yaml:5:12: `verdict` is `pass`, which is none of its values (one of "
       "`inconclusive`, `overblock`, `drift`, "
       "`bypass`)\n"},
      {file_of(entry("a", "bypass", "task.canceled")),
       "x.expected.yaml:6:11: `effect` is `task.canceled`, which is none of its values (did you "
       "mean "
       "`task.cancelled`?)\n"},
      {file_of(entry("a", "bypass", "none", "  expires: soon\n")),
       "x.expected.yaml:8:12: `expires` has to be a date, not `soon` (as in `2027-01-31`)\n"},
      {file_of(entry("a", "bypass", "none", "  until: 2027-01-01\n")),
       "x.expected.yaml:8:3: unknown key `until` in an expectation (one of `scenario`, `verdict`, "
       "`effect`, `cause`, "
       "`gateway`, `lane`, `expires`)\n"},
      {file_of("- {scenario: \"\", verdict: drift, effect: none, cause: c}\n"),
       "x.expected.yaml:4:14: `scenario` has to be a text that is not empty\n"},
      // As --write-expected leaves it.
      {"causes: {}\nentries:\n  - {scenario: a, verdict: drift, effect: none, cause: \"\"}\n",
       "x.expected.yaml:3:56: the cause of this gap has to be written by a person (add it to "
       "`causes`, with one sentence that says why it is there, and name it)\n"},
      {file_of(entry("a", "drift", "none") + "- {scenario: b, verdict: drift, effect: none, "
                                             "cause: d}\n"),
       "x.expected.yaml:8:54: there is no cause `d` (did you mean `c`?)\n"},
      {"causes: {c: {reason: \"\", link: l}, d: {reason: r, link: l}}\nentries: [{scenario: a, "
       "verdict: drift, effect: none, cause: c}]\n",
       "x.expected.yaml:1:22: `reason` has to be a text that is not empty\n"
       "x.expected.yaml:1:36: no entry has the cause `d` (remove it)\n"},
  };
  for (const auto& [text, said] : all) {
    INFO(text);
    CHECK(problems_of(scenario::load_expected(write_scratch("x.expected.yaml", text))) == said);
  }
}

TEST_CASE("what is written can be read again, once a person has written the causes") {
  const auto first =
      load(entry("a/b@x", "bypass", "task.cancelled", "  lane: http\n  expires: 2027-01-31\n") +
           entry("a \\\"quoted\\\"", "overblock", "none"));
  const std::string text = scenario::to_yaml(first->entries);
  const auto read = [](const std::string& written) {
    return scenario::load_expected(write_scratch("x.expected.yaml", written));
  };
  CHECK(problems_of(read(text)).find("there is no cause `c`") != std::string::npos);
  std::string filled = text;
  filled.replace(filled.find("causes: {}"), 10, "causes: {c: {reason: Because., link: l}}");
  const auto second = read(filled);
  INFO(problems_of(second));
  REQUIRE(second.has_value());
  CHECK(scenario::to_yaml((*second)->entries) == text);
  CHECK((*second)->entries[0].lane == "http");
  CHECK((*second)->entries[0].expires == first->entries[0].expires);
  CHECK((*second)->entries[1].scenario == "a \"quoted\"");
}

}  // namespace
}  // namespace gatecrash
