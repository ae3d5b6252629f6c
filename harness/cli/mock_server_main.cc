// The program `mock-server`: one of the mocks as an MCP server on stdin and stdout. Joins the
// parts; the work is in mock_servers.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/text.h"
#include "harness/cli/options.h"
#include "harness/cli/pack.h"
#include "harness/cli/verb.h"
#include "harness/scenario/target.h"
#include "harness/scenario/world.h"
#include "harness/transport/child_process.h"
#include "mock_servers/serve.h"
#include "mock_servers/words.h"

namespace gatecrash::cli {
namespace {

constexpr const char* kExamples =
    "examples:\n"
    "  mock-server binassist                               speak MCP on stdin and stdout\n"
    "  mock-server codex_worker --ledger ledger.jsonl      and write down what really happened\n"
    "  mock-server openaaas --list-tools\n"
    "  mock-server allcanuse --state world.yaml            where it says  tasks: {t-1: running, "
    "t-2: {state: paused}}\n"
    "  mock-server --target scenarios/targets/taobao_published.yaml   a target's mock in the "
    "target's world\n"
    "  mock-server generic --fault 'slow 2s'               a server that takes its time (`replay "
    "list faults`)\n"
    "  policy-gateway --policy policy.json -- mock-server allcanuse\n"
    "\n"
    "It changes a modelled world and nothing else: nothing is executed, opened or sent.\n";

class SystemClock final : public base::Clock {
 public:
  base::Instant now() const override {
    return std::chrono::time_point_cast<base::Duration>(std::chrono::system_clock::now());
  }
};

// The ledger as JSON lines: what arrived, how it was read, what changed, what was answered.
void write_ledger(const trace::Trace& ledger, std::ostream& out) {
  std::string line;
  for (const trace::Event& each : ledger.events()) {
    line = "{\"at\":";
    base::write_json_string(base::to_string(each.at), line);
    line += ",\"connection\":" + std::to_string(each.connection) + ",\"event\":";
    base::write_json_string(to_string(each.kind), line);
    if (each.kind == trace::EventKind::Effected) {
      line += ",\"effect\":";
      base::write_json_string(to_string(static_cast<scenario::Effect>(each.detail)), line);
    }
    const std::string_view text = ledger.view(each.text);
    line += base::is_utf8(text) ? ",\"text\":" : ",\"base64\":";
    base::write_json_string(base::is_utf8(text) ? std::string(text) : base::to_base64(text), line);
    if (each.more.size > 0) {
      line += ",\"more\":";
      base::write_json_string(ledger.view(each.more), line);
    }
    out << line << "}\n";
  }
  out.flush();
}

int list_tools(const std::string& mock, const mock_servers::MockOptions& options) {
  const auto tools = mock_servers::served_tools(mock, options);
  if (!tools) {
    std::cerr << base::to_string(tools.error());
    return kUsage;
  }
  for (const mock_servers::ServedTool& each : *tools) {
    std::cout << each.name << (each.synthetic ? "  (synthetic)" : "") << "\n    "
              << each.description << "\n    " << each.input_schema << "\n";
  }
  return kOk;
}

int complain(const std::string& text) {
  std::cerr << "mock-server: " << text << "\n";
  return kUsage;
}

// What the user said about which mock, in which world.
struct Wanted {
  std::string mock;
  std::string target_file;
  std::string state_file;
  std::uint32_t tasks = 3;
};

// A target file says everything: mock, profile, personalities, world, extra tools.
base::Result<void> use_target(const Wanted& wanted, mock_servers::Order& order) {
  const auto target = load_target(wanted.target_file);
  if (!target) return target.error();
  order.mock = (*target)->mock;
  if (!wanted.mock.empty() && wanted.mock != order.mock) {
    return base::Problems{base::problem(
        (*target)->path, {},
        "is about the mock " + base::quoted(order.mock) + ", not " + base::quoted(wanted.mock))};
  }
  if (order.options.profile.empty()) order.options.profile = (*target)->mock_profile;
  const auto& said = (*target)->personalities;
  order.options.personalities.insert(order.options.personalities.begin(), said.begin(), said.end());
  order.options.extra_tools = (*target)->extra_tools;
  order.world = scenario::make_world(**target, 0, std::nullopt);
  return {};
}

base::Result<void> use_state(const Wanted& wanted, mock_servers::Order& order) {
  auto world = scenario::load_world(wanted.state_file);
  if (!world) return world.error();
  base::Problems problems = mock_servers::unknown_states(*world->document, wanted.mock);
  if (!problems.empty()) return problems;
  world->target.mock = wanted.mock;
  order.world = scenario::make_world(world->target, 0, std::nullopt);
  return {};
}

base::Result<void> prepare(const Wanted& wanted, mock_servers::Order& order) {
  if (!wanted.target_file.empty()) return use_target(wanted, order);
  if (mock_servers::find_mock(wanted.mock) == nullptr) {
    std::vector<std::string_view> names;
    for (const mock_servers::MockEntry& each : mock_servers::mocks()) names.push_back(each.name);
    return base::Problems{base::problem("", {}, "there is no mock " + base::quoted(wanted.mock),
                                        base::did_you_mean(wanted.mock, names))};
  }
  order.mock = wanted.mock;
  if (!wanted.state_file.empty()) return use_state(wanted, order);
  for (std::uint32_t i = 0; i < wanted.tasks; ++i) {
    order.world.tasks.push_back(
        {.id = "task-" + std::to_string(i + 1), .state = {}, .owner = {}, .work = {}});
  }
  return {};
}

int main_(int argc, char** argv) {
  std::string footer = "mocks:\n";
  for (const mock_servers::MockEntry& entry : mock_servers::mocks()) {
    footer += "  " + std::string(entry.name) +
              std::string(entry.name.size() < 14 ? 14 - entry.name.size() : 1, ' ') +
              std::string(entry.summary) + "\n";
  }
  footer += "\n";
  footer += kExamples;
  mock_servers::ServeOptions options;
  Wanted wanted;
  std::string ledger_file, attach_to;
  std::vector<std::string> faults;
  bool list = false;
  const CommandLine command{
      .program = "mock-server",
      .summary = "Serves one of the mock MCP servers over stdio.",
      .options =
          {{"MOCK", &wanted.mock, "which mock"},
           {"--profile", &options.order.options.profile,
            "which of its surfaces (default: its own)"},
           {"--personality",
            &options.order.options.personalities,
            "leniencies, comma-separated (`replay list personalities`)",
            {.separator = ','}},
           {"--fault", &faults,
            "a fault from the start, repeatable: \"slow 2s\", \"rug-pull after 3 calls\" (`replay "
            "list faults`)"},
           {"--target", &wanted.target_file, "mock, world and extra tools of this target file"},
           {"--state",
            &wanted.state_file,
            "the world to begin with: a file with `tasks`, `ids`, `states`, `work`, as in a "
            "target's `world`",
            {.excludes = {"--target"}}},
           {"--tasks",
            &wanted.tasks,
            "running tasks in the world at the start, if no file says more",
            {.show_default = true,
             .range = Range{0, 1'000'000},
             .excludes = {"--target", "--state"}}},
           {"--ledger", &ledger_file, "append what happens here, one JSON object a line"},
           {"--list-tools", &list, "print the tools and end"},
           {"--attach", &attach_to,
            "join stdin and stdout to the mock that listens at this address"},
           {"--listen", &options.listen,
            "serve the clients of this Unix socket instead of stdin and stdout"},
           {"--control", &options.control, "control socket of the harness"}},
      .footer = footer};
  if (const auto ended = read_options(command, argc, argv)) return *ended;
  // Under a harness: gone with it, even if it is killed with -9.
  if (!options.control.empty() && !transport::die_with_parent(::getppid())) return kInternal;
  if (!attach_to.empty()) {
    return mock_servers::attach(attach_to)
               ? kOk
               : complain("nobody listens at " + base::quoted(attach_to));
  }

  if (!wanted.mock.empty() || !wanted.target_file.empty()) {
    if (const auto ready = prepare(wanted, options.order); !ready) {
      std::cerr << base::to_string(ready.error());
      return kUsage;
    }
  } else if (options.control.empty()) {
    return complain("which mock? (try `mock-server --help`)");
  }
  for (const std::string& each : faults) {
    const auto fault = mock_servers::parse_fault(each);
    if (!fault) return complain(base::to_string(fault.error().front()));
    options.faults.push_back(*fault);
  }
  if (list) return list_tools(options.order.mock, options.order.options);

  std::ofstream ledger;
  if (!ledger_file.empty()) {
    ledger.open(ledger_file, std::ios::app);
    if (!ledger) return complain("cannot write " + base::quoted(ledger_file));
    options.on_ledger = [&](const trace::Trace& recorded) { write_ledger(recorded, ledger); };
  }
  const SystemClock clock;
  if (const auto served = mock_servers::serve(options, clock); !served) {
    std::cerr << base::to_string(served.error());
    return kUsage;
  }
  return kOk;
}

}  // namespace
}  // namespace gatecrash::cli

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return gatecrash::cli::main_(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "mock-server: internal error: " << error.what() << "\n";
    return gatecrash::cli::kInternal;
  }
}
