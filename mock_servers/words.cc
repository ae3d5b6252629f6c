#include "mock_servers/words.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/text.h"
#include "mock_servers/mock.h"
#include "mock_servers/personality.h"

namespace gatecrash::mock_servers {
namespace {

using base::Value;
using Words = std::vector<std::string_view>;

class Checker {
 public:
  explicit Checker(const base::Document& document) : document_(document) {}

  base::Problems run() {
    const Value root = document_.tree.root();
    if (root.find("mock")) check_server(root);
    for (const Value upstream : root.find("upstreams")) check_server(upstream);
    check_personalities(root.find("personalities"));
    for (const Value each : texts(root.find("matrix").find("personality"))) check_personality(each);
    return std::move(problems_);
  }

  base::Problems run_world(std::string_view mock) {
    check_world(document_.tree.root(), mock);
    return std::move(problems_);
  }

 private:
  void report(Value at, std::string message, std::string hint) {
    problems_.push_back(
        base::problem(document_.path, document_.place(at), std::move(message), std::move(hint)));
  }
  void check(Value word, std::string_view what, const Words& known) {
    if (word.text().empty() || word.is_null() ||
        std::ranges::find(known, word.text()) != known.end())
      return;
    report(word, "unknown " + std::string(what) + " " + base::quoted(word.text()),
           base::did_you_mean(word.text(), known));
  }
  // One text, or a list of them.
  static std::vector<Value> texts(Value value) {
    std::vector<Value> list;
    if (value.is_list()) {
      for (const Value each : value) list.push_back(each);
    } else if (value) {
      list.push_back(value);
    }
    return list;
  }

  void check_server(Value server) {
    const Value mock = server.find("mock");
    const MockEntry* const entry = find_mock(mock.text());
    if (entry == nullptr) {
      Words names;
      for (const MockEntry& each : mocks()) names.push_back(each.name);
      return check(mock, "mock", names);
    }
    check(server.find("profile"), "profile", entry->profiles);
    check_world(server.find("world"), entry->name);
    // Those of a target stand at the top, and are checked there.
    if (server.key() != std::string_view{}) check_personalities(server.find("personalities"));
  }

  void check_world(Value world, std::string_view mock) {
    const Words states = task_states(mock);
    for (const Value each : texts(world.find("states"))) check(each, "task state", states);
    if (const Value tasks = world.find("tasks"); tasks.is_object()) {
      for (const Value each : tasks) {
        check(each.is_object() ? each.find("state") : each, "task state", states);
      }
    }
  }

  void check_personalities(Value value) {
    const std::size_t before = problems_.size();
    std::vector<std::string> names;
    for (const Value each : texts(value)) {
      check_personality(each);
      names.emplace_back(each.text());
    }
    if (problems_.size() != before) return;
    if (const auto together = Personality::make(names); !together) {
      for (const base::Problem& each : together.error()) report(value, each.message, each.hint);
    }
  }

  void check_personality(Value name) {
    Words known;
    for (const PersonalityEntry& each : personalities()) known.push_back(each.name);
    check(name, "personality", known);
  }

  const base::Document& document_;
  base::Problems problems_;
};

}  // namespace

base::Problems unknown_words(const base::Document& document) {
  return Checker(document).run();
}

base::Problems unknown_states(const base::Document& world, std::string_view mock) {
  return Checker(world).run_world(mock);
}

}  // namespace gatecrash::mock_servers
