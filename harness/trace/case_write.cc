// Writing a case. The reader is case_read.cc: a key added here is added there.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/decision/engine.h"
#include "harness/mcp/messages.h"
#include "harness/trace/case.h"

namespace gatecrash::trace {
namespace {

using scenario::Plan;

// Compact JSON with members in the order they are written; `line()` starts a new line where a
// person would want one.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void open(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
  }
  void close(char bracket) {
    out_ += bracket;
    first_ = false;
  }
  void line() { line_ = true; }
  Writer& key(std::string_view name) {
    separate();
    base::write_json_string(name, out_);
    out_ += ':';
    first_ = true;  // the value follows without a comma
    return *this;
  }
  void text(std::string_view text) {
    separate();
    if (base::is_utf8(text)) {
      base::write_json_string(text, out_);
    } else {
      out_ += R"({"base64":")" + base::to_base64(text) + R"("})";
    }
  }
  void number(std::uint64_t number) {
    separate();
    out_ += std::to_string(number);
  }
  void boolean(bool value) {
    separate();
    out_ += value ? "true" : "false";
  }

  void member(std::string_view name, std::string_view value) { key(name).text(value); }
  void member(std::string_view name, std::uint64_t value) { key(name).number(value); }
  // Members that are left out when they say nothing.
  void if_any(std::string_view name, std::string_view value) {
    if (!value.empty()) member(name, value);
  }
  void if_any(std::string_view name, std::uint64_t value) {
    if (value != 0) member(name, value);
  }
  void if_true(std::string_view name, bool value) {
    if (value) key(name).boolean(true);
  }
  void if_any(std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    key(name).open('[');
    for (const std::string& each : values) text(each);
    close(']');
  }
  void place(std::string_view name, base::SourcePos at) {
    if (at == base::SourcePos{}) return;
    key(name).open('[');
    number(at.line);
    number(at.column);
    close(']');
  }

 private:
  void separate() {
    if (!first_) out_ += ',';
    if (line_) out_ += '\n';
    first_ = line_ = false;
  }

  std::string& out_;
  bool first_ = true;
  bool line_ = false;
};

void write(Writer& out, const scenario::Cap& cap) {
  out.open('{');
  out.member("max", cap.max);
  if (cap.per) out.member("per", base::to_string(*cap.per));
  out.if_any("scope", cap.scope);
  out.place("at", cap.at);
  out.close('}');
}

void write(Writer& out, const base::Problems& problems) {
  out.open('[');
  for (const base::Problem& each : problems) {
    out.open('{');
    out.if_any("file", each.file);
    out.place("at", each.at);
    out.member("message", each.message);
    out.if_any("hint", each.hint);
    out.if_any("severity", static_cast<std::uint64_t>(each.severity));
    out.if_any("id", each.id);
    out.close('}');
  }
  out.close(']');
}

void write(Writer& out, const scenario::Step& step) {
  out.line();
  out.open('{');
  out.member("kind", to_string(step.kind));
  if (step.purpose != scenario::Step::Purpose::Harm)
    out.member("purpose", scenario::kStepPurposes[static_cast<std::size_t>(step.purpose)]);
  out.if_any("choice", step.choice);
  out.if_any("tool", step.tool);
  out.if_any("arguments", step.arguments);
  out.if_any("line", step.line);
  out.if_true("unended", step.unended);
  if (step.by.count() != 0) out.member("by", base::to_string(step.by));
  out.if_any("most", step.most);
  out.if_any("as", step.as);
  if (!step.expect.empty() || step.expect.at != base::SourcePos{}) {
    out.key("expect").open('{');
    if (step.expect.outcome == scenario::Expect::Outcome::Allow) out.member("outcome", "allow");
    if (step.expect.outcome == scenario::Expect::Outcome::Deny) out.member("outcome", "deny");
    out.if_any("absent", step.expect.absent);
    out.if_any("present", step.expect.present);
    if (step.expect.like_previous) out.member("like", "previous");
    out.place("at", step.expect.at);
    out.close('}');
  }
  out.place("at", step.at);
  out.if_true("in_target", step.in_target);
  out.close('}');
}

void write(Writer& out, const std::vector<scenario::ExtraTool>& tools) {
  out.key("extra_tools").open('[');
  for (const scenario::ExtraTool& each : tools) {
    out.open('{');
    out.member("name", each.name);
    out.if_any("description", each.description);
    out.member("input_schema", each.input_schema);
    out.if_any("annotations", each.annotations);
    std::vector<std::string> effects;
    for (const scenario::Effect effect : each.effects) effects.emplace_back(to_string(effect));
    out.if_any("effects", effects);
    out.if_any("acts_on", each.acts_on);
    out.if_true("after_rug_pull", each.after_rug_pull);
    out.place("at", each.at);
    out.close('}');
  }
  out.close(']');
}

void write(Writer& out, const Plan& plan) {
  out.line();
  out.open('{');
  out.member("scenario", plan.scenario);
  out.if_any("file", plan.file);
  out.member("kind", to_string(plan.kind));
  out.if_any("variant", plan.variant);
  out.member("seed", plan.seed);
  out.if_any("era", plan.era);
  out.member("start", base::to_string(plan.start));
  out.if_any("mock", plan.mock);
  out.if_any("mock_profile", plan.mock_profile);
  out.if_any("personalities", plan.personalities);
  out.if_any("grant", plan.grant);
  if (!plan.principals.empty()) {
    out.key("principals").open('[');
    for (const scenario::PrincipalSpec& each : plan.principals) {
      out.open('{');
      out.member("name", each.name);
      out.if_any("grant", each.grant);
      out.if_any("tenant", each.tenant);
      out.close('}');
    }
    out.close(']');
  }
  if (!plan.canaries.empty()) {
    out.key("canaries").open('[');
    for (const scenario::Canary& each : plan.canaries) {
      out.open('{');
      out.member("name", each.name);
      out.member("text", each.text);
      out.if_any("of", each.of);
      out.close('}');
    }
    out.close(']');
  }
  if (plan.reloaded_from != nullptr) {
    out.key("reloaded_from").open('{');
    out.if_any("path", plan.reloaded_from->path);
    out.if_any("dialect", plan.reloaded_from->dialect);
    out.member("text", plan.reloaded_from->text);
    if (plan.reloaded_from->lenient_if_refused) out.member("if_refused", "lenient");
    out.place("at", plan.reloaded_from->at);
    out.close('}');
  }
  write(out, plan.extra_tools);
  out.if_true("bare_names", plan.hub.bare_names);
  if (!plan.hub.upstreams.empty()) {
    out.key("upstreams").open('[');
    for (const scenario::UpstreamSpec& each : plan.hub.upstreams) {
      out.open('{');
      out.member("name", each.name);
      out.member("mock", each.mock);
      out.if_any("mock_profile", each.mock_profile);
      out.if_any("personalities", each.personalities);
      write(out, each.extra_tools);
      out.close('}');
    }
    out.close(']');
  }
  out.key("tasks").open('[');
  for (const scenario::TaskSpec& each : plan.world.tasks) {
    out.open('{');
    out.member("id", each.id);
    out.if_any("state", each.state);
    out.if_any("owner", each.owner);
    out.if_any("upstream", each.upstream);
    if (each.work) out.member("work", base::to_string(*each.work));
    out.close('}');
  }
  out.close(']');
  out.if_any("upstream_tools", plan.upstream_tools);
  out.key("steps").open('[');
  for (const scenario::Step& each : plan.steps) write(out, each);
  out.close(']');
  out.line();
  out.key("always").open('[');
  for (const scenario::Invariant& each : plan.always) {
    out.open('{');
    out.member("kind", to_string(each.kind));
    if (each.effect) out.member("effect", to_string(*each.effect));
    write(out.key("cap"), each.cap);
    out.place("at", each.at);
    out.close('}');
  }
  out.close(']');
  out.close('}');
}

// What `detail` means depends on the kind of event; it is written by name.
std::string_view detail_name(const Event& event) {
  switch (event.kind) {
    case EventKind::Received: return to_string(static_cast<mcp::ReplyShape>(event.detail));
    case EventKind::Decided: return to_string(static_cast<decision::Outcome>(event.detail));
    case EventKind::Effected: return to_string(static_cast<scenario::Effect>(event.detail));
    default: return {};
  }
}

std::string hex16(std::uint64_t number) {
  std::array<char, 16> digits{};
  for (std::size_t i = 0; i < digits.size(); ++i) {
    digits[i] = "0123456789abcdef"[number >> (60 - 4 * i) & 0xf];
  }
  return {digits.data(), digits.size()};
}

void write(Writer& out, const Trace& trace) {
  out.open('[');
  for (const Event& event : trace.events()) {
    out.line();
    out.open('{');
    out.member("n", event.number);
    out.member("kind", to_string(event.kind));
    out.if_any("detail", detail_name(event));
    if (event.step != kSetUp) out.member("step", event.step);
    out.if_any("connection", event.connection);
    out.member("at", base::to_string(event.at));
    out.if_any("text", trace.view(event.text));
    out.if_any("more", trace.view(event.more));
    out.if_any("extra", trace.view(event.extra));
    out.place("place", event.place);
    if (event.call != 0) out.member("call", hex16(event.call));
    out.close('}');
  }
  out.close(']');
}

// Runs of one scenario share plans; each plan is written once and named by its index.
class Plans {
 public:
  void add(const Run& run) {
    if (run.plan && index_.emplace(run.plan.get(), plans_.size()).second)
      plans_.push_back(run.plan.get());
  }
  std::size_t index(const Run& run) const { return index_.at(run.plan.get()); }
  const std::vector<const Plan*>& all() const { return plans_; }

 private:
  std::map<const Plan*, std::size_t> index_;
  std::vector<const Plan*> plans_;
};

void write(Writer& out, const Run& run, const Plans& plans) {
  out.line();
  out.open('{');
  out.member("kind", to_string(run.kind));
  if (run.plan) out.member("plan", plans.index(run));
  out.key("complete").boolean(run.complete);
  out.if_any("problem", run.problem);
  out.if_true("disputed", run.disputed);
  out.if_true("unfenced", run.unfenced);
  out.member("digest_before", hex16(run.digest_before));
  out.member("digest_after", hex16(run.digest_after));
  const auto traces = std::array{std::pair{"agent", &run.agent}, std::pair{"gateway", &run.gateway},
                                 std::pair{"ledger", &run.ledger}};
  for (const auto& [name, trace] : traces) {
    out.line();
    write(out.key(name), *trace);
  }
  out.line();
  out.key("ends").open('{');
  for (const auto& [name, trace] : traces) {
    if (!trace->end()) continue;
    out.key(name).open('{');
    out.member("events", trace->end()->events);
    out.member("digest", hex16(trace->end()->digest));
    out.close('}');
  }
  out.close('}');
  out.close('}');
}

void write(Writer& out, const PolicyUse& policy) {
  out.open('{');
  out.if_any("file", policy.file);
  out.if_any("dialect", policy.dialect);
  out.member("text", policy.text);
  out.if_any("content_hash", policy.content_hash);
  // How the text is to be read again.
  out.member("meaning", !policy.meaning ? "none" : policy.meaning->lenient ? "lenient" : "strict");
  out.if_true("stands_in", policy.stands_in);
  write(out.key("refused"), policy.refused);
  write(out.key("gateway_problems"), policy.gateway_problems);
  out.close('}');
}

}  // namespace

std::string write_case(const Case& the_case) {
  std::string text;
  Writer out(text);
  Plans plans;
  for (const Run& each : the_case.teeth) plans.add(each);
  for (const Run& each : the_case.attack) plans.add(each);
  for (const Run& each : the_case.probed) plans.add(each);
  plans.add(the_case.benign);

  out.open('{');
  out.member("case", 2);
  out.line();
  out.member("scenario", the_case.scenario);
  out.if_any("attack_id", the_case.attack_id);
  out.if_any("title", the_case.title);
  out.if_any("severity", the_case.severity);
  out.if_any("null_verdict", the_case.null_verdict);
  out.if_true("contained_by_refusal", the_case.contained_by_refusal);
  out.if_any("file", the_case.file);
  out.if_any("target", the_case.target);
  out.if_any("target_file", the_case.target_file);
  out.if_any("lane", the_case.lane);
  out.if_any("era", the_case.era);
  out.if_any("lacks", the_case.lacks);
  out.line();
  out.key("promise").open('{');
  if (the_case.promise.cancel) write(out.key("cancel"), *the_case.promise.cancel);
  out.if_any("hidden", the_case.promise.hidden);
  out.if_any("callable", the_case.promise.callable);
  out.if_true("callable_rest", the_case.promise.callable_rest);
  out.if_any("says", the_case.promise.says);
  out.close('}');
  out.line();
  out.key("budget").open('[');
  for (const scenario::Budget& each : the_case.budget) {
    out.open('{');
    out.member("effect", to_string(each.effect));
    write(out.key("cap"), each.cap);
    out.close('}');
  }
  out.close(']');
  out.line();
  out.key("traits").open('{');
  for (const auto& [name, value] : the_case.traits) out.member(name, value);
  out.close('}');
  out.line();
  write(out.key("policy"), the_case.policy);
  out.line();
  out.key("plans").open('[');
  for (const Plan* each : plans.all()) write(out, *each);
  out.close(']');
  for (const auto& [name, runs] :
       {std::pair{"teeth", &the_case.teeth}, std::pair{"attack", &the_case.attack},
        std::pair{"probed", &the_case.probed}}) {
    out.line();
    out.key(name).open('[');
    for (const Run& each : *runs) write(out, each, plans);
    out.close(']');
  }
  out.line();
  write(out.key("benign"), the_case.benign, plans);
  out.close('}');
  text += '\n';
  return text;
}

}  // namespace gatecrash::trace
