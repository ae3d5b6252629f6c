#include "harness/scenario/expected.h"

#include <algorithm>

#include "harness/base/digest.h"
#include "harness/base/document.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/scenario/reading.h"

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
  entry.reason = read_text(reader, fields.any("reason"), "`reason`").value_or(std::string{});
  entry.link = read_text(reader, fields.any("link"), "`link`").value_or(std::string{});
  if (const base::Value expires = fields.any("expires")) {
    entry.expires = parse_date(expires.text());
    if (!entry.expires) {
      reader.report(expires, "`expires` has to be a date, not " + base::quoted(expires.text()),
                    "as in `2027-01-31`");
    }
  }
  return entry;
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

bool is_expected(const Expectations& expectations, const Outcome& outcome, base::Instant today) {
  std::vector<const Expected*> found;
  for (const Expected& entry : expectations.entries) {
    if (!is_expired(entry, today) && matches(entry, outcome) && is_true(entry, outcome)) {
      found.push_back(&entry);
    }
  }
  if (outcome.effects.empty()) return !found.empty();
  return std::ranges::all_of(outcome.effects, [&](std::string_view effect) {
    return std::ranges::any_of(found,
                               [&](const Expected* entry) { return entry->effect == effect; });
  });
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
  const base::Value root = document.tree.root();
  if (!root.is_list()) {
    reader.report(root, "expectations have to be a list", "`- scenario: …` per known gap");
  } else {
    for (const base::Value each : root) expectations->entries.push_back(read_entry(reader, each));
  }
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
    made.expected.push_back(is_expected(expectations, outcome, today));
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
  std::string out;
  const auto line = [&](std::string_view key, std::string_view text) {
    out += out.empty() || key == "scenario" ? "- " : "  ";
    out += key;
    out += ": ";
    base::write_json_string(text, out);  // a JSON string is a double-quoted YAML scalar
    out += '\n';
  };
  for (const Expected& entry : entries) {
    line("scenario", entry.scenario);
    if (entry.gateway != "*") line("gateway", entry.gateway);
    if (entry.lane != "*") line("lane", entry.lane);
    line("verdict", entry.verdict);
    line("effect", entry.effect.empty() ? kNone : std::string_view(entry.effect));
    line("reason", entry.reason);
    line("link", entry.link);
    if (entry.expires) line("expires", base::to_string(*entry.expires).substr(0, 10));
  }
  return out;
}

}  // namespace gatecrash::scenario
