// The report for a terminal: matrix, one block per cause, coverage, and the summary line last.
#include <algorithm>
#include <map>
#include <set>

#include "reports/block.h"
#include "reports/text.h"

namespace gatecrash::reports {
namespace {

using oracle::Verdict;

struct Paint {
  bool color;
  std::string operator()(Verdict verdict, std::string_view text) const {
    if (!color) return std::string(text);
    const char* code = "0";
    switch (verdict) {
      case Verdict::Pass: code = "32"; break;
      case Verdict::Bypass:
      case Verdict::Broken: code = "31"; break;
      case Verdict::Overblock:
      case Verdict::Drift: code = "33"; break;
      case Verdict::Inconclusive: code = "35"; break;
      case Verdict::NotApplicable: code = "2"; break;
    }
    return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
  }
};

char sign(Verdict verdict) {
  switch (verdict) {
    case Verdict::Pass: return '.';
    case Verdict::Inconclusive: return '?';
    case Verdict::Overblock: return 'o';
    case Verdict::Drift: return 'd';
    case Verdict::Bypass: return 'B';
    case Verdict::Broken: return '!';
    case Verdict::NotApplicable: return '-';
  }
  return ' ';
}

// a … z, then aa, ab …
std::string letter(std::size_t index) {
  std::string text(1, static_cast<char>('a' + index % 26));
  return index < 26 ? text : letter(index / 26 - 1) + text;
}

// Files that stand alone share a column: each has a target that nothing else has.
constexpr std::string_view kOwn = "(its own server and policy)";
std::string column_of(const Entry& entry) {
  return entry.id == entry.attack ? std::string(kOwn) : entry.target;
}

// One matrix per gateway: attacks down, targets across. Several policies, lanes or eras of one pair
// show the worst.
void matrix(const Report& report, const Paint& paint, std::string& out) {
  std::vector<std::string> gateways;
  std::set<std::string> targets;
  std::set<std::string> attacks;
  std::map<std::tuple<std::string, std::string, std::string>, Verdict> cells;
  for (const Entry& each : report.entries) {
    if (std::ranges::find(gateways, each.gateway) == gateways.end())
      gateways.push_back(each.gateway);
    targets.insert(column_of(each));
    attacks.insert(each.attack);
    const auto [cell, made] =
        cells.try_emplace({each.gateway, each.attack, column_of(each)}, each.judged.verdict);
    if (made) continue;
    const bool both =
        cell->second != Verdict::NotApplicable && each.judged.verdict != Verdict::NotApplicable;
    cell->second = both ? worse(cell->second, each.judged.verdict)
                        : std::min(cell->second, each.judged.verdict);
  }
  std::size_t width = 0;
  for (const std::string& each : attacks) width = std::max(width, each.size());
  for (const std::string& each : gateways) width = std::max(width, each.size());
  for (const std::string& gateway : gateways) {
    out += gateway + std::string(width - gateway.size(), ' ');
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      out += "  " + letter(i);
      widths.push_back(letter(i).size());
    }
    out += '\n';
    for (const std::string& attack : attacks) {
      std::string row = attack + std::string(width - attack.size(), ' ');
      std::size_t column = 0;
      for (const std::string& target : targets) {
        const auto cell = cells.find({gateway, attack, target});
        const bool found = cell != cells.end();
        row += "  " + std::string(widths[column++] - 1, ' ') +
               (found ? paint(cell->second, std::string(1, sign(cell->second))) : " ");
      }
      out += row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
    }
    out += '\n';
  }
  std::size_t column = 0;
  for (const std::string& each : targets) out += letter(column++) + " " + each + "\n";
  out +=
      ". pass   o overblock   d drift   B bypass   ? inconclusive   ! broken   - not "
      "applicable\n\n";
}

void blocks(const Report& report, const PrettyOptions& options, const Paint& paint,
            std::string& out) {
  const auto colored = [&](Verdict verdict, const std::string& block) {
    const std::size_t end = block.find('\n');
    return paint(verdict, block.substr(0, end)) + block.substr(end) + "\n";
  };
  for (const Entry& each : report.entries) {
    if (fails(each) && !each.judged.reasons.empty()) {
      out += colored(each.judged.verdict, reason_block(each));
    }
  }
  if (options.verbose) {
    for (const Entry& each : report.entries) {
      for (const oracle::Finding& finding : each.judged.findings) {
        out += colored(verdict_of(finding), failure_block(each, finding));
      }
      if (each.judged.verdict == Verdict::NotApplicable)
        out += colored(each.judged.verdict, reason_block(each));
    }
  } else {
    for (const Cause& cause : causes(report)) {
      std::string block = failure_block(*cause.entry, *cause.finding);
      if (!cause.also.empty()) {
        std::string also = "  also in    ";
        const std::size_t shown = std::min<std::size_t>(cause.also.size(), 3);
        for (std::size_t i = 0; i < shown; ++i) {
          also += (i == 0 ? "" : ", ") + printable(cause.also[i]->id);
          if (cause.also[i]->gateway != cause.entry->gateway)
            also += " on " + printable(cause.also[i]->gateway);
        }
        if (shown < cause.also.size())
          also += " and " + std::to_string(cause.also.size() - shown) + " more";
        const std::size_t reproduce = block.find("  reproduce: ");
        block.insert(reproduce == std::string::npos ? block.size() : reproduce, also + "\n");
      }
      out += colored(verdict_of(*cause.finding), block);
    }
  }
  for (const Entry& each : report.entries) {
    if (each.expected && options.verbose) {
      out += "expected " + std::string(to_string(each.judged.verdict)) + ": " + printable(each.id) +
             " on " + printable(each.gateway) + ": " + printable(each.expected_reason) + "\n";
    }
  }
  for (const Stale& each : report.stale) {
    out += "stale: " + printable(place(each.file, each.at)) + ": " + printable(each.what) + ": " +
           printable(each.why) + "\n";
  }
  if (options.verbose) {
    for (const Skipped& each : report.skipped) {
      out += "skipped: " + printable(each.id) + ": " + printable(each.reason) + "\n";
    }
  }
}

void coverage_lines(const Report& report, const PrettyOptions& options, std::string& out) {
  std::set<std::string> attacks;
  std::set<std::string> targets;
  for (const coverage::Cell& each : report.coverage.cells) {
    attacks.insert(each.attack);
    targets.insert(each.target);
  }
  if (!attacks.empty()) {
    out += "coverage: " + counted(attacks.size(), "attack") + " on " +
           counted(targets.size(), "target") + "\n";
  }
  constexpr std::string_view kKinds[] = {"default", "hide",        "tool",     "rule",
                                         "limit",   "definitions", "redaction"};
  std::size_t inside = 0;
  for (const coverage::PolicyUse& use : report.coverage.policies) {
    // What a scenario file brings along covers itself.
    if (!options.verbose && use.policy.ends_with("(inline policy)")) {
      ++inside;
      continue;
    }
    std::string line = "coverage: " + printable(use.policy) + " on " + printable(use.gateway) + ":";
    for (const std::string_view kind : kKinds) {
      std::size_t all = 0;
      std::size_t exercised = 0;
      for (const coverage::ElementUse& each : use.elements) {
        if (each.kind != kind) continue;
        ++all;
        if (each.exercised()) ++exercised;
      }
      if (all != 0)
        line +=
            " " + std::string(kind) + " " + std::to_string(exercised) + "/" + std::to_string(all);
    }
    out += line + "\n";
    if (!options.verbose) continue;
    for (const coverage::ElementUse& each : use.elements) {
      if (each.exercised()) continue;
      out += "coverage:   " + printable(place(use.policy, each.at)) + " " + printable(each.path) +
             (each.decisions == 0  ? " took part in no decision"
              : each.refusals == 0 ? " never refused"
                                   : " never let anything pass") +
             "\n";
    }
  }
  if (inside != 0)
    out += "coverage: and policies inside scenario files, " + counted(inside, "time") + " (-v)\n";
}

// Of targets whose own policy another one stands in for.
void promises_apart(const Report& report, std::string& out) {
  struct Broken {
    std::size_t times = 0;
    const Entry* first = nullptr;
  };
  std::map<std::string_view, Broken> targets;
  for (const Entry& each : report.entries) {
    if (each.judged.apart.empty()) continue;
    Broken& broken = targets[each.target];
    if (broken.times++ == 0) broken.first = &each;
  }
  for (const auto& [target, broken] : targets) {
    const oracle::Finding& finding = broken.first->judged.apart.front();
    out += "apart: the promise of " + printable(target) + " itself is broken in " +
           counted(broken.times, "scenario") + ", first in " + printable(broken.first->id) + ": " +
           printable(finding.claim) + ", but " + printable(finding.observed) + "\n";
  }
}

}  // namespace

std::string pretty(const Report& report, const PrettyOptions& options) {
  std::string out;
  const Paint paint{options.color};
  if (!options.quiet) {
    if (!options.failures_only && !report.entries.empty()) matrix(report, paint, out);
    blocks(report, options, paint, out);
    promises_apart(report, out);
    coverage_lines(report, options, out);
  }
  return out + summary_line(report.summary) + "\n";
}

}  // namespace gatecrash::reports
