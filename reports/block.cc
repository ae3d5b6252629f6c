#include "reports/block.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "reports/text.h"

namespace gatecrash::reports {
namespace {

using oracle::Finding;
using oracle::Verdict;

void line(std::string& out, std::string_view label, std::string_view text) {
  if (text.empty()) return;
  out += "  ";
  out += label;
  out.append(label.size() < 11 ? 11 - label.size() : 1, ' ');
  out += printable(text);
  out += '\n';
}

std::string header(const Entry& entry, std::string_view verdict) {
  return upper(verdict) + " " + printable(entry.id) + " on " + printable(entry.gateway) + " (" +
         printable(entry.policy) + ")\n";
}

std::string run_words(const Finding& finding) {
  std::string text = finding.run == scenario::RunKind::Benign  ? "benign run"
                     : finding.run == scenario::RunKind::Probe ? "attack with probes in between"
                                                               : "";
  if (finding.variant.empty()) return text;
  if (!text.empty()) text += ", ";
  text += finding.variant;
  if (finding.also_in.size() > 3)
    return text + " and " + counted(finding.also_in.size(), "other variant");
  for (const std::string& each : finding.also_in) text += ", " + each;
  return text;
}

}  // namespace

std::string place(std::string_view file, base::SourcePos at) {
  std::string text(file);
  if (at.line != 0) text += ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  return text;
}

std::string failure_block(const Entry& entry, const Finding& finding) {
  std::string out = header(entry, to_string(finding.kind));
  line(out, entry.attack_id,
       entry.severity.empty() ? entry.title : entry.severity + ": " + entry.title);
  line(out, "claim", finding.claim + " (" + finding.oracle + ")");
  line(out, "observed", finding.observed);
  if (!finding.attempted.empty()) {
    std::string attempted = "step " + std::to_string(finding.step + 1) + ": " + finding.attempted;
    if (const std::string run = run_words(finding); !run.empty()) attempted += " [" + run + "]";
    line(out, "attempted", attempted);
  }
  std::string policy = place(finding.policy_file, finding.policy_at);
  if (!finding.rule.empty()) policy += " " + finding.rule;
  line(out, "policy", policy);
  line(out, "said", finding.policy_said);
  line(out, "upstream", finding.upstream_saw);
  line(out, "why", finding.why);
  for (const std::string& each : finding.seconded_by) line(out, "breaks too", each);
  if (!entry.reproduce.empty()) out += "  reproduce: " + printable(entry.reproduce) + "\n";
  return out;
}

std::string reason_block(const Entry& entry) {
  std::string out = header(entry, to_string(entry.judged.verdict));
  line(out, entry.attack_id,
       entry.severity.empty() ? entry.title : entry.severity + ": " + entry.title);
  for (const std::string& each : entry.judged.reasons) line(out, "because", each);
  if (!entry.reproduce.empty()) out += "  reproduce: " + printable(entry.reproduce) + "\n";
  return out;
}

bool fails(const Entry& entry) {
  return !entry.expected && entry.judged.verdict != Verdict::Pass &&
         entry.judged.verdict != Verdict::NotApplicable;
}

std::vector<Cause> causes(const Report& report) {
  std::vector<Cause> out;
  // The same words about the same place are the same cause, whatever attack brought it to light.
  using Key = std::tuple<oracle::FindingKind, std::string, std::string, std::string,
                         base::SourcePos, std::string, std::string>;
  std::map<Key, std::size_t> known;
  for (const Entry& entry : report.entries) {
    if (!fails(entry)) continue;
    for (const Finding& finding : entry.judged.findings) {
      // Findings without an explanation stand for themselves.
      const Key key{finding.kind,
                    finding.oracle,
                    finding.claim,
                    finding.policy_file,
                    finding.policy_at,
                    finding.rule,
                    finding.why.empty() ? entry.attack + finding.observed : finding.why};
      const auto [at, made] = known.emplace(key, out.size());
      if (made) {
        out.push_back({.entry = &entry, .finding = &finding});
        continue;
      }
      Cause& cause = out[at->second];
      const bool named =
          cause.entry == &entry || std::ranges::find(cause.also, &entry) != cause.also.end();
      if (!named) cause.also.push_back(&entry);
    }
  }
  std::ranges::sort(out, [&](const Cause& left, const Cause& right) {
    const Verdict a = verdict_of(*left.finding);
    const Verdict b = verdict_of(*right.finding);
    return std::tuple(b, left.entry, left.finding) < std::tuple(a, right.entry, right.finding);
  });
  return out;
}

}  // namespace gatecrash::reports
