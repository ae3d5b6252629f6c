#include "harness/cli/explain_call.h"

#include <iostream>

#include "harness/base/file.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/cli/subjects.h"
#include "harness/cli/verb.h"
#include "harness/decision/counters.h"
#include "harness/decision/engine.h"

namespace gatecrash::cli {
namespace {

int complain(const std::string& text) {
  std::cerr << "replay explain: " << text << "\n";
  return kUsage;
}

std::string place(const std::string& file, base::SourcePos at) {
  return at.line == 0 ? file : file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

void print(const decision::Explanation& explanation, const std::string& file) {
  std::cout << to_string(explanation.outcome);
  if (!explanation.rule.empty()) std::cout << " by " << explanation.rule << " (" << place(file, explanation.at) << ")";
  if (!explanation.message.empty()) std::cout << ": " << base::quoted(explanation.message);
  std::cout << "\n";
  for (const decision::ExplainedStep& step : explanation.steps) {
    std::cout << (step.stops ? "* " : "  ") << place(file, step.at) << "  " << step.rule
              << (step.rule.empty() ? "" : "  ") << step.text << "\n";
    for (const decision::ExplainedCondition& each : step.conditions) {
      std::cout << "      " << place(file, each.at) << "  " << each.path << " " << each.op << " " << each.expected
                << "  is " << (each.actual.empty() ? "not there" : each.actual) << ": " << to_string(each.holds) << "\n";
    }
  }
  std::cout << "* decided here\n";
}

}  // namespace

int explain_call(const CallQuestion& question) {
  const auto dialect = question.dialect.empty() ? policy::dialect_of(question.policy)
                                                : policy::parse_dialect(question.dialect);
  if (!dialect) return complain("which dialect " + base::quoted(question.policy) + " is cannot be told (say --dialect)");
  const auto semantics = decision::find_semantics(question.semantics);
  if (!semantics) {
    return complain("there are no semantics " + base::quoted(question.semantics) + " (one of `hardened`, `intercept_1_1`)");
  }
  base::Tree tree;
  if (const auto error = base::read_json(question.call, {}, tree)) {
    return complain("--call: " + std::string(to_string(error->fault)) + " at byte " + std::to_string(error->offset + 1));
  }
  const base::Value tool = tree.root().find("tool");
  if (!tool.is_string()) return complain("--call: needs `tool`, for example {\"tool\":\"cancel_task\",\"args\":{}}");
  base::Instant at = base::default_start();
  if (!question.at.empty()) {
    const auto parsed = base::parse_instant(question.at);
    if (!parsed) return complain("--at: " + base::quoted(question.at) + " is no time like 2026-01-01T10:00:00Z");
    at = *parsed;
  }
  auto text = base::read_file(question.policy);
  if (!text) {
    std::cerr << base::to_string(text.error());
    return kUsage;
  }
  const std::string shown = shown_path(question.policy);
  const policy::Loaded loaded =
      policy::load_text(shown, std::move(*text), {.dialect = *dialect, .lenient = question.lenient});
  std::cerr << base::to_string(loaded.problems);
  if (loaded.policy == nullptr) return kUsage;
  const auto counters = decision::make_memory_counters();
  const decision::Engine engine(loaded.policy, *semantics, *counters);
  print(engine.explain({.tool = tool.text(),
                        .arguments = tree.root().find("args"),
                        .caller = {.grant = question.principal, .principal = question.principal, .session = {}},
                        .at = at}),
        shown);
  return kOk;
}

}  // namespace gatecrash::cli
