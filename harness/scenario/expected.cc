#include "harness/scenario/expected.h"

#include <algorithm>
#include <set>

#include "harness/base/digest.h"
#include "harness/base/document.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/scenario/reading.h"
#include "harness/scenario/substitution.h"

namespace gatecrash::scenario {
namespace {

constexpr std::string_view kNone = "none";

std::optional<base::Instant> parse_date(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  return base::parse_instant(std::string(text) + "T00:00:00Z");
}

std::string read_glob(Reader& reader, base::Value value, std::string_view key) {
  if (!value) return "*";
  return read_text(reader, value, "`" + std::string(key) + "`").value_or("*");
}

Expected read_entry(Reader& reader, base::Value value) {
  Expected entry;
  entry.at = reader.place(value);
  Mapping fields(reader, value, shapes::kExpected);
  entry.scenario = read_glob(reader, fields.any("scenario"), "scenario");
  entry.gateway = read_glob(reader, fields.any("gateway"), "gateway");
  entry.lane = read_glob(reader, fields.any("lane"), "lane");
  if (const auto verdict = fields.one_of("verdict", sets::kExpectedVerdict)) {
    entry.verdict = sets::kExpectedVerdict.values[*verdict];
  }
  if (const auto effect = fields.one_of("effect", sets::kExpectedEffect); effect && *effect != 0) {
    entry.effect = sets::kExpectedEffect.values[*effect];
  }
  if (const base::Value cause = fields.any("cause")) {
    entry.cause = cause.text();
    if (entry.cause.empty()) {
      reader.report(cause, "the cause of this gap has to be written by a person",
                    "add it to `causes`, with one sentence that says why it is there, and name it");
    }
  }
  if (const base::Value expires = fields.any("expires")) {
    entry.expires = parse_date(expires.text());
    if (!entry.expires) {
      reader.report(expires, "`expires` has to be a date, not " + base::quoted(expires.text()),
                    "as in `2027-01-31`");
    }
  }
  return entry;
}

GapCause read_cause(Reader& reader, base::Value value) {
  Mapping fields(reader, value, shapes::kCause);
  GapCause cause;
  cause.reason = read_text(reader, fields.any("reason"), "`reason`").value_or(std::string{});
  cause.link = read_text(reader, fields.any("link"), "`link`").value_or(std::string{});
  return cause;
}

void read_file(Reader& reader, base::Value root, Expectations& expectations) {
  Mapping fields(reader, root, shapes::kExpectations);
  std::map<std::string, base::Value> unused;
  for (const base::Value each : fields.of("causes", base::Kind::Object)) {
    const std::string id(each.key());
    expectations.causes[id] = read_cause(reader, each);
    unused.emplace(id, each);
  }
  for (const base::Value each : fields.of("entries", base::Kind::List)) {
    const Expected& entry = expectations.entries.emplace_back(read_entry(reader, each));
    unused.erase(entry.cause);
    if (entry.cause.empty() || expectations.causes.contains(entry.cause)) continue;
    std::vector<std::string_view> known;
    for (const auto& [id, cause] : expectations.causes) known.push_back(id);
    reader.report(
        each.find("cause"), "there is no cause " + base::quoted(entry.cause),
        known.empty() ? "write it under `causes`" : base::did_you_mean(entry.cause, known));
  }
  for (const auto& [id, at] : unused)
    reader.report_key(at, "no entry has the cause " + base::quoted(id), "remove it");
}

bool matches(const Expected& entry, const Outcome& outcome) {
  return base::glob_match(entry.scenario, outcome.scenario) &&
         base::glob_match(entry.gateway, outcome.gateway) &&
         base::glob_match(entry.lane, outcome.lane);
}

bool names_effect(const Expected& entry, const Outcome& outcome) {
  if (entry.effect.empty()) return outcome.effects.empty();
  return std::ranges::find(outcome.effects, entry.effect) != outcome.effects.end();
}

bool is_true(const Expected& entry, const Outcome& outcome) {
  return entry.verdict == outcome.verdict && names_effect(entry, outcome);
}

bool has_evidence(const Outcome& outcome) {
  return outcome.verdict != "inconclusive" && outcome.verdict != "skipped";
}

bool is_expired(const Expected& entry, base::Instant today) {
  return entry.expires && today >= *entry.expires + std::chrono::days(1);
}

// The entries that cover the outcome; none if one of its effects is not expected.
std::vector<const Expected*> covering(const Expectations& expectations, const Outcome& outcome,
                                      base::Instant today) {
  std::vector<const Expected*> found;
  for (const Expected& entry : expectations.entries) {
    if (!is_expired(entry, today) && matches(entry, outcome) && is_true(entry, outcome)) {
      found.push_back(&entry);
    }
  }
  const bool all = std::ranges::all_of(outcome.effects, [&](std::string_view effect) {
    return std::ranges::any_of(found,
                               [&](const Expected* entry) { return entry->effect == effect; });
  });
  if (!all) found.clear();
  return found;
}

std::string reasons_of(const Expectations& expectations,
                       const std::vector<const Expected*>& entries) {
  std::set<std::string_view> named;
  std::string text;
  for (const Expected* const entry : entries) {
    const auto cause = expectations.causes.find(entry->cause);
    if (cause == expectations.causes.end() || !named.insert(entry->cause).second) continue;
    if (!text.empty()) text += ' ';
    text += cause->second.reason + " (" + cause->second.link + ")";
  }
  return text;
}

std::string described(const Outcome& outcome) {
  std::string text = base::quoted(outcome.verdict);
  if (!outcome.effects.empty()) {
    const std::vector<std::string> effects(outcome.effects.begin(), outcome.effects.end());
    text += " with " + base::join(effects, ", ");
  }
  return text;
}

// Why the entry is stale; empty if it is not.
std::string untruth(const Expected& entry, std::span<const Outcome> outcomes,
                    const std::vector<bool>& expected, std::span<const std::string> catalogue) {
  const bool holds_once = std::ranges::any_of(outcomes, [&](const Outcome& outcome) {
    return matches(entry, outcome) && is_true(entry, outcome);
  });
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& outcome = outcomes[i];
    if (!matches(entry, outcome) || !has_evidence(outcome) || is_true(entry, outcome)) continue;
    if (holds_once && (outcome.covered || expected[i])) continue;
    return base::quoted(outcome.scenario) + " on " + base::quoted(outcome.gateway) + " is " +
           described(outcome) + ", not " + base::quoted(entry.verdict) +
           (entry.effect.empty() ? " without an effect" : " with " + entry.effect);
  }
  const bool known = std::ranges::any_of(
      catalogue, [&](const std::string& id) { return base::glob_match(entry.scenario, id); });
  return known ? "" : "no scenario is called " + base::quoted(entry.scenario);
}

}  // namespace

base::Result<std::shared_ptr<const Expectations>> load_expected(const std::string& path) {
  base::Document document;
  if (auto loaded = base::load_document(path, document); loaded.has_error()) return loaded.error();
  base::Problems problems;
  Reader reader{document, problems};
  auto expectations = std::make_shared<Expectations>();
  expectations->path = path;
  expectations->content_hash = base::sha256_hex(document.source);
  read_file(reader, document.tree.root(), *expectations);
  refuse_literals(reader);
  if (!problems.empty()) {
    sort_problems(problems);
    return problems;
  }
  return std::shared_ptr<const Expectations>(std::move(expectations));
}

Review review(const Expectations& expectations, std::span<const Outcome> outcomes,
              std::span<const std::string> catalogue, base::Instant today) {
  Review made;
  made.expected.reserve(outcomes.size());
  for (const Outcome& outcome : outcomes) {
    const auto entries = covering(expectations, outcome, today);
    made.expected.push_back(!entries.empty());
    made.reasons.push_back(reasons_of(expectations, entries));
  }
  for (const Expected& entry : expectations.entries) {
    if (is_expired(entry, today)) {
      made.expired.push_back(base::problem(
          expectations.path, entry.at,
          "the expectation has expired on " + base::to_string(*entry.expires).substr(0, 10),
          "mend what it covers, or say for how much longer it holds"));
      continue;
    }
    if (std::string why = untruth(entry, outcomes, made.expected, catalogue); !why.empty()) {
      made.stale.push_back(base::problem(expectations.path, entry.at,
                                         "the expectation is stale: " + std::move(why),
                                         "remove it, or say what is true now"));
    }
  }
  return made;
}

std::string to_yaml(std::span<const Expected> entries) {
  std::string out =
      "# Why each gap is there is for a person to say: write one sentence per cause,\n"
      "#   causes: {counts-calls: {reason: \"The limit counts calls, not tasks.\", link: "
      "\"https://…\"}}\n"
      "# and name it in the entries. Until then this file does not load.\n"
      "causes: {}\nentries:";
  const auto line = [&](std::string_view key, std::string_view text) {
    out += key == "scenario" ? "  - " : "    ";
    out += key;
    out += ": ";
    base::write_json_string(text, out);  // a JSON string is a double-quoted YAML scalar
    out += '\n';
  };
  out += entries.empty() ? " []\n" : "\n";
  for (const Expected& entry : entries) {
    line("scenario", entry.scenario);
    if (entry.gateway != "*") line("gateway", entry.gateway);
    if (entry.lane != "*") line("lane", entry.lane);
    line("verdict", entry.verdict);
    line("effect", entry.effect.empty() ? kNone : std::string_view(entry.effect));
    line("cause", entry.cause);
    if (entry.expires) line("expires", base::to_string(*entry.expires).substr(0, 10));
  }
  return out;
}

}  // namespace gatecrash::scenario
