// `replay check`: does it load, and does it do what it says? Starts nothing.
#include <filesystem>
#include <iostream>
#include <optional>

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/cli/options.h"
#include "harness/cli/pack.h"
#include "harness/cli/problem_formats.h"
#include "harness/cli/promises.h"
#include "harness/cli/server_tools.h"
#include "harness/cli/subjects.h"
#include "harness/cli/verb.h"
#include "harness/policy/lint.h"
#include "harness/policy/policy.h"
#include "harness/scenario/scenario.h"

namespace gatecrash::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCheckExamples =
    "examples:\n"
    "  replay check my-policy.yaml\n"
    "  replay check policy.json --dialect intercept --lenient\n"
    "  replay check policy.json --target scenarios/targets/binassist_published.yaml\n"
    "  replay check my-policy.yaml --format sarif > check.sarif\n"
    "  replay check scenarios\n";

struct Checked {
  base::Problems problems;  // everything to print
  bool unloadable = false;
  std::size_t files = 0;
};

// A scenario or target says so with its first key; everything else is taken for a policy.
bool is_scenario_file(const std::string& path) {
  base::Document document;
  if (!base::load_document(path, document)) return false;
  const base::Value root = document.tree.root();
  return root.is_object() && root.size() > 0 &&
         ((*root.begin()).key() == "replay" || (*root.begin()).key() == "target");
}

void check_pack(const std::string& path, Checked& checked) {
  const auto pack = load_pack(std::vector<std::string>{path});
  if (!pack) {
    base::append(checked.problems, pack.error());
    checked.unloadable = true;
    return;
  }
  checked.files += pack->attacks.size() + pack->targets.size();
  // Templates are only whole when expanded: every pair that fits is, and so are policies.
  Filters everything;
  auto selection = select({path}, everything, {});
  if (!selection) {
    base::append(checked.problems, selection.error());
    checked.unloadable = true;
    return;
  }
  Subjects subjects;
  if (const auto prepared = subjects.prepare(*selection, {.gateways = {"reference"}}); !prepared) {
    base::append(checked.problems, prepared.error());
    checked.unloadable = true;
    return;
  }
  base::append(checked.problems, untried_promises(*pack, *selection));
  for (const reports::PolicyText& each : subjects.texts()) {
    for (base::Problem problem : each.problems) {
      problem.severity = base::Severity::Warning;  // the target says `if_refused: lenient`
      checked.problems.push_back(std::move(problem));
    }
  }
}

struct PolicyCheck {
  std::string dialect;
  bool lenient = false;
  std::optional<policy::Server> server;  // for lints that need to know the tools
};

void check_policy(const std::string& path, const PolicyCheck& how, Checked& checked) {
  ++checked.files;
  const std::string shown = shown_path(path);
  auto which = how.dialect.empty() ? policy::dialect_of(path) : policy::parse_dialect(how.dialect);
  if (!which) {
    checked.problems.push_back(
        base::problem(shown, {}, "which policy dialect this is cannot be told from its name",
                      "name it with --dialect"));
    checked.unloadable = true;
    return;
  }
  auto text = base::read_file(path);
  if (!text) {
    base::append(checked.problems, text.error());
    checked.unloadable = true;
    return;
  }
  const policy::Loaded loaded =
      policy::load_text(shown, std::move(*text), {.dialect = *which, .lenient = how.lenient});
  // A lint repeats what a lenient load dropped, with its consequence.
  if (loaded.policy == nullptr)
    base::append(checked.problems, loaded.problems);
  else
    base::append(checked.problems, policy::lint(loaded, how.server ? &*how.server : nullptr));
  checked.unloadable |= loaded.policy == nullptr;
}

}  // namespace

int check_main(int argc, char** argv) {
  std::vector<std::string> paths;
  PolicyCheck how;
  std::string target, format = "text";
  const CommandLine command{
      .program = "replay check",
      .summary =
          "Reads policies, targets and scenarios and reports everything that is wrong with them.",
      .options = {{"PATH",
                   &paths,
                   "policy, target or scenario files, or folders of scenarios",
                   {.required = true}},
                  {"--dialect", &how.dialect, "language of the policies (default: by file name)"},
                  {"--target", &target,
                   "the server behind the policies: a target file, for lints that need its tools"},
                  {"--format",
                   &format,
                   "text, json, github (annotations) or sarif (code scanning)",
                   {.one_of = problem_formats()}},
                  {"--lenient", &how.lenient,
                   "read policies as the released loader does: unknown keys are dropped"},
                  all_problems_option()},
      .footer = kCheckExamples};
  if (const auto ended = read_options(command, argc, argv)) return *ended;
  if (!how.dialect.empty() && !policy::parse_dialect(how.dialect)) {
    std::cerr << "replay check: there is no dialect " << base::quoted(how.dialect) << " ("
              << base::did_you_mean(how.dialect, policy::dialect_names()) << ")\n";
    return kUsage;
  }
  if (!target.empty()) {
    auto server = server_of(target);
    if (!server) {
      print_problems(server.error());
      return kUsage;
    }
    how.server = std::move(*server);
  }

  Checked checked;
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error) || is_scenario_file(path)) {
      check_pack(path, checked);
    } else {
      check_policy(path, how, checked);
    }
  }
  std::cout << format_problems(checked.problems, checked.files, format);
  if (checked.unloadable) return kUsage;
  return base::has_error(checked.problems) ? kFindings : kOk;
}

}  // namespace gatecrash::cli
