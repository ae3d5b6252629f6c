// Reading a case, strictly: what case_write.cc writes and nothing else, every problem with its
// place.
#include <algorithm>
#include <charconv>
#include <utility>

#include "harness/base/fields.h"
#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/decision/engine.h"
#include "harness/mcp/messages.h"
#include "harness/trace/case.h"

namespace gatecrash::trace {
namespace {

using base::Fields;
using base::Value;
using scenario::Plan;

constexpr std::uint64_t kMaxNumber = UINT64_MAX;
constexpr std::uint64_t kMax32 = 0xffffffff;

// Index of the value of a closed set by its name. The sets are small and dense from 0 to `last`.
template <typename Enum>
std::optional<Enum> named(Fields& fields, std::string_view key, Enum last) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(last); ++i) {
    names.push_back(to_string(static_cast<Enum>(i)));
  }
  const auto found = fields.one_of(key, names);
  if (!found) return std::nullopt;
  return static_cast<Enum>(*found);
}

class CaseReader {
 public:
  CaseReader(const base::Document& document, base::Problems& problems)
      : document_(document), problems_(problems) {}

  void read(Value root, Case& out);

 private:
  std::string bytes(Fields& fields, std::string_view key);
  std::string_view span(Fields& fields, std::string_view key, std::string& store) {
    return span(fields.any(key), store);
  }
  std::string_view span(Value value, std::string& store);
  std::vector<std::string> texts(Fields& fields, std::string_view key);
  base::SourcePos place(Fields& fields, std::string_view key);
  std::uint64_t digest(Fields& fields, std::string_view key);
  void list(Fields& fields, std::string_view key, const auto& read_item);

  scenario::Cap cap(Value value);
  base::Problems problems(Fields& fields, std::string_view key);
  scenario::Step step(Value value);
  std::shared_ptr<const Plan> plan(Value value);
  std::vector<scenario::ExtraTool> extra_tools(Fields& fields);
  Trace trace(Fields& fields, std::string_view key, std::size_t steps);
  Run run(Value value);
  PolicyUse policy(Value value);

  void report(Value at, std::string message, std::string hint = {}) {
    problems_.push_back(
        base::problem(document_.path, document_.place(at), std::move(message), std::move(hint)));
  }

  const base::Document& document_;
  base::Problems& problems_;
  std::vector<std::shared_ptr<const Plan>> plans_;
};

// Text, or `{"base64": …}` where the bytes are no text.
std::string_view CaseReader::span(Value found, std::string& store) {
  if (!found || found.is_string()) return found.text();
  Fields wrapped(document_, found, "a text", problems_);
  const Value encoded = wrapped.required("base64");
  store.clear();
  if (encoded && !base::from_base64(encoded.text(), store)) report(encoded, "malformed base64");
  return store;
}

std::string CaseReader::bytes(Fields& fields, std::string_view key) {
  std::string store;
  return std::string(span(fields, key, store));
}

std::vector<std::string> CaseReader::texts(Fields& fields, std::string_view key) {
  std::vector<std::string> out;
  std::string store;
  for (const Value value : fields.of(key, base::Kind::List)) out.emplace_back(span(value, store));
  return out;
}

base::SourcePos CaseReader::place(Fields& fields, std::string_view key) {
  const Value found = fields.of(key, base::Kind::List);
  if (!found) return {};
  std::uint32_t numbers[2] = {0, 0};
  std::size_t count = 0;
  for (const Value each : found) {
    const std::string_view text = each.text();
    if (count < 2 && each.is_number() &&
        std::from_chars(text.data(), text.data() + text.size(), numbers[count]).ptr ==
            text.data() + text.size()) {
      ++count;
    } else {
      count = 3;
    }
  }
  if (count != 2) report(found, "a place has to be a line and a column");
  return {numbers[0], numbers[1]};
}

std::uint64_t CaseReader::digest(Fields& fields, std::string_view key) {
  const Value found = fields.required(key);
  std::uint64_t number = 0;
  const std::string_view text = found.text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (found && (text.size() != 16 || error != std::errc{} || end != text.data() + text.size())) {
    report(found, "a digest has to be 16 hex digits");
  }
  return number;
}

void CaseReader::list(Fields& fields, std::string_view key, const auto& read_item) {
  const Value found = fields.required(key);
  if (found && !found.is_list())
    return report(found, "`" + std::string(key) + "` has to be a list");
  for (const Value each : found) read_item(each);
}

scenario::Cap CaseReader::cap(Value value) {
  scenario::Cap out;
  if (!value) return out;
  Fields fields(document_, value, "a cap", problems_);
  fields.required("max");
  out.max = fields.number("max", 0, kMaxNumber).value_or(0);
  out.per = fields.duration("per");
  out.scope = bytes(fields, "scope");
  out.at = place(fields, "at");
  return out;
}

base::Problems CaseReader::problems(Fields& fields, std::string_view key) {
  base::Problems out;
  list(fields, key, [&](Value value) {
    Fields each(document_, value, "a problem", problems_);
    base::Problem problem;
    problem.file = bytes(each, "file");
    problem.at = place(each, "at");
    problem.message = bytes(each, "message");
    problem.hint = bytes(each, "hint");
    problem.severity = static_cast<base::Severity>(each.number("severity", 0, 2).value_or(0));
    problem.id = bytes(each, "id");
    out.push_back(std::move(problem));
  });
  return out;
}

scenario::Step CaseReader::step(Value value) {
  Fields fields(document_, value, "a step", problems_);
  scenario::Step out;
  fields.required("kind");
  out.kind = named(fields, "kind", scenario::StepKind::Probe).value_or(out.kind);
  if (const auto purpose = fields.one_of("purpose", scenario::kStepPurposes))
    out.purpose = static_cast<scenario::Step::Purpose>(*purpose);
  out.choice = static_cast<std::uint32_t>(fields.number("choice", 0, kMax32).value_or(0));
  out.tool = bytes(fields, "tool");
  out.arguments = bytes(fields, "arguments");
  out.line = bytes(fields, "line");
  out.unended = fields.boolean("unended").value_or(false);
  out.by = fields.duration("by").value_or(base::Duration{});
  out.most = static_cast<std::uint32_t>(fields.number("most", 0, kMax32).value_or(0));
  out.as = bytes(fields, "as");
  out.at = place(fields, "at");
  out.in_target = fields.boolean("in_target").value_or(false);
  if (const Value expect = fields.any("expect")) {
    Fields inner(document_, expect, "an expectation", problems_);
    constexpr std::string_view kOutcomes[] = {"any", "allow", "deny"};
    if (const auto outcome = inner.one_of("outcome", kOutcomes)) {
      out.expect.outcome = static_cast<scenario::Expect::Outcome>(*outcome);
    }
    out.expect.absent = texts(inner, "absent");
    out.expect.present = texts(inner, "present");
    constexpr std::string_view kLike[] = {"previous"};
    out.expect.like_previous = inner.one_of("like", kLike).has_value();
    out.expect.at = place(inner, "at");
  }
  return out;
}

std::vector<scenario::ExtraTool> CaseReader::extra_tools(Fields& fields) {
  std::vector<scenario::ExtraTool> tools;
  list(fields, "extra_tools", [&](Value each) {
    Fields tool(document_, each, "a tool", problems_);
    scenario::ExtraTool& made = tools.emplace_back();
    made.name = bytes(tool, "name");
    made.description = bytes(tool, "description");
    made.input_schema = bytes(tool, "input_schema");
    made.annotations = bytes(tool, "annotations");
    made.acts_on = texts(tool, "acts_on");
    made.after_rug_pull = tool.boolean("after_rug_pull").value_or(false);
    made.at = place(tool, "at");
    for (const Value name : tool.of("effects", base::Kind::List)) {
      if (const auto parsed = scenario::parse_effect(name.text())) {
        made.effects.push_back(*parsed);
      } else {
        report(name, "unknown effect " + base::quoted(name.text()),
               base::did_you_mean(name.text(), scenario::effect_names()));
      }
    }
  });
  return tools;
}

std::shared_ptr<const Plan> CaseReader::plan(Value value) {
  auto out = std::make_shared<Plan>();
  Fields fields(document_, value, "a plan", problems_);
  out->scenario = bytes(fields, "scenario");
  out->file = bytes(fields, "file");
  fields.required("kind");
  out->kind = named(fields, "kind", scenario::RunKind::Probe).value_or(out->kind);
  out->variant = bytes(fields, "variant");
  out->seed = fields.number("seed", 0, kMaxNumber).value_or(1);
  out->era = bytes(fields, "era");
  fields.required("start");
  out->start = fields.instant("start").value_or(out->start);
  out->mock = bytes(fields, "mock");
  out->mock_profile = bytes(fields, "mock_profile");
  out->personalities = texts(fields, "personalities");
  out->grant = bytes(fields, "grant");
  for (const Value each : fields.of("principals", base::Kind::List)) {
    Fields inner(document_, each, "a principal", problems_);
    inner.required("name");
    out->principals.push_back(
        {bytes(inner, "name"), bytes(inner, "grant"), bytes(inner, "tenant")});
  }
  for (const Value each : fields.of("canaries", base::Kind::List)) {
    Fields inner(document_, each, "a canary", problems_);
    inner.required("name");
    inner.required("text");
    out->canaries.push_back({bytes(inner, "name"), bytes(inner, "text"), bytes(inner, "of")});
  }
  if (const Value value = fields.of("reloaded_from", base::Kind::Object)) {
    Fields inner(document_, value, "a policy", problems_);
    auto earlier = std::make_shared<scenario::EarlierPolicy>();
    earlier->path = bytes(inner, "path");
    earlier->dialect = bytes(inner, "dialect");
    inner.required("text");
    earlier->text = bytes(inner, "text");
    earlier->lenient_if_refused = bytes(inner, "if_refused") == "lenient";
    earlier->at = place(inner, "at");
    out->reloaded_from = std::move(earlier);
  }
  const auto effect = [&](Fields& from, std::string_view key) -> std::optional<scenario::Effect> {
    return named(from, key, scenario::Effect::ConfigChanged);
  };
  out->extra_tools = extra_tools(fields);
  out->hub.bare_names = fields.boolean("bare_names").value_or(false);
  for (const Value each : fields.of("upstreams", base::Kind::List)) {
    Fields inner(document_, each, "an upstream", problems_);
    scenario::UpstreamSpec& made = out->hub.upstreams.emplace_back();
    inner.required("name");
    inner.required("mock");
    made.name = bytes(inner, "name");
    made.mock = bytes(inner, "mock");
    made.mock_profile = bytes(inner, "mock_profile");
    made.personalities = texts(inner, "personalities");
    made.extra_tools = extra_tools(inner);
  }
  list(fields, "tasks", [&](Value each) {
    Fields task(document_, each, "a task", problems_);
    scenario::TaskSpec& made = out->world.tasks.emplace_back();
    made.id = bytes(task, "id");
    made.state = bytes(task, "state");
    made.owner = bytes(task, "owner");
    made.upstream = bytes(task, "upstream");
    made.work = task.duration("work");
  });
  out->upstream_tools = texts(fields, "upstream_tools");
  list(fields, "steps", [&](Value each) { out->steps.push_back(step(each)); });
  list(fields, "always", [&](Value each) {
    Fields invariant(document_, each, "an invariant", problems_);
    scenario::Invariant& made = out->always.emplace_back();
    invariant.required("kind");
    made.kind = named(invariant, "kind", scenario::Invariant::Kind::Audit).value_or(made.kind);
    made.effect = effect(invariant, "effect");
    made.cap = cap(invariant.required("cap"));
    made.at = place(invariant, "at");
  });
  return out;
}

Trace CaseReader::trace(Fields& fields, std::string_view key, std::size_t steps) {
  Trace out;
  std::string text, more, extra;
  list(fields, key, [&](Value value) {
    Fields each(document_, value, "an event", problems_);
    each.required("n");
    each.required("kind");
    const auto kind = named(each, "kind", EventKind::Failed);
    if (!kind) return each.allow_rest();
    const std::uint64_t most = steps == 0 ? 0 : steps - 1;
    const auto step = each.number("step", 0, most);
    out.set_step(step ? static_cast<std::uint32_t>(*step) : kSetUp);
    out.set_connection(
        static_cast<std::uint32_t>(each.number("connection", 0, kMax32).value_or(0)));
    each.required("at");
    out.set_time(each.instant("at").value_or(base::Instant{}));
    Event& event = out.add(*kind, span(each, "text", text), span(each, "more", more),
                           span(each, "extra", extra));
    event.number = static_cast<std::uint32_t>(each.number("n", 0, kMax32).value_or(0));
    if (*kind == EventKind::Received) {
      each.required("detail");
      event.detail = static_cast<std::uint8_t>(
          named(each, "detail", mcp::ReplyShape::Malformed).value_or(mcp::ReplyShape::None));
    } else if (*kind == EventKind::Decided) {
      each.required("detail");
      event.detail = static_cast<std::uint8_t>(
          named(each, "detail", decision::Outcome::Refuse).value_or(decision::Outcome::Deny));
    } else if (*kind == EventKind::Effected) {
      each.required("detail");
      event.detail =
          static_cast<std::uint8_t>(named(each, "detail", scenario::Effect::ConfigChanged)
                                        .value_or(scenario::Effect::TaskCreated));
    }
    event.place = place(each, "place");
    if (each.any("call")) event.call = digest(each, "call");
  });
  out.set_step(kSetUp);
  out.set_connection(0);
  out.set_time({});
  return out;
}

Run CaseReader::run(Value value) {
  Run out;
  Fields fields(document_, value, "a run", problems_);
  fields.required("kind");
  out.kind = named(fields, "kind", scenario::RunKind::Probe).value_or(out.kind);
  if (fields.any("plan")) {
    const auto index = fields.number("plan", 0, plans_.empty() ? 0 : plans_.size() - 1);
    if (index && *index < plans_.size()) out.plan = plans_[*index];
    if (!out.plan) report(value, "the run names a plan that is not there");
  }
  fields.required("complete");
  out.complete = fields.boolean("complete").value_or(false);
  out.problem = bytes(fields, "problem");
  out.disputed = fields.boolean("disputed").value_or(false);
  out.unfenced = fields.boolean("unfenced").value_or(false);
  out.digest_before = digest(fields, "digest_before");
  out.digest_after = digest(fields, "digest_after");
  const std::size_t steps = out.plan ? out.plan->steps.size() : 0;
  out.agent = trace(fields, "agent", steps);
  out.gateway = trace(fields, "gateway", steps);
  out.ledger = trace(fields, "ledger", steps);
  Fields ends(document_, fields.required("ends"), "end marks", problems_);
  for (const auto& [name, trace] :
       {std::pair{"agent", &out.agent}, std::pair{"gateway", &out.gateway},
        std::pair{"ledger", &out.ledger}}) {
    const Value value = ends.any(name);
    if (!value) continue;
    Fields end(document_, value, "an end mark", problems_);
    end.required("events");
    const auto events = static_cast<std::uint32_t>(end.number("events", 0, kMax32).value_or(0));
    trace->set_end(EndMark{.events = events, .digest = digest(end, "digest")});
  }
  return out;
}

PolicyUse CaseReader::policy(Value value) {
  PolicyUse out;
  Fields fields(document_, value, "a policy", problems_);
  out.file = bytes(fields, "file");
  out.dialect = bytes(fields, "dialect");
  fields.required("text");
  out.text = bytes(fields, "text");
  out.content_hash = bytes(fields, "content_hash");
  constexpr std::string_view kMeanings[] = {"none", "lenient", "strict"};
  fields.required("meaning");
  const std::size_t meaning = fields.one_of("meaning", kMeanings).value_or(0);
  out.stands_in = fields.boolean("stands_in").value_or(false);
  out.refused = problems(fields, "refused");
  out.gateway_problems = problems(fields, "gateway_problems");
  if (meaning == 0) return out;
  const auto dialect = policy::parse_dialect(out.dialect);
  if (!dialect) {
    report(value, "unknown dialect " + base::quoted(out.dialect),
           base::did_you_mean(out.dialect, policy::dialect_names()));
    return out;
  }
  policy::Loaded loaded =
      policy::load_text(out.file, out.text, {.dialect = *dialect, .lenient = meaning == 1});
  if (!loaded.policy) {
    report(value, "the policy inside does not load any more");
    problems_.insert(problems_.end(), loaded.problems.begin(), loaded.problems.end());
  }
  out.meaning = std::move(loaded.policy);
  return out;
}

void CaseReader::read(Value root, Case& out) {
  Fields fields(document_, root, "a case", problems_);
  fields.required("case");
  fields.number("case", 2, 2);
  fields.required("scenario");
  out.scenario = bytes(fields, "scenario");
  out.attack_id = bytes(fields, "attack_id");
  out.title = bytes(fields, "title");
  out.severity = bytes(fields, "severity");
  out.null_verdict = bytes(fields, "null_verdict");
  out.contained_by_refusal = fields.boolean("contained_by_refusal").value_or(false);
  out.file = bytes(fields, "file");
  out.target = bytes(fields, "target");
  out.target_file = bytes(fields, "target_file");
  out.lane = bytes(fields, "lane");
  out.era = bytes(fields, "era");
  out.lacks = bytes(fields, "lacks");
  if (const Value value = fields.required("promise")) {
    Fields promise(document_, value, "a promise", problems_);
    if (const Value cancel = promise.any("cancel")) out.promise.cancel = cap(cancel);
    out.promise.hidden = texts(promise, "hidden");
    out.promise.callable = texts(promise, "callable");
    out.promise.callable_rest = promise.boolean("callable_rest").value_or(false);
    out.promise.says = bytes(promise, "says");
  }
  list(fields, "budget", [&](Value value) {
    Fields each(document_, value, "a budget", problems_);
    scenario::Budget budget;
    each.required("effect");
    budget.effect = named(each, "effect", scenario::Effect::ConfigChanged).value_or(budget.effect);
    budget.cap = cap(each.required("cap"));
    out.budget.push_back(std::move(budget));
  });
  if (const Value value = fields.required("traits")) {
    std::string store;
    for (const Value each : value) out.traits.emplace(each.key(), span(each, store));
  }
  if (const Value value = fields.required("policy")) out.policy = policy(value);
  list(fields, "plans", [&](Value value) { plans_.push_back(plan(value)); });
  list(fields, "teeth", [&](Value value) { out.teeth.push_back(run(value)); });
  list(fields, "attack", [&](Value value) { out.attack.push_back(run(value)); });
  if (fields.any("probed"))
    list(fields, "probed", [&](Value value) { out.probed.push_back(run(value)); });
  if (const Value value = fields.required("benign")) out.benign = run(value);
}

}  // namespace

base::Result<std::unique_ptr<Case>> read_case(const std::string& path, std::string_view json) {
  // The document only serves places in messages: nothing in a case views it.
  base::Document document;
  document.path = path;
  document.source = json;
  base::JsonRules rules;
  rules.bytes = document.source.size();
  if (const auto error = base::read_json(document.source, rules, document.tree)) {
    return base::Problems{
        base::problem(path, base::position(document.source, error->offset),
                      "not a case: " + std::string(base::to_string(error->fault)))};
  }
  base::Problems problems;
  auto out = std::make_unique<Case>();
  CaseReader(document, problems).read(document.tree.root(), *out);
  if (base::has_error(problems)) return problems;
  return out;
}

}  // namespace gatecrash::trace
