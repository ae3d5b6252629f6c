#include "tests/support/model_compare.h"

#include "harness/base/json.h"
#include "harness/decision/engine.h"
#include "tests/support/naive_model.h"

namespace gatecrash::test {
namespace {

std::string verdict(const std::string& rule) {
  return rule.empty() ? "allows" : "denies by " + rule;
}

// One line for `replay decide`, and what became of it.
std::string told(const ModelStep& step, const std::string& engine, const std::string& model) {
  std::string text = "{\"tool\":";
  base::write_json_string(step.tool, text);
  text += ",\"args\":" + step.arguments + ",\"at\":\"" +
          base::to_string(base::Instant{std::chrono::microseconds{step.at}}) +
          "\",\"principal\":\"" + step.grant + "\"" +
          (step.rpc_error ? ",\"upstream\":\"rpc_error\"" : "") + "}\n";
  if (step.took != 0)
    text += "  the upstream takes " + base::to_string(std::chrono::microseconds{step.took}) + "\n";
  return text + "  engine " + verdict(engine) + ", model " + verdict(model) + "\n";
}

void count(const decision::Ruling& ruling, Answered& answered) {
  const bool limit = ruling.rule.find("/limits/") != std::string_view::npos ||
                     ruling.message.starts_with("Rate limit");
  if (ruling.outcome == decision::Outcome::Allow)
    ++answered.allowed;
  else if (ruling.rule.starts_with('('))
    ++answered.by_name;
  else if (limit)
    ++answered.by_limit;
  else
    ++answered.by_rule;
}

}  // namespace

std::optional<std::string> difference(const ModelCase& one, bool hardened,
                                      const EngineChange& change, Answered& answered) {
  const auto dialect = one.policylayer ? policy::Dialect::PolicyLayer : policy::Dialect::Intercept;
  const auto loaded = policy::load_text("p.json", one.policy, {.dialect = dialect});
  if (!loaded.policy)
    return "does not load: " + one.policy + "\n" + base::to_string(loaded.problems);
  auto changed = std::make_shared<policy::Policy>(*loaded.policy);
  if (change.policy) change.policy(*changed);
  decision::Semantics semantics = hardened ? decision::hardened() : decision::intercept_1_1();
  if (change.semantics) change.semantics(semantics);
  const auto store = change.store();
  decision::Engine engine(changed, semantics, *store);
  base::Tree tree, arguments;
  base::read_json(one.policy, {}, tree);
  for (const std::vector<ModelStep>& sequence : one.sequences) {
    engine.reset();
    NaiveModel model{tree.root(), one.policylayer, hardened};
    std::string story;
    for (const ModelStep& step : sequence) {
      if (base::read_json(step.arguments, {}, arguments)) return "no JSON: " + step.arguments;
      const std::string tool = change.tool ? change.tool(step.tool) : step.tool;
      const decision::Ruling ruling =
          engine.decide({.tool = tool,
                         .arguments = arguments.root(),
                         .caller = {.grant = step.grant},
                         .at = base::Instant{std::chrono::microseconds{step.at}}});
      count(ruling, answered);
      const std::string got(ruling.outcome == decision::Outcome::Allow ? std::string_view{}
                                                                       : ruling.rule);
      const std::string expected = model.decide(step.tool, arguments.root(), step.grant, step.at);
      story += told(step, got, expected);
      if (got != expected) {
        return (hardened ? "hardened, " : "intercept_1_1, ") + std::string(to_string(dialect)) +
               "\n" + one.policy + "\n" + story;
      }
      if (!got.empty()) continue;
      const std::int64_t done = step.at + step.took;
      if (ruling.ticket != 0) {
        engine.settle(ruling.ticket,
                      step.rpc_error ? decision::CallResult::RpcError : decision::CallResult::Ok,
                      base::Instant{std::chrono::microseconds{done}});
        answered.refunds += step.rpc_error ? 1 : 0;
      }
      model.finish(step.rpc_error, done);
    }
  }
  return std::nullopt;
}

}  // namespace gatecrash::test
