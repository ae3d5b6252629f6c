#include "harness/cli/options.h"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <span>

#include <CLI/CLI.hpp>

#include "harness/base/text.h"
#include "harness/cli/verb.h"

namespace gatecrash::cli {
namespace {

using List = std::vector<std::string>;

CLI::Option* add(CLI::App& app, const Option& option, bool* to) {
  return app.add_flag(std::string(option.names), *to, std::string(option.help));
}

CLI::Option* add_valued(CLI::App& app, const Option& option, const std::string& type,
                        const CLI::callback_t& take) {
  return app.add_option(std::string(option.names), take, std::string(option.help))->type_name(type);
}

CLI::Option* add(CLI::App& app, const Option& option, std::string* to) {
  CLI::Option* const added = add_valued(app, option, "TEXT", [to](const CLI::results_t& words) {
    *to = words.front();
    return true;
  });
  if (option.rules.show_default) added->default_str(*to);
  return added;
}

CLI::Option* add(CLI::App& app, const Option& option, List* to) {
  CLI::Option* const added = add_valued(app, option, "TEXT", [to](const CLI::results_t& words) {
    *to = words;
    return true;
  });
  added->expected(1, -1)
      ->allow_extra_args(added->get_positional())
      ->delimiter(option.rules.separator);
  return added;
}

template <typename Number>
CLI::Option* add(CLI::App& app, const Option& option, Number* to) {
  CLI::Option* const added = add_valued(app, option, "UINT", [to](const CLI::results_t& words) {
    const std::string& text = words.front();
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, *to);
    return error == std::errc() && stop == end;
  });
  if (option.rules.show_default) added->default_str(std::to_string(*to));
  return added;
}

// Help shows a restricted value as the restriction alone.
void limit_to(CLI::Option& added, CLI::Validator check) {
  added.type_name(check.get_description())->check(check.description(""));
}

CLI::Option* describe(CLI::App& app, const Option& option) {
  CLI::Option* const added = std::visit([&](auto* to) { return add(app, option, to); }, option.to);
  const ValueRules& rules = option.rules;
  if (!rules.one_of.empty()) limit_to(*added, CLI::IsMember(rules.one_of));
  if (rules.range) limit_to(*added, CLI::Range(rules.range->least, rules.range->most));
  if (rules.existing_file) limit_to(*added, CLI::ExistingFile);
  if (!rules.type.empty()) added->type_name(std::string(rules.type));
  if (rules.required) added->required();
  for (const std::string_view name : rules.excludes)
    added->excludes(app.get_option(std::string(name)));
  return added;
}

// The flag nearest to the first word that looks like a flag and is none.
std::string hint_for(const CLI::App& app, std::span<const std::string_view> words) {
  List names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (std::string_view word : words) {
    word = word.substr(0, word.find('='));
    if (!word.starts_with("--") || std::ranges::find(known, word) != known.end()) continue;
    if (const std::string_view near = base::closest(word, known); !near.empty())
      return " (did you mean `" + std::string(near) + "`?)";
  }
  return {};
}

// The option that takes the words after `--`, or null. CLI11 does not see these words: it would
// read `[a,b]` as two.
const Option* taker_of_rest(const std::vector<Option>& options) {
  const auto first = std::ranges::find_if(
      options, [](const Option& option) { return !option.names.starts_with('-'); });
  return first != options.end() && std::holds_alternative<List*>(first->to) ? &*first : nullptr;
}

}  // namespace

std::optional<int> read_options(const CommandLine& command, int argc, const char* const* argv) {
  const std::vector<std::string_view> words(argv + std::min(argc, 1), argv + argc);
  const auto dashes = std::ranges::find(words, "--");
  const Option* const taker = taker_of_rest(command.options);
  const bool has_rest = taker != nullptr && words.end() - dashes > 1;

  CLI::App app{std::string(command.summary), std::string(command.program)};
  app.footer(std::string(command.footer));
  if (!command.version.empty()) app.set_version_flag("--version", std::string(command.version));
  for (const Option& option : command.options) {
    CLI::Option* const added = describe(app, option);
    if (has_rest && &option == taker) added->required(false);
  }
  try {
    app.parse(has_rest ? 1 + static_cast<int>(dashes - words.begin()) : argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return kOk;
  } catch (const CLI::CallForVersion& version) {
    std::cout << version.what() << "\n";
    return kOk;
  } catch (const CLI::ParseError& error) {
    std::cerr << command.program << ": " << error.what() << hint_for(app, {words.begin(), dashes})
              << "\n"
              << "try `" << command.program << " --help`\n";
    return kUsage;
  }
  if (has_rest) {
    List& list = *std::get<List*>(taker->to);
    if (app.count(std::string(taker->names)) == 0) list.clear();  // the default
    list.insert(list.end(), dashes + 1, words.end());
  }
  return std::nullopt;
}

}  // namespace gatecrash::cli
