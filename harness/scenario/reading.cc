#include "harness/scenario/reading.h"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <utility>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/scenario/substitution.h"
#include "harness/scenario/task_ids.h"

namespace gatecrash::scenario {
namespace {

bool is_id_character(char c, std::string_view extra) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
         extra.find(c) != std::string_view::npos;
}

TaskSpec read_named_task(Reader& reader, base::Value value) {
  TaskSpec task;
  task.id = value.key();
  if (task.id.empty()) reader.report_key(value, "a task needs an id");
  if (value.is_null()) return task;
  if (value.is_scalar()) {
    task.state = value.text();
    return task;
  }
  Mapping fields(reader, value, shapes::kNamedTask);
  task.state = fields.string("state");
  task.owner = fields.string("owner");
  task.work = fields.duration("work");
  return task;
}

}  // namespace

void Reader::report(base::Value at, std::string message, std::string hint) {
  problems.push_back(base::problem(document.path, place(at), std::move(message), std::move(hint)));
}

void Reader::report_key(base::Value at, std::string message, std::string hint) {
  problems.push_back(
      base::problem(document.path, document.key_place(at), std::move(message), std::move(hint)));
}

base::SourcePos Reader::place(base::Value value) const {
  return value ? document.place(value) : base::SourcePos{};
}

Mapping::Mapping(Reader& reader, base::Value value, const Shape& shape)
    : value_(value), shape_(shape), fields_(reader.document, value, shape.what, reader.problems) {
  GATECRASH_CHECK(shape.keys.size() < 64);
  for (const Key& key : shape.keys) {
    if (key.required) fields_.required(key.name);
  }
}

Mapping::~Mapping() {
  GATECRASH_CHECK(static_cast<std::size_t>(std::popcount(asked_)) == shape_.keys.size());
}

void Mapping::mark(std::string_view key) {
  const auto at = std::ranges::find(shape_.keys, key, &Key::name);
  GATECRASH_CHECK(at != shape_.keys.end());
  asked_ |= std::uint64_t{1} << (at - shape_.keys.begin());
}

base::Value Mapping::any(std::string_view key) {
  mark(key);
  return fields_.any(key);
}

base::Value Mapping::of(std::string_view key, base::Kind kind) {
  mark(key);
  return fields_.of(key, kind);
}

std::string Mapping::string(std::string_view key) {
  mark(key);
  return fields_.string(key).value_or(std::string{});
}

std::optional<std::uint64_t> Mapping::number(std::string_view key, std::uint64_t least,
                                             std::uint64_t most) {
  mark(key);
  return fields_.number(key, least, most);
}

std::optional<bool> Mapping::boolean(std::string_view key) {
  mark(key);
  return fields_.boolean(key);
}

std::optional<base::Duration> Mapping::duration(std::string_view key) {
  mark(key);
  return fields_.duration(key);
}

std::optional<base::Instant> Mapping::instant(std::string_view key) {
  mark(key);
  return fields_.instant(key);
}

std::vector<std::string> Mapping::strings(std::string_view key) {
  mark(key);
  return fields_.strings(key);
}

std::optional<std::size_t> Mapping::one_of(std::string_view key, const ClosedSet& set) {
  mark(key);
  return fields_.one_of(key, set.values);
}

void check_id(Reader& reader, base::Value value, std::string_view extra_characters) {
  if (!value.is_scalar()) return;  // reported where it was read
  const std::string_view id = value.text();
  const bool good = !id.empty() && std::ranges::all_of(id, [&](char c) {
    return is_id_character(c, extra_characters);
  });
  if (!good) {
    reader.report(value, base::quoted(id) + " is no id",
                  "lower-case letters, digits, `_`, `-`, `.`" +
                      std::string(extra_characters.empty() ? "" : " and `/`"));
  }
}

std::optional<std::string> read_text(Reader& reader, base::Value value, std::string_view what) {
  if (!value) return std::nullopt;
  if (!value.is_scalar() || value.text().empty()) {
    reader.report(value, std::string(what) + " has to be a text that is not empty");
    return std::nullopt;
  }
  return std::string(value.text());
}

std::optional<Effect> read_effect(Reader& reader, base::Value value) {
  if (!value) return std::nullopt;
  const std::string_view name = value.is_scalar() ? value.text() : std::string_view{};
  const std::optional<Effect> effect = parse_effect(name);
  if (!effect) {
    reader.report(value, "unknown effect " + base::quoted(name),
                  base::did_you_mean(name, kEffectNames));
  }
  return effect;
}

std::vector<Effect> read_effects(Reader& reader, base::Value value) {
  std::vector<Effect> effects;
  if (!value) return effects;
  if (!value.is_list()) {
    reader.report(value, "`effects` has to be a list of effects");
    return effects;
  }
  for (const base::Value each : value) {
    if (const auto effect = read_effect(reader, each)) effects.push_back(*effect);
  }
  return effects;
}

Cap read_cap(Reader& reader, base::Value value) {
  Cap cap;
  cap.at = reader.place(value);
  Mapping fields(reader, value, shapes::kCap);
  cap.max = fields.number("max", 0, UINT64_MAX).value_or(0);
  cap.per = fields.duration("per");
  if (cap.per && *cap.per <= base::Duration::zero()) {
    reader.report(fields.any("per"), "`per` has to be longer than nothing");
  }
  if (const auto scope = fields.one_of("scope", sets::kScope)) {
    cap.scope = sets::kScope.values[*scope];
  }
  return cap;
}

Promise read_promise(Reader& reader, base::Value value) {
  Promise promise;
  if (!value) return promise;
  Mapping fields(reader, value, shapes::kPromise);
  if (const base::Value cancel = fields.any("cancel")) {
    promise.cancel = read_cap(reader, cancel);
  }
  promise.hidden = fields.strings("hidden");
  const base::Value callable = fields.any("callable");
  if (callable && callable.is_string()) {
    promise.callable_rest = callable.text() == "rest";
    if (!promise.callable_rest) {
      reader.report(callable, "`callable` has to be `rest` or a list of tools");
    }
  } else {
    promise.callable = fields.strings("callable");
  }
  promise.says = fields.string("says");
  return promise;
}

std::vector<Budget> read_budget(Reader& reader, base::Value value) {
  std::vector<Budget> budget;
  if (!value) return budget;
  if (!value.is_object()) {
    reader.report(value, "`budget` has to be a mapping from effect to cap");
    return budget;
  }
  for (const base::Value each : value) {
    const std::optional<Effect> effect = parse_effect(each.key());
    if (!effect) {
      reader.report_key(each, "unknown effect " + base::quoted(each.key()),
                        base::did_you_mean(each.key(), kEffectNames));
    }
    const Cap cap = read_cap(reader, each);
    if (effect) budget.push_back({.effect = *effect, .cap = cap});
  }
  return budget;
}

PolicyRef read_policy(Reader& reader, base::Value value) {
  PolicyRef policy;
  if (!value) return policy;
  policy.at = reader.place(value);
  Mapping fields(reader, value, shapes::kPolicy);
  const base::Value file = fields.any("file");
  const base::Value text = fields.any("inline");
  if (const auto dialect = fields.one_of("dialect", sets::kDialect)) {
    policy.dialect = sets::kDialect.values[*dialect];
  }
  policy.lenient_if_refused = fields.one_of("if_refused", sets::kIfRefused).value_or(0) == 1;
  if (value.is_object() && static_cast<bool>(file) == static_cast<bool>(text)) {
    reader.report(value, "a policy has either `file` or `inline`");
    return policy;
  }
  if (text) {
    policy.at = reader.place(text);
    policy.inline_text = read_text(reader, text, "`inline`").value_or(std::string{});
    if (policy.dialect.empty()) {
      reader.report(text, "an inline policy needs its `dialect`",
                    base::did_you_mean({}, sets::kDialect.values));
    }
    return policy;
  }
  const std::optional<std::string> name = read_text(reader, file, "`file`");
  if (!name) return policy;
  policy.at = reader.place(file);
  namespace fs = std::filesystem;
  policy.file = (fs::path(reader.document.path).parent_path() / *name).lexically_normal().string();
  std::error_code error;
  if (fs::is_directory(policy.file, error)) {
    reader.report(file, "the policy " + base::quoted(policy.file) + " is a folder");
  } else if (!fs::exists(policy.file, error)) {
    reader.report(file, "there is no policy file " + base::quoted(policy.file),
                  "the path is relative to this file");
  }
  return policy;
}

void read_world(Reader& reader, base::Value value, Target& target) {
  if (!value) return;
  Mapping fields(reader, value, shapes::kWorld);
  if (const base::Value tasks = fields.any("tasks"); tasks.is_object()) {
    target.tasks = 0;
    for (const base::Value each : tasks) {
      target.named_tasks.push_back(read_named_task(reader, each));
    }
  } else if (const auto count = fields.number("tasks", 0, kMaxTasks)) {
    target.tasks = static_cast<std::uint32_t>(*count);
  }
  const std::string ids = fields.string("ids");
  if (is_task_id_form(ids)) {
    target.task_ids = ids;
  } else if (const base::Value at = fields.any("ids")) {
    reader.report(at, "unknown form of task ids " + base::quoted(ids),
                  "`uuid4`, `hex32`, `codename`, or a pattern with `#` for digits: `task-###`");
  }
  target.task_states = fields.strings("states");
  target.task_work = fields.duration("work");
}

std::vector<ExtraTool> read_extra_tools(Reader& reader, base::Value value,
                                        std::span<const Canary> canaries) {
  std::vector<ExtraTool> tools;
  if (!value) return tools;
  if (!value.is_list()) {
    reader.report(value, "`extra_tools` has to be a list of tools");
    return tools;
  }
  for (const base::Value each : value) {
    ExtraTool& tool = tools.emplace_back();
    tool.at = reader.place(each);
    Mapping fields(reader, each, shapes::kExtraTool);
    tool.name = read_text(reader, fields.any("name"), "`name`").value_or(std::string{});
    tool.description = fields.string("description");
    if (const base::Value text = fields.any("description"))
      tool.description = with_canaries(reader, text, canaries);
    if (const base::Value schema = fields.of("input_schema", base::Kind::Object)) {
      tool.input_schema.clear();
      base::write_json(schema, tool.input_schema);
    }
    if (const base::Value claims = fields.of("annotations", base::Kind::Object)) {
      base::write_json(claims, tool.annotations);
    }
    tool.effects = read_effects(reader, fields.any("effects"));
    const base::Value acts_on = fields.any("acts_on");
    tool.acts_on = fields.strings("acts_on");
    if (acts_on && std::ranges::find(tool.effects, Effect::TaskCancelled) == tool.effects.end())
      reader.report_key(acts_on, "`acts_on` says which tasks `task.cancelled` is about");
    tool.after_rug_pull = fields.boolean("after_rug_pull").value_or(false);
    const auto same = [&](const ExtraTool& other) { return other.name == tool.name; };
    if (std::any_of(tools.begin(), tools.end() - 1, same)) {
      reader.report(each, "a second extra tool " + base::quoted(tool.name));
    }
  }
  return tools;
}

void read_tool_effects(Reader& reader, base::Value value, std::vector<ExtraTool>& tools) {
  if (!value) return;
  if (!value.is_object()) {
    reader.report(value, "`effects` has to be a mapping from tool to effects");
    return;
  }
  for (const base::Value each : value) {
    auto at = std::ranges::find(tools, each.key(), &ExtraTool::name);
    if (at == tools.end()) {
      at = tools.insert(at, ExtraTool{.name = std::string(each.key()), .at = reader.place(each)});
    }
    for (const Effect effect : read_effects(reader, each)) {
      if (std::ranges::find(at->effects, effect) == at->effects.end()) {
        at->effects.push_back(effect);
      }
    }
  }
}

void sort_problems(base::Problems& problems) {
  std::ranges::stable_sort(problems, [](const base::Problem& left, const base::Problem& right) {
    return std::tie(left.file, left.at) < std::tie(right.file, right.at);
  });
  const auto same = std::ranges::unique(problems);
  problems.erase(same.begin(), same.end());
}

}  // namespace gatecrash::scenario
