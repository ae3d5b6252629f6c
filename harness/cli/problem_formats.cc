#include "harness/cli/problem_formats.h"

#include <algorithm>
#include <iostream>
#include <map>

#include <nlohmann/json.hpp>

#include "harness/base/digest.h"
#include "harness/policy/lint.h"
#include "reports/text.h"

namespace gatecrash::cli {
namespace {

using Json = nlohmann::ordered_json;
using base::Problem;
using base::Severity;

constexpr std::string_view kLoadError = "does-not-load";  // the id of what is no lint

std::string_view word_for(Severity severity, std::string_view for_note) {
  switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    case Severity::Note: break;
  }
  return for_note;
}

std::ptrdiff_t count(const base::Problems& problems, Severity severity) {
  return std::ranges::count(problems, severity, &Problem::severity);
}

std::string dumped(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string with_hint(const Problem& problem) {
  return problem.message + (problem.hint.empty() ? "" : " (" + problem.hint + ")");
}

// GitHub's workflow commands: properties escape more than the message does.
std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%')
      out += "%25";
    else if (c == '\r')
      out += "%0D";
    else if (c == '\n')
      out += "%0A";
    else if (property && c == ':')
      out += "%3A";
    else if (property && c == ',')
      out += "%2C";
    else
      out += c;
  }
  return out;
}

std::string last_line(const base::Problems& problems, std::size_t files) {
  return "check: files=" + std::to_string(files) +
         " errors=" + std::to_string(count(problems, Severity::Error)) +
         " warnings=" + std::to_string(count(problems, Severity::Warning)) + "\n";
}

constexpr std::size_t kShown = 20;
bool show_all = false;

std::string for_people(const base::Problems& problems) {
  if (show_all || problems.size() <= kShown) return base::to_string(problems);
  std::string text;
  for (std::size_t i = 0; i < kShown; ++i) text += base::to_string(problems[i]) + "\n";
  return text + "and " + std::to_string(problems.size() - kShown) +
         " more (--all-problems shows them)\n";
}

std::string as_text(const base::Problems& problems, std::size_t files) {
  return for_people(problems) + last_line(problems, files);
}

std::string as_github(const base::Problems& problems, std::size_t files) {
  std::string out;
  for (const Problem& each : problems) {
    out.append("::")
        .append(word_for(each.severity, "notice"))
        .append(" file=")
        .append(escaped(each.file, true));
    if (each.at.line != 0)
      out += ",line=" + std::to_string(each.at.line) + ",col=" + std::to_string(each.at.column);
    if (!each.id.empty()) out += ",title=" + escaped(each.id, true);
    out += "::" + escaped(with_hint(each), false) + "\n";
  }
  return out + last_line(problems, files);
}

std::string as_json(const base::Problems& problems, std::size_t files) {
  Json json{{"files", files},
            {"errors", count(problems, Severity::Error)},
            {"warnings", count(problems, Severity::Warning)},
            {"problems", Json::array()}};
  for (const Problem& each : problems) {
    json["problems"].push_back({{"file", each.file},
                                {"line", each.at.line},
                                {"column", each.at.column},
                                {"severity", word_for(each.severity, "notice")},
                                {"id", each.id},
                                {"message", each.message},
                                {"hint", each.hint}});
  }
  return dumped(json);
}

Json sarif_rule(const std::string& id) {
  const auto lints = policy::lint_entries();
  const auto lint = std::ranges::find(lints, id, &policy::LintEntry::id);
  const bool known = lint != lints.end();
  return {
      {"id", id},
      {"shortDescription",
       {{"text", known ? std::string(lint->about) : "the file does not load as it stands"}}},
      {"defaultConfiguration", {{"level", known ? word_for(lint->severity, "note") : "error"}}}};
}

// A rule per lint that spoke, a result per problem. The fingerprint leaves the line out: a finding
// stays the same when something is inserted above it.
std::string as_sarif(const base::Problems& problems, std::size_t /*files*/) {
  Json rules = Json::array(), results = Json::array();
  std::map<std::string, std::size_t> index;
  std::map<std::string, int> seen;
  for (const Problem& each : problems) {
    const std::string id = each.id.empty() ? std::string(kLoadError) : each.id;
    const auto [rule, made] = index.emplace(id, rules.size());
    if (made) rules.push_back(sarif_rule(id));
    Json physical{{"artifactLocation", {{"uri", reports::uri(each.file)}}}};
    if (each.at.line != 0)
      physical["region"] = {{"startLine", each.at.line},
                            {"startColumn", std::max(1U, each.at.column)}};
    const std::string print =
        base::sha256_hex(id + "\n" + each.file + "\n" + each.message).substr(0, 16);
    results.push_back(
        {{"ruleId", id},
         {"ruleIndex", rule->second},
         {"level", word_for(each.severity, "note")},
         {"message", {{"text", reports::printable(with_hint(each))}}},
         {"locations", Json::array({{{"physicalLocation", std::move(physical)}}})},
         {"partialFingerprints", {{"gatecrash/v1", print + ":" + std::to_string(++seen[print])}}}});
  }
  return dumped(
      {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
       {"version", "2.1.0"},
       {"runs",
        Json::array({{{"tool", {{"driver", {{"name", "gatecrash"}, {"rules", std::move(rules)}}}}},
                      {"columnKind", "utf16CodeUnits"},
                      {"results", std::move(results)}}})}});
}

struct Format {
  const char* name;
  std::string (*write)(const base::Problems&, std::size_t);
};
constexpr Format kFormats[] = {
    {"text", as_text}, {"json", as_json}, {"github", as_github}, {"sarif", as_sarif}};

}  // namespace

std::vector<std::string> problem_formats() {
  std::vector<std::string> names;
  for (const Format& each : kFormats) names.emplace_back(each.name);
  return names;
}

void print_problems(const base::Problems& problems) {
  std::cerr << for_people(problems);
}

Option all_problems_option() {
  return {"--all-problems", &show_all, "show every problem of a file, not only the first 20"};
}

std::string format_problems(const base::Problems& problems, std::size_t files,
                            const std::string& format) {
  return std::ranges::find(kFormats, format, &Format::name)->write(problems, files);
}

}  // namespace gatecrash::cli
