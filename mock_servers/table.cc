// The visible table of mocks: one line per server.
#include <algorithm>

#include "harness/base/text.h"
#include "mock_servers/allcanuse/allcanuse.h"
#include "mock_servers/binassist/binassist.h"
#include "mock_servers/codex_worker/codex_worker.h"
#include "mock_servers/generic/generic.h"
#include "mock_servers/header_frames.h"
#include "mock_servers/hub.h"
#include "mock_servers/mock.h"
#include "mock_servers/openaaas/openaaas.h"
#include "mock_servers/server.h"
#include "mock_servers/taobao/taobao.h"

namespace gatecrash::mock_servers {
namespace {

using MakeBehaviour = std::unique_ptr<Behaviour> (*)(std::size_t profile);

MakeBehaviour behaviour_of(std::string_view mock);

}  // namespace

base::Result<std::unique_ptr<Server>> make_server(std::string_view mock, const MockOptions& options,
                                                  std::string_view prefix) {
  const MockEntry* const entry = find_mock(mock);
  if (entry == nullptr)
    return base::Problems{base::problem({}, {}, "unknown mock " + base::quoted(mock))};
  std::size_t profile = 0;
  base::Problems problems;
  if (!options.profile.empty()) {
    const auto known = std::ranges::find(entry->profiles, options.profile);
    profile = static_cast<std::size_t>(known - entry->profiles.begin());
    if (known == entry->profiles.end()) {
      problems.push_back(base::problem(
          {}, {}, "mock " + base::quoted(mock) + " has no profile " + base::quoted(options.profile),
          base::did_you_mean(options.profile, entry->profiles)));
    }
  }
  base::Result<Personality> personality = Personality::make(options.personalities);
  if (!personality) {
    const base::Problems& more = personality.error();
    problems.insert(problems.end(), more.begin(), more.end());
  }
  if (!problems.empty()) return problems;
  return std::make_unique<Server>(behaviour_of(mock)(profile), *personality, options.extra_tools,
                                  prefix);
}

namespace {

struct Row {
  MockEntry entry;
  MakeBehaviour behaviour;
};

template <const char* kName>
base::Result<std::unique_ptr<Mock>> make(const MockOptions& options) {
  base::Result<std::unique_ptr<Server>> server = make_server(kName, options);
  if (!server) return server.error();
  const bool header_frames = (*server)->surface().header_frames;
  std::unique_ptr<Mock> mock(std::move(*server));
  if (header_frames) mock = std::make_unique<HeaderFrames>(std::move(mock));
  return mock;
}

constexpr char kOpenaaas[] = "openaaas";
constexpr char kCodexWorker[] = "codex_worker";
constexpr char kTaobao[] = "taobao";
constexpr char kAllcanuse[] = "allcanuse";
constexpr char kBinassist[] = "binassist";
constexpr char kGeneric[] = "generic";

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {{kOpenaaas,
        "Openaaas MCP adapter",
        "remote agents: a running task is only cancelled once its agent agrees",
        {"as-served", "as-catalogued", "agents-offline"},
        make<kOpenaaas>},
       make_openaaas},
      {{kCodexWorker,
        "Mcp Codex Worker",
        "coding agents: cancels one id or many, never fails",
        {"default"},
        make<kCodexWorker>},
       make_codex_worker},
      {{kTaobao,
        "TaobaoScraper MCP Server",
        "scraping queue with one worker; mostly synthetic",
        {"default"},
        make<kTaobao>},
       make_taobao},
      {{kAllcanuse,
        "Allcanuse",
        "workstation: cancelling what is over returns it unchanged",
        {"full", "codex"},
        make<kAllcanuse>},
       make_allcanuse},
      {{kBinassist,
        "BinAssistMCP",
        "reverse engineering: a cancel flips the label, work goes on",
        {"default", "slow", "candidates"},
        make<kBinassist>},
       make_binassist},
      {{kGeneric,
        "generic",
        "a plain task table and extra tools as data",
        {"default", "paged"},
        make<kGeneric>},
       make_generic},
  };
  return table;
}

MakeBehaviour behaviour_of(std::string_view mock) {
  for (const Row& each : rows()) {
    if (each.entry.name == mock) return each.behaviour;
  }
  return nullptr;
}

}  // namespace

const std::vector<MockEntry>& mocks() {
  static const std::vector<MockEntry> entries = [] {
    std::vector<MockEntry> list;
    for (const Row& each : rows()) list.push_back(each.entry);
    return list;
  }();
  return entries;
}

const MockEntry* find_mock(std::string_view name) {
  const auto entry = std::ranges::find(mocks(), name, &MockEntry::name);
  return entry == mocks().end() ? nullptr : &*entry;
}

base::Result<std::unique_ptr<Mock>> make_mock(std::string_view name, const MockOptions& options) {
  if (name == scenario::kHubName) return make_hub(options);
  const MockEntry* const entry = find_mock(name);
  if (entry == nullptr)
    return base::Problems{base::problem({}, {}, "unknown mock " + base::quoted(name))};
  return entry->make(options);
}

base::Result<std::vector<ServedTool>> served_tools(std::string_view mock,
                                                   const MockOptions& options) {
  base::Result<std::unique_ptr<Server>> server = make_server(mock, options);
  if (!server) return server.error();
  return (*server)->served();
}

std::vector<std::string_view> task_states(std::string_view mock) {
  const MakeBehaviour behaviour = behaviour_of(mock);
  std::vector<std::string_view> names;
  if (behaviour == nullptr) return names;
  const std::unique_ptr<Behaviour> made = behaviour(0);
  for (const StateInfo& each : made->surface().states.states) names.push_back(each.name);
  return names;
}

}  // namespace gatecrash::mock_servers
