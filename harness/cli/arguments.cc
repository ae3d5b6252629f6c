#include "harness/cli/arguments.h"

#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "harness/base/text.h"
#include "harness/cli/verb.h"

namespace gatecrash::cli {
namespace {

// The flag nearest to the one that was not understood.
std::string hint_for(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    word = word.substr(0, word.find('='));
    if (!word.starts_with("--")) continue;
    bool exact = false;
    for (const std::string_view each : known) exact = exact || each == word;
    if (exact) continue;
    if (const std::string_view near = base::closest(word, known); !near.empty()) {
      return " (did you mean `" + std::string(near) + "`?)";
    }
  }
  return {};
}

}  // namespace

bool parse_arguments(CLI::App& app, int argc, char** argv, int& exit_code) {
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    exit_code = kOk;
  } catch (const CLI::ParseError& error) {
    std::cerr << app.get_name() << ": " << error.what() << hint_for(app, argc, argv) << "\n"
              << "try `" << app.get_name() << " --help`\n";
    exit_code = kUsage;
  }
  return false;
}

}  // namespace gatecrash::cli
