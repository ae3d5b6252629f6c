#include "harness/cli/subjects.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include <boost/tokenizer.hpp>

#include "harness/base/digest.h"
#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/replay/earlier_policy.h"
#include "harness/scenario/body.h"
#include "mock_servers/order.h"

namespace gatecrash::cli {
namespace {

// The dialect a policy is written in, or why that is not known.
base::Result<policy::Dialect> dialect_for(const scenario::PolicyRef& ref,
                                          const std::string& shown) {
  if (!ref.dialect.empty()) {
    if (const auto named = policy::parse_dialect(ref.dialect)) return *named;
    const auto known = policy::dialect_names();
    return base::Problems{base::problem(shown, ref.at,
                                        "there is no dialect " + base::quoted(ref.dialect),
                                        base::did_you_mean(ref.dialect, known))};
  }
  if (const auto guessed = policy::dialect_of(ref.file)) return *guessed;
  return base::Problems{base::problem(shown, {},
                                      "which policy dialect this is cannot be told from its name",
                                      "name it with `dialect:` or `--dialect`")};
}

// Each problem once, however many scenarios have it.
void add_new(const base::Problems& more, base::Problems& problems) {
  for (const base::Problem& each : more) {
    if (std::find(problems.begin(), problems.end(), each) == problems.end())
      problems.push_back(each);
  }
}

// The released proxy is older than the dialect `gatecrash`: what it would make of such a file says
// nothing about it. (A policy that it only starts under, until the one under test is loaded, may be
// in any dialect.)
gateway::Made unknown_dialect(const gateway::PolicyInput& input) {
  gateway::Made made;
  made.problems.push_back(
      base::problem(input.path, {}, "the released proxy does not know the dialect `gatecrash`",
                    "judge it on policies of dialect `intercept` or `policylayer`"));
  made.refused = true;
  return made;
}

bool knows_dialect(std::string_view gateway, const trace::PolicyUse& use) {
  return gateway != "intercept-1.1" || use.dialect != to_string(policy::Dialect::Gatecrash);
}

void replace_in(std::string& word, std::string_view name, std::string_view value) {
  if (const std::size_t at = word.find(name); at != std::string::npos)
    word.replace(at, name.size(), value);
}

std::set<std::string_view> tools_named_in(const policy::Policy& policy) {
  std::set<std::string_view> names;
  for (const policy::ToolPolicy& each : policy.tools) names.insert(each.name);
  for (const policy::HideEntry& each : policy.hide) names.insert(each.name);
  return names;
}

// True as well of a policy that names no tool at all, or all of them.
bool names_a_tool_of(const Selection& selection, const policy::Policy& policy) {
  const std::set<std::string_view> named = tools_named_in(policy);
  if (named.empty() || named.contains("*") || selection.scenarios.empty()) return true;
  std::set<const scenario::Target*> asked;
  for (const Pair& pair : selection.scenarios) {
    if (!asked.insert(pair.target.get()).second) continue;
    const auto scenario = pair.expand();
    const scenario::Plan& plan = scenario->benign;
    const auto served = mock_servers::served_tools(plan.mock, mock_servers::options_of(plan));
    const auto is_named = [&](const auto& tool) { return named.contains(tool.name); };
    if ((served && std::ranges::any_of(*served, is_named)) ||
        std::ranges::any_of(plan.extra_tools, is_named)) {
      return true;
    }
  }
  return false;
}

void check_earlier(const scenario::EarlierPolicy& earlier, base::Problems& problems) {
  const auto dialect = dialect_for(
      {.file = earlier.path, .dialect = earlier.dialect, .at = earlier.at}, earlier.path);
  if (!dialect) return add_new(dialect.error(), problems);
  const policy::Loaded loaded = policy::load_text(
      earlier.path, earlier.text, {.dialect = *dialect, .lenient = earlier.lenient_if_refused});
  if (loaded.policy == nullptr) add_new(loaded.problems, problems);
}

}  // namespace

std::string shown_path(const std::string& path) {
  std::error_code error;
  const std::filesystem::path near =
      std::filesystem::relative(path, std::filesystem::current_path(error), error);
  if (error || near.empty() || *near.begin() == "..") return path;
  return near.string();
}

base::Result<trace::PolicyUse> Subjects::load(const scenario::PolicyRef& ref,
                                              const std::string& inside, bool may_be_refused) {
  trace::PolicyUse use;
  use.file = ref.file.empty() ? shown_path(inside) + " (inline policy)" : shown_path(ref.file);
  auto dialect = dialect_for(ref, use.file);
  if (!dialect) return dialect.error();
  use.dialect = to_string(*dialect);
  if (ref.file.empty()) {
    use.text = ref.inline_text;
  } else {
    auto text = base::read_file(ref.file);
    if (!text) return text.error();
    use.text = std::move(*text);
  }
  use.content_hash = base::sha256_hex(use.text);
  policy::Loaded strict =
      policy::load_text(use.file, use.text, {.dialect = *dialect, .lenient = false});
  if (strict.policy != nullptr) {
    use.meaning = strict.policy;
    return use;
  }
  if (!ref.lenient_if_refused && !may_be_refused) return strict.problems;
  policy::Loaded lenient =
      policy::load_text(use.file, use.text, {.dialect = *dialect, .lenient = true});
  if (lenient.policy == nullptr && !may_be_refused) return lenient.problems;
  use.meaning = lenient.policy;
  use.refused = std::move(strict.problems);
  return use;
}

Subjects::~Subjects() {
  for (const auto& [hash, descriptor] : copies_) ::close(descriptor);
}

std::string Subjects::file_for_process(const trace::PolicyUse& use,
                                       const scenario::PolicyRef& ref) {
  return ref.file.empty() ? copy_for_process(use.content_hash, use.text) : ref.file;
}

// Memory that the children read through /proc: gone with this process, however it ends.
std::string Subjects::copy_for_process(const std::string& hash, std::string_view text) {
  const auto [entry, added] = copies_.try_emplace(hash, -1);
  if (added) {
    entry->second = ::memfd_create("gatecrash-policy", MFD_CLOEXEC);
    std::string_view rest = text;
    while (!rest.empty()) {
      const ssize_t size = ::write(entry->second, rest.data(), rest.size());
      if (size < 0) return {};
      rest.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(entry->second);
}

bool known_gateway(std::string_view name) {
  return gateway::find_maker(name) != nullptr;
}

void Subjects::add(const scenario::Target& target, const scenario::PolicyRef& ref,
                   const trace::PolicyUse& use, const scenario::EarlierPolicy* first,
                   const SubjectOptions& options) {
  const auto trait = [&](std::string_view name) {
    const auto found = target.traits.find(name);
    return found == target.traits.end() ? std::string() : found->second;
  };
  const bool takes_list = trait("cancel.accepts_list") == "true";
  replay::Subject subject;
  subject.use = use;
  subject.input = {.path = use.file,
                   .text = use.text,
                   .dialect = *policy::parse_dialect(use.dialect),
                   .lenient_if_refused = ref.lenient_if_refused,
                   .list_tool = takes_list ? trait("cancel.tool") : "",
                   .list_argument = takes_list ? trait("cancel.id") : ""};
  std::string file = file_for_process(use, ref);
  if (first != nullptr) {
    subject.start = replay::earlier_input(*first, subject.input);
    file = copy_for_process(base::sha256_hex(first->text), first->text);
  }
  const gateway::PolicyInput& started = subject.started();
  for (const std::string& name : options.gateways) {
    subject.name = name;
    subject.make = knows_dialect(name, use) ? gateway::find_maker(name) : unknown_dialect;
    subject.command = {
        .words = {replay::program_path("policy-gateway"), "--gateway", name, "--policy", file,
                  "--dialect", std::string(to_string(started.dialect)), "--deny-style", "dialect"},
        .foreign = false};
    if (started.lenient_if_refused) subject.command.words.push_back("--lenient");
    if (takes_list) {
      subject.command.words.insert(
          subject.command.words.end(),
          {"--list-argument", trait("cancel.tool") + "=" + trait("cancel.id")});
    }
    by_target_[&target].push_back(subject);
  }
  if (options.command.empty()) return;
  subject.name = "cmd";
  subject.make = nullptr;
  subject.timeless = options.timeless;
  subject.command = {.words = {}, .foreign = true};
  using Separator = boost::escaped_list_separator<char>;
  for (std::string word :
       boost::tokenizer<Separator>(options.command, Separator("\\", " ", "\"'"))) {
    if (word.empty()) continue;
    replace_in(word, "{policy}", file);
    replace_in(word, "{dialect}", to_string(started.dialect));
    subject.command.words.push_back(std::move(word));
  }
  by_target_[&target].push_back(std::move(subject));
}

base::Result<void> Subjects::prepare(const Selection& selection, const SubjectOptions& options) {
  base::Problems problems;
  for (const Pair& pair : selection.scenarios) {
    const scenario::EarlierPolicy* const earlier = pair.attack->body->reloaded_from.get();
    if (earlier != nullptr) check_earlier(*earlier, problems);
    const scenario::Target& target = *pair.target;
    if (by_target_.contains(&target)) continue;
    scenario::PolicyRef ref = target.policy;
    if (!options.policy.empty()) {
      ref = {.file = options.policy,
             .inline_text = {},
             .dialect = options.dialect,
             .lenient_if_refused = false,
             .at = {}};
    }
    // Only where nobody else uses the policy.
    const bool may_be_refused =
        pair.attack->contained_by_refusal && pair.attack->own_target != nullptr;
    const std::string key =
        (ref.file.empty() ? "inline\n" + target.path + "\n" + ref.inline_text : ref.file) + "\n" +
        ref.dialect + (ref.lenient_if_refused ? "\nlenient" : "") +
        (may_be_refused ? "\nrefusable" : "");
    if (!uses_.contains(key)) {
      auto use = load(ref, target.path, may_be_refused);
      if (use) use->stands_in = !options.policy.empty();
      if (!use) {
        add_new(use.error(), problems);
        by_target_[&target];
        continue;
      }
      uses_.emplace(key, std::move(*use));
    }
    const trace::PolicyUse& use = uses_.at(key);
    add(target, ref, use, use.refused.empty() || ref.lenient_if_refused ? nullptr : earlier,
        options);
  }
  if (!problems.empty()) return problems;
  const trace::PolicyUse* const only =
      options.policy.empty() || uses_.empty() ? nullptr : &uses_.begin()->second;
  if (only != nullptr && only->meaning != nullptr && !names_a_tool_of(selection, *only->meaning)) {
    return base::Problems{base::problem(
        only->file, {}, "no tool that this policy names is one of a selected target's",
        "select targets that it is meant for with --target, or bring your own target; `replay list "
        "targets` has the shipped ones")};
  }
  return {};
}

const std::vector<replay::Subject>& Subjects::of(const scenario::Target& target) const {
  return by_target_.at(&target);
}

std::string Subjects::digest() const {
  std::vector<std::string> hashes;
  for (const auto& [key, use] : uses_) hashes.push_back(use.content_hash);
  return digest_of(std::move(hashes));
}

std::vector<reports::PolicyText> Subjects::texts() const {
  std::vector<reports::PolicyText> texts;
  for (const auto& [key, use] : uses_) {
    texts.push_back(
        {.file = use.file, .dialect = use.dialect, .text = use.text, .problems = use.refused});
  }
  return texts;
}

}  // namespace gatecrash::cli
