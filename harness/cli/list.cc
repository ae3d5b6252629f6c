// `replay list`: what there is, as a table, markdown or JSON.
#include <algorithm>
#include <functional>
#include <iostream>

#include <nlohmann/json.hpp>

#include "harness/base/text.h"
#include "harness/cli/options.h"
#include "harness/cli/pack.h"
#include "harness/cli/problem_formats.h"
#include "harness/cli/verb.h"
#include "harness/gateway/defences.h"
#include "harness/gateway/gateway.h"
#include "harness/gateway/operator.h"
#include "harness/oracle/oracle.h"
#include "harness/policy/lint.h"
#include "mock_servers/mock.h"
#include "reports/report.h"

namespace gatecrash::cli {
namespace {

struct Table {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

std::string joined(const std::vector<std::string>& parts) {
  return base::join(parts, " ");
}

Table attacks(const scenario::Pack& pack) {
  Table table{
      "attacks", {"attack", "id", "status", "severity", "title", "tags", "targets", "run"}, {}};
  for (const auto& each : pack.attacks) {
    if (each->everyday) continue;
    const std::string why_not = not_run(*each);
    const auto fitting = std::ranges::count_if(
        pack.targets, [&](const auto& target) { return fits(*each, *target); });
    table.rows.push_back({each->info.id, each->id, std::string(to_string(each->info.status)),
                          each->info.severity, each->title, joined(each->info.tags),
                          each->own_target ? "its own" : std::to_string(fitting),
                          why_not.empty() ? "yes" : why_not});
  }
  return table;
}

Table everyday(const scenario::Pack& pack) {
  Table table{"everyday", {"id", "title", "tags"}, {}};
  for (const auto& each : pack.attacks) {
    if (each->everyday) table.rows.push_back({each->id, each->title, joined(each->info.tags)});
  }
  return table;
}

Table targets(const scenario::Pack& pack) {
  Table table{"targets", {"id", "mock", "policy", "promise", "fits"}, {}};
  for (const auto& each : pack.targets) {
    const auto fitting = std::ranges::count_if(pack.attacks, [&](const auto& attack) {
      return !attack->own_target && !attack->everyday && fits(*attack, *each);
    });
    std::string promise;
    if (const auto& cancel = each->promise.cancel) {
      promise = "cancel max " + std::to_string(cancel->max);
      if (cancel->per) promise += " per " + base::to_string(*cancel->per);
    }
    table.rows.push_back(
        {each->id, each->mock, each->policy.file, promise, std::to_string(fitting) + " attacks"});
  }
  return table;
}

Table scenarios(const scenario::Pack& pack) {
  Table table{"scenarios", {"id", "attack", "target", "file"}, {}};
  for (const auto& attack : pack.attacks) {
    if (attack->own_target) {
      table.rows.push_back({attack->id, attack->info.id, attack->own_target->id, attack->path});
      continue;
    }
    for (const auto& target : pack.targets) {
      if (!fits(*attack, *target)) continue;
      table.rows.push_back(
          {attack->id + "@" + target->id, attack->info.id, target->id, attack->path});
    }
  }
  std::ranges::sort(table.rows);
  return table;
}

Table mocks(const scenario::Pack&) {
  Table table{"mocks", {"name", "system", "profiles", "tools", "synthetic", "summary"}, {}};
  for (const mock_servers::MockEntry& each : mock_servers::mocks()) {
    std::vector<std::string> profiles(each.profiles.begin(), each.profiles.end());
    std::string tools = "?", synthetic = "?";
    if (const auto served = mock_servers::served_tools(each.name, {})) {
      tools = std::to_string(served->size());
      synthetic =
          std::to_string(std::ranges::count(*served, true, &mock_servers::ServedTool::synthetic));
    }
    table.rows.push_back({std::string(each.name), std::string(each.system), joined(profiles), tools,
                          synthetic, std::string(each.summary)});
  }
  return table;
}

Table oracles(const scenario::Pack&) {
  Table table{"oracles", {"name", "judges", "claim"}, {}};
  for (const oracle::OracleEntry& each : oracle::oracles()) {
    table.rows.push_back(
        {std::string(each.name), std::string(to_string(each.part)), std::string(each.claim)});
  }
  return table;
}

Table defences(const scenario::Pack&) {
  Table table{"defences", {"name", "what the reference gateway, or a policy it reads, does"}, {}};
  for (const gateway::DefenceEntry& each : gateway::defences()) {
    table.rows.push_back({std::string(each.name), std::string(each.defence)});
  }
  return table;
}

Table gateways(const scenario::Pack&) {
  Table table{"gateways", {"name", "control", "summary"}, {}};
  for (const gateway::GatewayEntry& each : gateway::gateways()) {
    table.rows.push_back(
        {std::string(each.name), each.control ? "yes" : "no", std::string(each.summary)});
  }
  return table;
}

Table personalities(const scenario::Pack&) {
  Table table{"personalities", {"name", "what a mock with it does"}, {}};
  for (const mock_servers::PersonalityEntry& each : mock_servers::personalities()) {
    table.rows.push_back({std::string(each.name), std::string(each.summary)});
  }
  return table;
}

Table faults(const scenario::Pack&) {
  Table table{"faults", {"words", "what the upstream does from then on"}, {}};
  for (const mock_servers::FaultEntry& each : mock_servers::faults()) {
    table.rows.push_back({std::string(each.words), std::string(each.summary)});
  }
  return table;
}

Table operator_words(const scenario::Pack&) {
  Table table{"operator", {"words", "what it does", "step"}, {}};
  for (const gateway::OperatorEntry& each : gateway::operator_words()) {
    table.rows.push_back(
        {std::string(each.words), std::string(each.summary), each.fault ? "fault" : "operator"});
  }
  return table;
}

Table lints(const scenario::Pack&) {
  Table table{"lints", {"id", "severity", "needs --target", "about"}, {}};
  for (const policy::LintEntry& each : policy::lint_entries()) {
    table.rows.push_back({std::string(each.id),
                          each.severity == base::Severity::Error ? "error" : "warning",
                          each.needs_server ? "yes" : "no", std::string(each.about)});
  }
  return table;
}

Table report_formats(const scenario::Pack&) {
  Table table{"reports", {"name", "file"}, {}};
  for (const reports::Writer& each : reports::writers()) {
    table.rows.push_back({std::string(each.name), "*" + std::string(each.extension)});
  }
  return table;
}

struct Listing {
  std::string_view name;
  Table (*make)(const scenario::Pack& pack);
};
constexpr Listing kListings[] = {
    {"attacks", attacks},
    {"everyday", everyday},
    {"targets", targets},
    {"scenarios", scenarios},
    {"mocks", mocks},
    {"oracles", oracles},
    {"gateways", gateways},
    {"defences", defences},
    {"personalities", personalities},
    {"faults", faults},
    {"operator", operator_words},
    {"lints", lints},
    {"reports", report_formats},
};

// Columns are padded by code points, which is right for everything but wide characters.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

void print_text(const Table& table) {
  std::vector<std::size_t> widths;
  for (const std::string& each : table.columns) widths.push_back(width(each));
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  const auto print_row = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width(row[i]) + 2, ' ');
    }
    std::cout << "  " << line << "\n";
  };
  std::cout << table.name << " (" << table.rows.size() << ")\n";
  print_row(table.columns);
  for (const auto& row : table.rows) print_row(row);
  std::cout << "\n";
}

void print_markdown(const Table& table) {
  const auto print_row = [](const std::vector<std::string>& row) {
    std::string line = "|";
    for (const std::string& cell : row) {
      line += " ";
      for (const char c : cell) line += c == '|' ? std::string("\\|") : std::string(1, c);
      line += " |";
    }
    std::cout << line << "\n";
  };
  print_row(table.columns);
  print_row(std::vector<std::string>(table.columns.size(), "---"));
  for (const auto& row : table.rows) print_row(row);
  std::cout << "\n";
}

void print_json(const std::vector<Table>& tables) {
  nlohmann::ordered_json json;
  for (const Table& table : tables) {
    json[table.name] = nlohmann::ordered_json::array();
    for (const auto& row : table.rows) {
      nlohmann::ordered_json item;
      for (std::size_t i = 0; i < row.size(); ++i) item[table.columns[i]] = row[i];
      json[table.name].push_back(std::move(item));
    }
  }
  std::cout << json.dump(2) << "\n";
}

}  // namespace

int list_main(int argc, char** argv) {
  std::vector<std::string> words;
  std::string format = "text";
  bool json = false;
  const CommandLine command{
      .program = "replay list",
      .summary = "Lists what there is.",
      .options = {{"WHAT", &words,
                   "attacks everyday targets scenarios mocks oracles gateways defences "
                   "personalities faults operator lints reports; then PATHs"},
                  {"--format", &format, "text, md or json", {.one_of = {"text", "md", "json"}}},
                  {"--json", &json, "short for --format json"},
                  all_problems_option()},
      .footer =
          "examples:\n  replay list\n  replay list attacks --format md\n"
          "  replay list targets mine.yaml --json\n"};
  if (const auto ended = read_options(command, argc, argv)) return *ended;
  if (json) format = "json";

  std::vector<std::string> paths;
  std::vector<std::string_view> wanted;
  for (const std::string& word : words) {
    const auto known = std::ranges::find(kListings, word, &Listing::name);
    if (known != std::end(kListings))
      wanted.push_back(known->name);
    else
      paths.push_back(word);
  }
  if (paths.empty()) {
    if (const std::string shipped = shipped_scenarios(); !shipped.empty()) paths.push_back(shipped);
  }
  scenario::Pack pack;
  if (!paths.empty()) {
    auto loaded = load_pack(paths);
    if (!loaded) {
      print_problems(loaded.error());
      return kUsage;
    }
    pack = std::move(*loaded);
  }
  std::vector<Table> tables;
  for (const Listing& each : kListings) {
    if (wanted.empty() || std::ranges::find(wanted, each.name) != wanted.end())
      tables.push_back(each.make(pack));
  }
  if (format == "json") {
    print_json(tables);
  } else {
    for (const Table& each : tables) format == "md" ? print_markdown(each) : print_text(each);
  }
  return kOk;
}

}  // namespace gatecrash::cli
