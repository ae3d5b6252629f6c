// One decision told step by step: which rules spoke, what every condition saw, what every limit
// still had. Made only on request, by the same code that decides; nothing is counted and nobody is
// asked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/problem.h"
#include "harness/decision/operators.h"

namespace gatecrash::decision {

enum class Outcome : std::uint8_t;

struct ExplainedCondition {
  std::string path;  // `args.amount`, `state.pay.daily`
  std::string op;
  std::string expected;  // JSON
  std::string actual;    // JSON; empty: the call has no such argument
  Truth holds = Truth::No;
  base::SourcePos at;
};

struct ExplainedStep {
  enum class Kind : std::uint8_t { Grant, Hide, Default, Rule, Limit, Definitions, Redaction };
  Kind kind = Kind::Rule;
  std::string rule;  // rule path
  base::SourcePos at;
  bool stops = false;  // this step decided
  std::string text;    // what was found, in one line
  std::vector<ExplainedCondition> conditions;
  // Of a limit that could be asked, as decimals: what the call weighs, what was used, what is left,
  // and the least limit that would take the call; `most` and `left` are empty if it only counts.
  std::string weighs, used, most, left, needs;
};

struct Explanation {
  Outcome outcome{};
  std::string rule;
  base::SourcePos at;
  std::string message;
  std::vector<ExplainedStep> steps;
};

std::string_view to_string(Truth truth);  // "no", "yes", "cannot be compared"

}  // namespace gatecrash::decision
