#include "harness/cli/explain_call.h"

#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "harness/base/file.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/cli/problem_formats.h"
#include "harness/cli/subjects.h"
#include "harness/cli/verb.h"
#include "harness/decision/what_if.h"

namespace gatecrash::cli {
namespace {

int refuse_call(const std::string& text) {
  std::cerr << "replay explain: " << text << "\n";
  return kUsage;
}

std::string place(const std::string& file, base::SourcePos at) {
  return at.line == 0 ? file
                      : file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

void print(const decision::Explanation& explanation, const std::vector<decision::Change>& changes,
           const std::string& file) {
  std::cout << to_string(explanation.outcome);
  if (!explanation.rule.empty())
    std::cout << " by " << explanation.rule << " (" << place(file, explanation.at) << ")";
  if (!explanation.message.empty()) std::cout << ": " << base::quoted(explanation.message);
  std::cout << "\n";
  for (const decision::ExplainedStep& step : explanation.steps) {
    std::cout << (step.stops ? "* " : "  ") << place(file, step.at) << "  " << step.rule
              << (step.rule.empty() ? "" : "  ") << step.text << "\n";
    for (const decision::ExplainedCondition& each : step.conditions) {
      std::cout << "      " << place(file, each.at) << "  " << each.path << " " << each.op << " "
                << each.expected << "  is " << (each.actual.empty() ? "not there" : each.actual)
                << ": " << to_string(each.holds) << "\n";
    }
  }
  if (std::ranges::any_of(explanation.steps, &decision::ExplainedStep::stops))
    std::cout << "* decided here\n";
  std::cout << (changes.empty() ? "no single change was found to alter this\n"
                                : "what would change it:\n");
  for (const decision::Change& each : changes) {
    std::cout << "  " << each.text;
    if (each.at.line != 0)
      std::cout << " (" << place(file, each.at) << (each.rule.empty() ? "" : " ") << each.rule
                << ")";
    std::cout << ": " << to_string(each.outcome)
              << (each.decided_by.empty() ? "" : " by " + each.decided_by) << "\n";
  }
}

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}
void add_place(Json& json, base::SourcePos at) {
  json["line"] = at.line == 0 ? Json() : Json(at.line);
  json["column"] = at.line == 0 ? Json() : Json(at.column);
}

void print_json(const decision::Explanation& explanation,
                const std::vector<decision::Change>& changes, const std::string& file) {
  Json out{{"decision", to_string(explanation.outcome)},
           {"rule", text_or_null(explanation.rule)},
           {"message", text_or_null(explanation.message)},
           {"file", file}};
  add_place(out, explanation.at);
  out["steps"] = Json::array();
  for (const decision::ExplainedStep& step : explanation.steps) {
    Json one{{"rule", text_or_null(step.rule)}, {"decides", step.stops}, {"found", step.text}};
    add_place(one, step.at);
    one["conditions"] = Json::array();
    for (const decision::ExplainedCondition& each : step.conditions) {
      Json condition{{"path", each.path},
                     {"op", each.op},
                     {"value", Json::parse(each.expected)},
                     {"actual", each.actual.empty() ? Json() : Json::parse(each.actual)},
                     {"present", !each.actual.empty()},
                     {"holds", to_string(each.holds)}};
      add_place(condition, each.at);
      one["conditions"].push_back(std::move(condition));
    }
    out["steps"].push_back(std::move(one));
  }
  out["changes"] = Json::array();
  for (const decision::Change& each : changes) {
    Json one{
        {"kind", to_string(each.kind)}, {"text", each.text}, {"rule", text_or_null(each.rule)}};
    add_place(one, each.at);
    one["decision"] = to_string(each.outcome);
    one["decided_by"] = text_or_null(each.decided_by);
    out["changes"].push_back(std::move(one));
  }
  std::cout << out.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

// `approved`, `denied`, or `LIMIT=AMOUNT[@TIME]`. Answers what is wrong with it.
std::string read_state(const std::string& text, decision::Situation& situation) {
  if (text == "approved" || text == "denied") {
    situation.human = text == "approved" ? decision::Situation::Human::Approved
                                         : decision::Situation::Human::Denied;
    return {};
  }
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) {
    return base::quoted(text) +
           " is none of `LIMIT=AMOUNT`, `LIMIT=AMOUNT@TIME`, `approved`, `denied`";
  }
  const std::size_t at = text.find('@', equals);
  decision::Situation::Used used{
      .limit = text.substr(0, equals),
      .amount = text.substr(equals + 1, at == std::string::npos ? at : at - equals - 1)};
  if (at != std::string::npos) {
    used.at = base::parse_instant(text.substr(at + 1));
    if (!used.at)
      return base::quoted(text.substr(at + 1)) + " is no time like 2026-01-01T10:00:00Z";
    if (*used.at > situation.at) return base::quoted(text) + " lies after the call";
  }
  situation.used.push_back(std::move(used));
  return {};
}

std::string limits_of(const policy::Policy& policy) {
  std::vector<std::string> names;
  for (const policy::Element& each : policy::elements(policy)) {
    if (each.kind == policy::Element::Kind::Limit) names.push_back(base::quoted(each.path));
  }
  return names.empty() ? "the policy has no limit" : "one of " + base::join(names, ", ");
}

}  // namespace

int explain_call(const CallQuestion& question) {
  const auto dialect = question.dialect.empty() ? policy::dialect_of(question.policy)
                                                : policy::parse_dialect(question.dialect);
  if (!dialect)
    return refuse_call("which dialect " + base::quoted(question.policy) +
                       " is cannot be told (say --dialect)");
  const auto semantics = decision::find_semantics(question.semantics);
  if (!semantics) {
    return refuse_call("there are no semantics " + base::quoted(question.semantics) +
                       " (one of `hardened`, `intercept_1_1`)");
  }
  base::Tree tree;
  if (const auto error = base::read_json(question.call, {}, tree)) {
    return refuse_call("--call: " + std::string(to_string(error->fault)) + " at byte " +
                       std::to_string(error->offset + 1));
  }
  const base::Value tool = tree.root().find("tool");
  if (!tool.is_string())
    return refuse_call("--call: needs `tool`, for example {\"tool\":\"cancel_task\",\"args\":{}}");
  base::Instant at = base::default_start();
  if (!question.at.empty()) {
    const auto parsed = base::parse_instant(question.at);
    if (!parsed)
      return refuse_call("--at: " + base::quoted(question.at) +
                         " is no time like 2026-01-01T10:00:00Z");
    at = *parsed;
  }
  auto text = base::read_file(question.policy);
  if (!text) {
    print_problems(text.error());
    return kUsage;
  }
  const std::string shown = shown_path(question.policy);
  const policy::Loaded loaded =
      policy::load_text(shown, std::move(*text),
                        {.dialect = *dialect,
                         .lenient = question.lenient,
                         .released = *semantics == decision::intercept_1_1()});
  print_problems(loaded.problems);
  if (loaded.policy == nullptr) return kUsage;
  decision::Situation situation{.policy = loaded.policy,
                                .semantics = *semantics,
                                .tool = std::string(tool.text()),
                                .principal = question.principal,
                                .at = at};
  if (const base::Value arguments = tree.root().find("args"); arguments)
    base::write_json(arguments, situation.arguments);
  for (const std::string& each : question.state) {
    if (const std::string problem = read_state(each, situation); !problem.empty())
      return refuse_call("--state: " + problem);
  }
  if (const auto* unknown = decision::unknown(situation); unknown != nullptr) {
    return refuse_call("--state: " + base::quoted(unknown->limit + "=" + unknown->amount) +
                       " names no amount of a limit (" + limits_of(*loaded.policy) + ")");
  }
  const decision::Explanation explanation = decision::explain(situation);
  (question.json ? print_json : print)(explanation, decision::changes(situation, explanation),
                                       shown);
  return kOk;
}

}  // namespace gatecrash::cli
