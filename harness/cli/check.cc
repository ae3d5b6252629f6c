// `replay check`: does it load, and does it do what it says? Starts nothing.
#include <algorithm>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/cli/arguments.h"
#include "harness/cli/pack.h"
#include "harness/cli/subjects.h"
#include "harness/cli/verb.h"
#include "harness/policy/policy.h"
#include "harness/scenario/scenario.h"

namespace gatecrash::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExamples =
    "examples:\n"
    "  replay check my-policy.yaml\n"
    "  replay check policy.json --dialect intercept --lenient\n"
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
  const auto pack = scenario::load_pack(std::vector<std::string>{path});
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
  for (const reports::PolicyText& each : subjects.texts()) {
    for (base::Problem problem : each.problems) {
      problem.severity = base::Severity::Warning;  // the target says `if_refused: lenient`
      checked.problems.push_back(std::move(problem));
    }
  }
}

void check_policy(const std::string& path, const std::string& dialect, bool lenient, Checked& checked) {
  ++checked.files;
  const std::string shown = shown_path(path);
  auto which = dialect.empty() ? policy::dialect_of(path) : policy::parse_dialect(dialect);
  if (!which) {
    checked.problems.push_back(base::problem(shown, {}, "which policy dialect this is cannot be told from its name",
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
  const policy::Loaded loaded = policy::load_text(shown, std::move(*text), {.dialect = *which, .lenient = lenient});
  base::append(checked.problems, loaded.problems);
  checked.unloadable |= loaded.policy == nullptr;
}

}  // namespace

int check_main(int argc, char** argv) {
  CLI::App app("Reads policies, targets and scenarios and reports everything that is wrong with them.", "replay check");
  app.footer(kExamples);
  std::vector<std::string> paths;
  std::string dialect;
  bool lenient = false;
  app.add_option("PATH", paths, "policy, target or scenario files, or folders of scenarios")->required();
  app.add_option("--dialect", dialect, "language of the policies (default: by file name)");
  app.add_flag("--lenient", lenient, "read policies as the released loader does: unknown keys are dropped");
  int exit_code = kOk;
  if (!parse_arguments(app, argc, argv, exit_code)) return exit_code;
  if (!dialect.empty() && !policy::parse_dialect(dialect)) {
    std::cerr << "replay check: there is no dialect " << base::quoted(dialect) << " ("
              << base::did_you_mean(dialect, policy::dialect_names()) << ")\n";
    return kUsage;
  }

  Checked checked;
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error) || is_scenario_file(path)) {
      check_pack(path, checked);
    } else {
      check_policy(path, dialect, lenient, checked);
    }
  }
  std::cout << base::to_string(checked.problems);
  const auto errors = std::ranges::count(checked.problems, base::Severity::Error, &base::Problem::severity);
  const auto warnings = std::ranges::count(checked.problems, base::Severity::Warning, &base::Problem::severity);
  std::cout << "check: files=" << checked.files << " errors=" << errors << " warnings=" << warnings << "\n";
  if (checked.unloadable) return kUsage;
  return errors > 0 ? kFindings : kOk;
}

}  // namespace gatecrash::cli
