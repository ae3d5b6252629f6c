#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/text.h"
#include "harness/scenario/steps.h"
#include "harness/scenario/traits.h"

namespace gatecrash::scenario {
namespace {

using Action = StepTemplate::Action;

constexpr std::pair<std::string_view, Action> kActions[] = {
    {"list", Action::List},         {"call", Action::Call},
    {"raw", Action::Raw},           {"advance", Action::Advance},
    {"session", Action::Session},   {"steps", Action::Steps},
    {"fault", Action::Fault},       {"operator", Action::Operator},
    {"obey", Action::Obey},         {"concurrent", Action::Concurrent},
    {"everyday", Action::Everyday}, {"shuffled", Action::Shuffled},
};

constexpr std::uint64_t kMaxRepeat = 1'000'000;
constexpr std::uint64_t kMostObeyed = 10'000;
constexpr std::size_t kMaxDepth = 8;

class StepReader {
 public:
  StepReader(Reader& reader, StepRules rules, StepList& list)
      : reader_(reader), rules_(rules), compiler_(reader, list.names, rules.canaries) {}

  std::vector<StepTemplate> read_list(base::Value value, Scope& scope, bool sweeps = false) {
    std::vector<StepTemplate> steps;
    if (!value) return steps;
    if (!value.is_list()) {
      reader_.report(value, "steps have to be a list");
      return steps;
    }
    if (value.size() == 0) reader_.report(value, "a list of steps is empty");
    steps.reserve(value.size());
    for (const base::Value each : value) {
      StepTemplate& step = steps.emplace_back();
      step.swept = sweeps && is_swept(each);
      if (step.swept) scope.counters.emplace_back("n");
      read_step(each, scope, step);
      if (step.swept) scope.counters.pop_back();
    }
    return steps;
  }

 private:
  // Somebody acts in it, and it does not say who.
  static bool is_swept(base::Value step) {
    constexpr std::string_view kNot[] = {"as", "advance", "fault", "operator", "everyday"};
    return std::ranges::none_of(
        kNot, [&](std::string_view key) { return static_cast<bool>(step.find(key)); });
  }

  void read_step(base::Value value, Scope& scope, StepTemplate& step) {
    step.at = reader_.place(value);
    Mapping fields(reader_, value, shapes::kStep);
    std::array<base::Value, std::size(kActions)> found;
    std::size_t action = found.size();
    for (std::size_t i = 0; i < found.size(); ++i) {
      found[i] = fields.any(kActions[i].first);
      if (!found[i]) continue;
      if (action != found.size()) {
        reader_.report_key(found[i],
                           "a step is one thing: " + base::quoted(kActions[action].first) + " or " +
                               base::quoted(kActions[i].first));
        continue;
      }
      action = i;
    }
    step.when = read_fits(reader_, fields.any("when"));
    const bool loops = read_loops(fields, scope, step);
    const base::Value expect = fields.any("expect");
    if (const base::Value as = fields.any("as"); !fields.string("as").empty())
      step.as = compiler_.text(as, scope);
    const base::Value setup = fields.any("setup");
    const base::Value harmless = fields.any("harmless");
    const base::Value newline = fields.any("newline");
    if (action != found.size()) {
      step.action = kActions[action].second;
      read_action(found[action], scope, step);
      read_expect(expect, scope, step);
      check_as(fields.any("as"), step);
      read_purpose(setup, harmless, step);
      read_newline(newline, step);
    } else if (value.is_object()) {
      reader_.report(
          value, "a step does nothing",
          "one of `call`, `list`, `raw`, `advance`, `session`, `fault`, `operator`, `obey`, "
          "`steps`, `shuffled`, `concurrent`");
    }
    if (loops) {
      if (step.counts) scope.counters.pop_back();
      if (!step.each.empty()) scope.each.pop_back();
    }
  }

  // Opens the step's own loops in `scope`.
  bool read_loops(Mapping& fields, Scope& scope, StepTemplate& step) {
    const base::Value each = fields.any("each");
    const base::Value counter = fields.any("counter");
    if (each) {
      if (!each.is_list() || each.size() == 0) {
        reader_.report(each, "`each` has to be a list of values");
      } else {
        step.each.reserve(each.size());
        for (const base::Value value : each) {
          EachValue& made = step.each.emplace_back();
          made.json = compiler_.json(value, scope);
          made.has_text = value.is_scalar();
          if (made.has_text) made.text = compiler_.text(value, scope);
        }
      }
    }
    if (const auto repeat = fields.number("repeat", 1, kMaxRepeat)) {
      step.repeat = static_cast<std::uint32_t>(*repeat);
      step.counts = true;
      std::string name = "n";
      if (counter) name = read_counter(counter);
      scope.counters.push_back(std::move(name));
    } else if (counter) {
      reader_.report(counter, "`counter` names the counter of a `repeat`");
    }
    if (!step.each.empty()) scope.each.push_back(&step.each);
    if (scope.counters.size() + scope.each.size() > kMaxDepth) {
      reader_.report(each ? each : fields.any("repeat"), "loops are nested too deeply");
    }
    return step.counts || !step.each.empty();
  }

  std::string read_counter(base::Value value) {
    const std::string name = read_text(reader_, value, "`counter`").value_or("n");
    const bool good =
        std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    if (!good || name == "each" || name == "task" || name == "tasks" ||
        find_trait(name) != nullptr) {
      reader_.report(value, base::quoted(name) + " cannot name a counter",
                     "lower-case letters and `_`");
    }
    return name;
  }

  void read_action(base::Value value, const Scope& scope, StepTemplate& step) {
    switch (step.action) {
      case Action::List: read_list_request(value, scope, step); break;
      case Action::Call: read_call(value, scope, step); break;
      case Action::Raw: read_raw(value, scope, step); break;
      case Action::Advance: read_advance(value, step); break;
      case Action::Session:
        if (value.text() != "new") reader_.report(value, "only `session: new` is known");
        break;
      // Which words there are is the business of the mocks and gateways (harness/cli/step_words.h).
      case Action::Fault:
      case Action::Operator:
        if (read_text(reader_, value, base::quoted(value.key())))
          step.line = compiler_.text(value, scope);
        break;
      case Action::Obey: {
        Mapping fields(reader_, value, shapes::kObey);
        step.most = static_cast<std::uint32_t>(fields.number("most", 1, kMostObeyed).value_or(1));
        break;
      }
      case Action::Steps:
      case Action::Shuffled:
      case Action::Concurrent: {
        Scope inner = scope;
        step.steps = read_list(value, inner);
        if (step.action == Action::Concurrent && value.is_list()) check_branches(value);
        break;
      }
      case Action::Everyday:
        if (!value.is_true()) reader_.report(value, "only `everyday: true` is known");
        if (!rules_.everyday) {
          reader_.report_key(value, "`everyday` stands for the target's benign traffic",
                             "it may stand in the `benign` of an attack only");
        }
        break;
    }
  }

  void check_branches(base::Value value) {
    if (value.size() == 1) {
      reader_.report(value, "one branch is not concurrent with anything",
                     "each entry is a branch; `steps` groups");
    }
    for (const base::Value branch : value) {
      if (!branch.find("advance")) continue;
      reader_.report_key(branch.find("advance"), "time passes for all branches alike",
                         "put `advance` before or after");
    }
  }

  void read_call(base::Value value, const Scope& scope, StepTemplate& step) {
    Mapping fields(reader_, value, shapes::kCall);
    const base::Value tool = fields.any("tool");
    const base::Value args = fields.any("args");
    if (tool && !tool.is_scalar()) {
      reader_.report(tool, "`tool` has to be text");
    } else if (tool) {
      step.tool = compiler_.text(tool, scope);
    }
    if (args) {
      step.has_arguments = true;
      step.arguments = compiler_.json(args, scope);
    }
  }

  void read_list_request(base::Value value, const Scope& scope, StepTemplate& step) {
    if (!value.is_object()) {
      if (value.text() != "tools")
        reader_.report(value, "only `list: tools` is known",
                       "or a mapping: `cursor`, `id`, `params`, `pages`");
      return;
    }
    Mapping fields(reader_, value, shapes::kList);
    step.most = 1;
    if (const base::Value pages = fields.any("pages")) {
      step.most = 0;
      if (pages.text() != "all")
        reader_.report(pages, "only `pages: all` is known", "without it one page is asked for");
    }
    if (const base::Value id = fields.any("id")) step.line = compiler_.json(id, scope);
    const base::Value params = fields.any("params");
    if (params && !params.is_object()) {
      reader_.report(params, "`params` has to be a mapping", "`raw` sends any other form");
    } else if (params) {
      step.has_arguments = true;
      step.arguments = compiler_.json(params, scope);
    }
    const base::Value cursor = fields.any("cursor");
    if (!cursor) return;
    step.has_cursor = true;
    step.cursor = compiler_.json(cursor, scope);
    if (params.find("cursor"))
      reader_.report(cursor, "`params` has a `cursor` already", "`raw` can send two");
  }

  void read_raw(base::Value value, const Scope& scope, StepTemplate& step) {
    if (!value.is_string()) {
      reader_.report(value, "`raw` has to be text: one line of bytes as they are sent");
      return;
    }
    std::string_view line = value.text();
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.find_first_of("\r\n") != std::string_view::npos) {
      reader_.report(value, "`raw` has to be one line",
                     "`>-` folds lines into one; `${hex.0d0a}` stands for bytes");
    }
    step.line = compiler_.raw(value, line, scope);
  }

  void read_newline(base::Value value, StepTemplate& step) {
    if (!value) return;
    step.unended = true;
    if (step.action != Action::Raw) {
      reader_.report_key(value, "`newline` is about `raw`");
    } else if (!value.is_bool() || value.is_true()) {
      reader_.report(value, "only `newline: false` is known", "a line ends without it");
    }
  }

  void read_advance(base::Value value, StepTemplate& step) {
    const auto by = value.is_string() ? base::parse_duration(value.text()) : std::nullopt;
    if (!by || *by < base::Duration::zero()) {
      reader_.report(value, "`advance` has to be a duration that is not negative",
                     "a whole number and a unit: `200ms`, `60s`, `5m`, `24h`");
      return;
    }
    step.by = *by;
  }

  void read_expect(base::Value value, const Scope& scope, StepTemplate& step) {
    if (!value) return;
    step.expect_at = reader_.place(value);
    base::Value absent;
    base::Value present;
    base::Value like;
    base::Value outcome = value;
    if (value.is_object()) {
      Mapping fields(reader_, value, shapes::kExpect);
      outcome = fields.any("outcome");
      absent = fields.any("absent");
      present = fields.any("present");
      like = fields.any("like");
    }
    if (outcome) read_outcome(outcome, step);
    step.absent = read_names(absent, scope);
    step.present = read_names(present, scope);
    step.like_previous = like.operator bool();
    if (like && like.text() != "previous") reader_.report(like, "only `like: previous` is known");
    const bool replies =
        step.action == Action::Call || step.action == Action::Raw || step.action == Action::List;
    if (!replies) {
      reader_.report(value, "nothing can be expected of this step",
                     "`call`, `raw` and `list` have replies");
    } else if ((absent || present) && step.action == Action::Call) {
      reader_.report(absent ? absent : present,
                     "`absent` and `present` are about `list`, or a `raw` request for one");
    } else if (like && step.action != Action::Call) {
      reader_.report(like, "`like` is about `call`");
    }
  }

  void read_outcome(base::Value value, StepTemplate& step) {
    const auto& values = sets::kOutcome.values;
    const auto at = std::ranges::find(values, value.text());
    if (!value.is_scalar() || at == values.end()) {
      reader_.report(value, "unknown outcome " + base::quoted(value.text()),
                     base::did_you_mean(value.text(), values));
      return;
    }
    step.outcome = static_cast<Expect::Outcome>(at - values.begin());
  }

  std::vector<Template> read_names(base::Value value, const Scope& scope) {
    std::vector<Template> names;
    if (!value) return names;
    if (value.is_scalar()) {
      names.push_back(compiler_.text(value, scope));
    } else if (value.is_list()) {
      for (const base::Value each : value) {
        if (each.is_scalar()) {
          names.push_back(compiler_.text(each, scope));
        } else {
          reader_.report(each, "a tool's name has to be text");
        }
      }
    } else {
      reader_.report(value, "names of tools have to be a list");
    }
    return names;
  }

  void read_purpose(base::Value setup, base::Value harmless, StepTemplate& step) {
    const base::Value said = setup ? setup : harmless;
    if (!said) return;
    step.purpose = setup ? Step::Purpose::SetUp : Step::Purpose::Control;
    if (setup && !setup.is_true()) reader_.report(setup, "only `setup: true` is known");
    if (harmless) read_text(reader_, harmless, "`harmless`");
    const bool sends = step.action == Action::Call || step.action == Action::Raw ||
                       step.action == Action::List || step.action == Action::Obey;
    if (setup && harmless) {
      reader_.report_key(harmless, "a step is `setup` or `harmless`, not both");
    } else if (!rules_.attack || !sends) {
      reader_.report_key(said, base::quoted(said.key()) + " is about what an attack sends",
                         "`call`, `raw`, `list` and `obey` under `steps`");
    }
  }

  void check_as(base::Value value, const StepTemplate& step) {
    if (!value) return;
    if (step.action == Action::Advance || step.action == Action::Steps ||
        step.action == Action::Shuffled || step.action == Action::Fault ||
        step.action == Action::Operator || step.action == Action::Concurrent ||
        step.action == Action::Everyday) {
      reader_.report(value, "`as` says who acts; nobody acts in this step");
    }
  }

  Reader& reader_;
  const StepRules rules_;
  TemplateCompiler compiler_;
};

}  // namespace

StepList read_steps(Reader& reader, base::Value value, StepRules rules) {
  StepList list;
  list.file = reader.document.path;
  Scope scope;
  list.steps = StepReader(reader, rules, list).read_list(value, scope, rules.sweeps);
  return list;
}

}  // namespace gatecrash::scenario
