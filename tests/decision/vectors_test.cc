// Runs every file of tests/vectors through the loader and the engine. The format is in its README.
#include "tests/support/catch.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/document.h"
#include "harness/base/json.h"
#include "harness/decision/counters.h"
#include "harness/decision/engine.h"
#include "tests/support/paths.h"

using namespace gatecrash;
using base::Value;
using decision::Engine;

namespace {

std::vector<std::string> vector_files() {
  std::vector<std::string> files;
  for (const auto& each : std::filesystem::directory_iterator(test::source_path("tests/vectors"))) {
    if (each.path().extension() == ".json") files.push_back(each.path().string());
  }
  std::ranges::sort(files);
  return files;
}

policy::Loaded load(Value vector, policy::Dialect dialect) {
  const policy::LoadOptions options{.dialect = dialect,
                                    .lenient = vector.find("lenient").is_true()};
  if (const Value file = vector.find("policy_file"); file) {
    return policy::load_file(test::source_path(std::string(file.text())), options);
  }
  const std::string name = dialect == policy::Dialect::PolicyLayer ? "policy.json" : "policy.yaml";
  if (const Value text = vector.find("policy_text"); text) {
    return policy::load_text(name, std::string(text.text()), options);
  }
  if (const Value condition = vector.find("condition"); condition) {
    std::string text =
        R"({"version":"1","tools":{"t":{"rules":[{"name":"r","conditions":[{"path":"args.x","op":)";
    text += base::to_json(condition.find("op")) +
            ",\"value\":" + base::to_json(condition.find("value")) + "}]}]}}}";
    return policy::load_text("policy.json", std::move(text), options);
  }
  return policy::load_text(name, base::to_json(vector.find("policy")), options);
}

void check_problems(const policy::Loaded& loaded, Value expected) {
  const std::string all = base::to_string(loaded.problems);
  for (const Value each : expected) {
    INFO("problems:\n" << all);
    CHECK(all.find(each.text()) != std::string::npos);
  }
  for (const base::Problem& each : loaded.problems) CHECK(each.at.line != 0);
}

class Runner {
 public:
  Runner(std::shared_ptr<const policy::Policy> policy, const decision::Semantics& semantics)
      : counters_(decision::make_memory_counters()),
        engine_(std::move(policy), semantics, *counters_) {}

  Engine& engine() { return engine_; }

  void call(Value line) {
    if (const Value at = line.find("at"); at) now_ = base::parse_instant(at.text()).value();
    std::uint64_t times = 1;
    if (const Value repeat = line.find("repeat"); repeat)
      times = std::stoull(std::string(repeat.text()));
    const Value advance = line.find("advance");
    for (std::uint64_t i = 0; i < times; ++i) {
      INFO("call " << i + 1 << " of " << times << ": " << base::to_json(line));
      if (advance && (i == 0 || line.find("advance_each").is_true())) {
        now_ += base::parse_duration(advance.text()).value();
      }
      if (line.find("operator"))
        operate(line);
      else
        decide(line);
    }
  }

 private:
  void operate(Value line) {
    INFO(base::to_json(line));
    const std::string_view verb = line.find("operator").text();
    const bool ok = verb == "approve" ? engine_.approve(approval_, now_)
                    : verb == "deny"  ? engine_.deny(approval_, now_)
                                      : engine_.expire(approval_);
    CHECK(ok == (!line.find("ok") || line.find("ok").is_true()));
  }

  void decide(Value line) {
    const decision::Ruling ruling =
        engine_.decide({.tool = line.find("tool").text(),
                        .arguments = line.find("args"),
                        .caller = {.grant = line.find("principal").text(),
                                   .principal = line.find("principal").text(),
                                   .session = line.find("session").text()},
                        .at = now_});
    const Value expect = line.find("expect");
    CHECK(decision::to_string(ruling.outcome) == expect.find("decision").text());
    if (const Value rule = expect.find("rule"); rule) {
      CHECK(ruling.rule == (rule.is_null() ? std::string_view() : rule.text()));
    }
    if (const Value message = expect.find("message"); message)
      CHECK(ruling.message == message.text());
    if (const Value row = expect.find("line"); row)
      CHECK(std::to_string(ruling.at.line) == row.text());
    if (ruling.outcome == decision::Outcome::Hold) approval_ = ruling.approval;
    if (ruling.ticket == 0) return;
    const std::string_view upstream = line.find("upstream").text();
    engine_.settle(ruling.ticket,
                   upstream == "rpc_error"    ? decision::CallResult::RpcError
                   : upstream == "tool_error" ? decision::CallResult::ToolError
                                              : decision::CallResult::Ok,
                   now_);
  }

  std::unique_ptr<decision::CounterStore> counters_;
  Engine engine_;
  base::Instant now_ = base::default_start();
  std::string approval_ = "none";
};

void run(Value vector, std::string_view semantics) {
  const auto dialect = policy::parse_dialect(vector.find("dialect") ? vector.find("dialect").text()
                                             : vector.find("condition") ? "intercept"
                                                                        : "policylayer");
  REQUIRE(dialect);
  const policy::Loaded loaded = load(vector, *dialect);
  if (const Value refused = vector.find("refused"); refused) {
    CHECK(loaded.policy == nullptr);
    check_problems(loaded, refused);
    return;
  }
  INFO(base::to_string(loaded.problems));
  REQUIRE(loaded.policy != nullptr);
  if (const Value warned = vector.find("warned"); warned) check_problems(loaded, warned);
  Runner runner(loaded.policy, decision::find_semantics(semantics).value());
  if (const Value expected = vector.find(semantics); expected) {
    const auto ruling = runner.engine().decide({.tool = "t", .arguments = vector.find("args")});
    CHECK(decision::to_string(ruling.outcome) == expected.text());
  }
  for (const Value each : vector.find("calls")) runner.call(each);
  for (const Value each : vector.find("visible")) {
    INFO(each.key());
    CHECK(runner.engine().visible(each.key()) == each.is_true());
  }
}

}  // namespace

TEST_CASE("every hand-written vector gives the decision its document states", "[vectors]") {
  std::size_t count = 0;
  for (const std::string& file : vector_files()) {
    base::Document document;
    const auto parsed = base::load_document(file, document);
    INFO((parsed.has_value() ? std::string() : base::to_string(parsed.error())));
    REQUIRE(parsed.has_value());
    for (const Value vector : document.tree.root()) {
      INFO(file << ":" << document.place(vector).line << ": " << vector.find("name").text());
      ++count;
      CHECK(!vector.find("cites").text().empty());
      const std::string_view wanted = vector.find("semantics").text();
      for (const std::string_view semantics : decision::semantics_names()) {
        if (!wanted.empty() && wanted != "both" && wanted != semantics) continue;
        INFO("semantics: " << semantics);
        run(vector, semantics);
      }
    }
  }
  CHECK(count >= 190);
}
