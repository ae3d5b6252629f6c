#include "harness/base/problem.h"

#include <algorithm>

#include "harness/base/check.h"

namespace gatecrash::base {

std::string to_string(const Problem& problem) {
  std::string text;
  if (!problem.file.empty()) text += problem.file + ":";
  if (problem.at.line != 0) {
    text += std::to_string(problem.at.line) + ":" + std::to_string(problem.at.column) + ":";
  }
  if (!text.empty()) text += " ";
  if (problem.severity == Severity::Warning) text += "warning: ";
  if (problem.severity == Severity::Note) text += "note: ";
  text += problem.message;
  if (!problem.hint.empty()) text += " (" + problem.hint + ")";
  if (!problem.id.empty()) text += " [" + problem.id + "]";
  return text;
}

std::string to_string(const Problems& problems) {
  std::string text;
  for (const Problem& each : problems) text += to_string(each) + "\n";
  return text;
}

bool has_error(const Problems& problems) {
  return std::ranges::any_of(problems,
                             [](const Problem& each) { return each.severity == Severity::Error; });
}

void append(Problems& to, const Problems& more) {
  to.insert(to.end(), more.begin(), more.end());
}

Problem problem(std::string file, SourcePos at, std::string message, std::string hint) {
  return {
      .file = std::move(file), .at = at, .message = std::move(message), .hint = std::move(hint)};
}

void value_missing(const Problems& problems, std::source_location where) {
  const std::string text = to_string(problems);
  check_failed(text.c_str(), where.file_name(), static_cast<int>(where.line()));
}

}  // namespace gatecrash::base
