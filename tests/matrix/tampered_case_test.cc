// Saved cases with one record spoiled: whatever was lost, doubled, moved or altered in one trace,
// judgement never calls the case a pass.
//
// No list of exceptions: every trace has an end mark with a digest over all its records. What no
// judge can tell is a trace that was spoiled before its end was marked, or whose end was marked
// anew, if it agrees with what the other parties recorded: the last test.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/oracle/oracle.h"
#include "tests/matrix/tryout.h"

using namespace gatecrash;
using oracle::Verdict;
using trace::Event;
using trace::EventKind;
using trace::Trace;

namespace {

constexpr std::size_t kCases = 100;
// Records of a trace that are spoiled one by one, evenly spread over it.
constexpr std::size_t kRecords = test::kWholePack ? 16 : 1;

// An event with its texts, as a saved case has it.
struct Record {
  Event event;
  std::string text, more, extra;
};

std::vector<Record> records_of(const Trace& trace) {
  std::vector<Record> records;
  for (const Event& event : trace.events()) {
    records.push_back({event, std::string(trace.view(event.text)),
                       std::string(trace.view(event.more)), std::string(trace.view(event.extra))});
  }
  return records;
}

Trace trace_of(const std::vector<Record>& records, std::optional<trace::EndMark> end) {
  Trace trace;
  for (const Record& record : records) {
    Event& event = trace.add(record.event.kind, record.text, record.more, record.extra);
    const Event places = event;
    event = record.event;
    event.text = places.text;
    event.more = places.more;
    event.extra = places.extra;
  }
  trace.set_end(end);
  return trace;
}

struct Saved {
  std::string name;
  Verdict verdict{};
  std::unique_ptr<trace::Case> the_case;
};

constexpr std::size_t kScenarios = 3;  // of a class of attacks: the shortest

std::string class_of(const std::string& id) {
  return id.substr(0, id.find('/'));
}

// Of each class and verdict as many as there is room for, written and read back.
std::vector<Saved> save_cases() {
  auto selection = cli::select({test::source_path("scenarios")},
                               {.run = "@binassist_(hardened|published)$|^[^@]*$"}, {});
  REQUIRE(selection.has_value());
  std::vector<std::shared_ptr<const scenario::Scenario>> scenarios;
  for (const cli::Pair& pair : selection->scenarios) scenarios.push_back(pair.expand());
  std::ranges::stable_sort(scenarios, {}, [](const auto& scenario) {
    std::size_t steps = scenario->benign.steps.size();
    for (const scenario::Plan& plan : scenario->attacks) steps += plan.steps.size();
    return steps;
  });
  const std::vector<std::string> gateways{"reference", "null", "deny_all", "mutant:drops_records",
                                          "mutant:denies_in_words_only"};
  cli::Subjects subjects;
  REQUIRE(subjects.prepare(*selection, {.gateways = gateways}).has_value());
  replay::Workbench bench({.lane = replay::LaneKind::Memory});
  std::map<std::string, std::size_t> played;
  std::map<std::pair<std::string, Verdict>, std::vector<Saved>> kinds;
  for (const auto& scenario : scenarios) {
    const std::string group = class_of(scenario->id);
    if (played[group] == kScenarios) continue;
    ++played[group];
    bench.run(
        scenario, subjects.of(*scenario->target),
        [&](std::size_t subject, const trace::Case& the_case) {
          const Verdict verdict = oracle::judge(the_case).verdict;
          kinds[{group, verdict}].push_back({scenario->id + " on " + gateways[subject], verdict,
                                             std::make_unique<trace::Case>(the_case)});
        });
  }
  std::vector<Saved> cases;
  std::set<std::string> classes;
  std::map<Verdict, int> verdicts;
  for (std::size_t round = 0; cases.size() < kCases && round < kScenarios * gateways.size();
       ++round) {
    for (auto& [kind, saved] : kinds) {
      if (round >= saved.size() || cases.size() == kCases) continue;
      classes.insert(kind.first);
      ++verdicts[kind.second];
      auto read = trace::read_case("case.json", trace::write_case(*saved[round].the_case));
      REQUIRE(read.has_value());
      saved[round].the_case = std::move(*read);
      cases.push_back(std::move(saved[round]));
    }
  }
  REQUIRE(cases.size() == kCases);
  for (const auto& scenario : scenarios) CHECK(classes.contains(class_of(scenario->id)));
  for (const Verdict verdict :
       {Verdict::Pass, Verdict::Overblock, Verdict::Drift, Verdict::Bypass}) {
    INFO(to_string(verdict));
    CHECK(verdicts[verdict] >= 10);
  }
  return cases;
}

const std::vector<Saved>& saved_cases() {
  static const std::vector<Saved> cases = save_cases();
  return cases;
}

// All traces of a case that hold something.
std::vector<Trace*> traces_of(trace::Case& the_case) {
  std::vector<Trace*> traces;
  const auto add = [&](trace::Run& run) {
    for (Trace* each : {&run.agent, &run.gateway, &run.ledger}) {
      if (!each->empty()) traces.push_back(each);
    }
  };
  for (auto* runs : {&the_case.teeth, &the_case.attack, &the_case.probed}) {
    for (trace::Run& run : *runs) add(run);
  }
  if (the_case.benign.plan != nullptr) add(the_case.benign);
  return traces;
}

// One field of a record altered. A member that is new in Event has to be altered here, too.
std::vector<Record> altered(const Record& record) {
  std::vector<Record> out;
  const auto with = [&](const std::function<void(Record&)>& change) {
    change(out.emplace_back(record));
  };
  const auto& [kind, detail, step, connection, number, at, text, more, extra, place, call] =
      record.event;
  with([&](Record& r) {
    r.event.kind = kind == EventKind::Failed
                       ? EventKind::Opened
                       : static_cast<EventKind>(static_cast<std::uint8_t>(kind) + 1);
  });
  with([&](Record& r) { r.event.detail = detail == 0 ? 1 : 0; });
  with([&](Record& r) { r.event.step = step == 0 ? trace::kSetUp : 0; });
  with([&](Record& r) { r.event.connection = connection + 1; });
  with([&](Record& r) { r.event.number = number + 1; });
  with([&](Record& r) { r.event.at = at + base::Duration(1); });
  with([&](Record& r) { r.text = text.size == 0 ? "x" : std::string(); });
  with([&](Record& r) { r.more = more.size == 0 ? "x" : std::string(); });
  with([&](Record& r) { r.extra = extra.size == 0 ? "x" : std::string(); });
  with([&](Record& r) { r.event.place = {place.line + 1, place.column}; });
  with([&](Record& r) { r.event.call = call + 1; });
  if (text.size > 0) with([&](Record& r) { r.text.back() = static_cast<char>(r.text.back() ^ 1); });
  return out;
}

// Everything that can happen to one trace on its way; to its records from one of them on.
void each_damage(const Trace& whole, std::size_t offset,
                 const std::function<void(const std::string& words, Trace damaged)>& take) {
  const std::vector<Record> all = records_of(whole);
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  const auto give = [&](const std::string& words, const std::vector<Record>& records) {
    take(words, trace_of(records, whole.end()));
  };
  const auto changed = [&](const std::string& words,
                           const std::function<void(std::vector<Record>&)>& change) {
    std::vector<Record> records = all;
    change(records);
    give(words, records);
  };
  give("emptied", {});
  if (all.size() > 1) {
    give("first half", {all.begin(), middle});
    give("second half", {middle, all.end()});
    changed("reversed", [](auto& records) { std::ranges::reverse(records); });
  }
  changed("doubled", [&](auto& records) { records.insert(records.end(), all.begin(), all.end()); });
  take("without its end mark", trace_of(all, std::nullopt));
  take("another end", trace_of(all, trace::EndMark{whole.end()->events, ~whole.end()->digest}));
  const std::size_t stride = std::max<std::size_t>(1, all.size() / kRecords);
  for (std::size_t i = offset % stride; i < all.size(); i += stride) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    const std::string name = "record " + std::to_string(i) + " ";
    changed(name + "dropped", [&](auto& records) { records.erase(records.begin() + at); });
    changed(name + "doubled",
            [&](auto& records) { records.insert(records.begin() + at, records[i]); });
    if (i + 1 < all.size())
      changed(name + "moved", [&](auto& records) { std::swap(records[i], records[i + 1]); });
    std::size_t field = 0;
    for (const Record& each : altered(all[i])) {
      changed(name + "altered in field " + std::to_string(field++),
              [&](auto& records) { records[i] = each; });
    }
  }
}

}  // namespace

TEST_CASE("No damage to one trace of a saved case makes it a pass, and the reason names it") {
  std::size_t damages = 0, cases = 0;
  for (const Saved& saved : saved_cases()) {
    trace::Case the_case = *saved.the_case;
    CHECK(oracle::judge(the_case).verdict == saved.verdict);
    const std::vector<Trace*> traces = traces_of(the_case);
    Trace& trace = *traces[cases++ % traces.size()];
    each_damage(Trace(trace), cases, [&](const std::string& words, Trace damaged) {
      trace = std::move(damaged);
      const oracle::Judged judged = oracle::judge(the_case);
      const bool named = std::ranges::any_of(judged.reasons, [](const std::string& reason) {
        return reason.find("is no evidence: ") != std::string::npos;
      });
      ++damages;
      if (judged.verdict != Verdict::Pass && named) return;
      FAIL_CHECK(saved.name << ", trace " << (cases - 1) % traces.size() << ": " << words << ": "
                            << to_string(judged.verdict));
    });
  }
  CHECK(damages > 20 * kCases);
}

TEST_CASE("A saved case without its ledger, whole or half, is inconclusive, bypass or not") {
  std::size_t cases = 0;
  for (const Saved& saved : saved_cases()) {
    if (cases++ % 5 != 0) continue;  // writing and reading takes its time
    if (saved.the_case->attack.empty() || saved.the_case->attack[0].ledger.empty()) continue;
    trace::Case the_case = *saved.the_case;
    Trace& ledger = the_case.attack[0].ledger;
    const std::vector<Record> all = records_of(ledger);
    for (const std::size_t left : {std::size_t{0}, all.size() / 2}) {
      ledger =
          trace_of({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(left)}, ledger.end());
      const auto read = trace::read_case("case.json", trace::write_case(the_case));
      REQUIRE(read.has_value());
      const oracle::Judged judged = oracle::judge(**read);
      INFO(saved.name << ", " << left << " of " << all.size() << " records");
      CHECK(judged.validity == Verdict::Inconclusive);
      CHECK(judged.verdict != Verdict::Pass);
      REQUIRE_FALSE(judged.reasons.empty());
      CHECK(judged.reasons.front().find("ledger") != std::string::npos);
    }
  }
}

TEST_CASE("A ledger that is emptied before its end is marked contradicts what the agent was told") {
  std::size_t noticed = 0;
  for (const Saved& saved : saved_cases()) {
    // The one thing that agrees with an empty ledger: the agent was told that nothing was done.
    if (saved.verdict == Verdict::Pass || saved.name.ends_with("denies_in_words_only")) continue;
    trace::Case the_case = *saved.the_case;
    for (auto* runs : {&the_case.attack, &the_case.probed}) {
      for (trace::Run& run : *runs) {
        run.ledger.clear();
        run.ledger.mark_end();
      }
    }
    INFO(saved.name << " " << to_string(saved.verdict));
    CHECK(oracle::judge(the_case).verdict != Verdict::Pass);
    ++noticed;
  }
  CHECK(noticed > 40);
}
