#include "harness/cli/run_options.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "harness/base/text.h"
#include "harness/cli/options.h"
#include "harness/cli/problem_formats.h"
#include "harness/cli/subjects.h"
#include "harness/cli/verb.h"
#include "harness/gateway/gateway.h"
#include "harness/mcp/era.h"
#include "reports/report.h"

namespace gatecrash::cli {
namespace {

constexpr const char* kRunExamples =
    "examples:\n"
    "  replay scenarios\n"
    "  replay scenarios --gateway reference,intercept-1.1 --report md=summary.md\n"
    "  replay scenarios --target binassist --attack RATE --policy my-policy.json\n"
    "  replay my-scenario.yaml --format json\n"
    "  replay scenarios --expected scenarios/published.expected.yaml "
    "--expected scenarios/known_gaps.expected.yaml\n"
    "  replay scenarios --lane stdio -j2\n"
    "  replay my-scenario.yaml --teeth\n"
    "  replay scenarios --gateway-cmd 'intercept -c {policy} -- {upstream}' --policy "
    "my-policy.yaml\n";

// `2/5`, from the flag or from what CI systems set.
bool parse_shard(const std::string& text, Filters& filters) {
  unsigned index = 0, total = 0;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%u/%u%c", &index, &total, &rest) != 2 || index < 1 ||
      index > total) {
    return false;
  }
  filters.shard = index;
  filters.shards = total;
  return true;
}

std::string shard_from_environment() {
  const auto get = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  if (!get("CI_NODE_INDEX").empty() && !get("CI_NODE_TOTAL").empty()) {
    return get("CI_NODE_INDEX") + "/" + get("CI_NODE_TOTAL");
  }
  if (!get("JOB_COMPLETION_INDEX").empty() && !get("JOB_COMPLETION_TOTAL").empty()) {
    return std::to_string(std::atoi(get("JOB_COMPLETION_INDEX").c_str()) + 1) + "/" +
           get("JOB_COMPLETION_TOTAL");
  }
  return {};
}

bool refuse_options(const std::string& text) {
  std::cerr << "replay: " << text << "\n";
  return false;
}

bool known_gateways(const std::vector<std::string>& names) {
  std::vector<std::string_view> known;
  for (const gateway::GatewayEntry& each : gateway::gateways()) known.push_back(each.name);
  for (const std::string& name : names) {
    if (!known_gateway(name)) {
      return refuse_options("there is no gateway " + base::quoted(name) + " (" +
                            base::did_you_mean(name, known) + ")");
    }
  }
  return true;
}

bool read_duration(std::string_view flag, const std::string& text, base::Duration& out) {
  const auto duration = base::parse_duration(text);
  if (!duration || *duration <= base::Duration::zero()) {
    return refuse_options(std::string(flag) + ": " + base::quoted(text) +
                          " is no duration (write `500ms`, `5s`, `2m`)");
  }
  out = *duration;
  return true;
}

// `0` and `0s` are none.
bool read_duration_or_none(std::string_view flag, const std::string& text, base::Duration& out) {
  if (text != "0" && base::parse_duration(text) != base::Duration::zero())
    return read_duration(flag, text, out);
  out = base::Duration::zero();
  return true;
}

bool known_eras(std::vector<std::string>& eras) {
  if (eras == std::vector<std::string>{"all"}) eras = {"2025-06-18", "2025-11-25"};
  for (const std::string& era : eras) {
    if (!mcp::parse_era(era)) {
      return refuse_options("there is no era " + base::quoted(era) +
                            " (one of `2025-06-18`, `2025-11-25`, `all`)");
    }
  }
  return true;
}

bool read_reports(const std::vector<std::string>& words, std::vector<ReportRequest>& reports) {
  std::vector<std::string_view> known{"case"};
  for (const reports::Writer& each : reports::writers()) known.push_back(each.name);
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    ReportRequest request{word.substr(0, equals),
                          equals == std::string::npos ? "" : word.substr(equals + 1)};
    if (std::ranges::find(known, request.format) == known.end()) {
      return refuse_options("--report: there is no format " + base::quoted(request.format) + " (" +
                            base::did_you_mean(request.format, known) + ")");
    }
    if (request.path.empty()) {
      const reports::Writer* writer = reports::find_writer(request.format);
      request.path = "reports/out/" +
                     (writer ? "replay" + std::string(writer->extension) : std::string("cases"));
    }
    reports.push_back(std::move(request));
  }
  return true;
}

// Options whose text is not yet their value.
struct Words {
  std::string shard = shard_from_environment();
  std::string ready = "30s";
  std::string timeout = "5s";
  std::string quiet_time = "0";
  std::string settle = "2s";
  std::string max_wait = "5s";
  std::vector<std::string> reports;
  bool no_color = false;
};

// Returns false if a value is wrong; the reason is then on stderr.
bool interpret(const Words& words, RunOptions& options) {
  const char* const no_color_set = std::getenv("NO_COLOR");
  options.color = !words.no_color && (no_color_set == nullptr || *no_color_set == '\0') &&
                  isatty(STDOUT_FILENO) != 0;
  if (!words.shard.empty() && !parse_shard(words.shard, options.filters)) {
    return refuse_options("--shard: " + base::quoted(words.shard) + " is not I/N with 1 <= I <= N");
  }
  if (options.policy.empty() && !options.dialect.empty())
    return refuse_options("--dialect goes with --policy");
  if (!read_duration("--ready", words.ready, options.limits.ready) ||
      !read_duration("--timeout", words.timeout, options.limits.answer) ||
      !read_duration_or_none("--quiet-time", words.quiet_time, options.quiet_time) ||
      !read_duration_or_none("--settle", words.settle, options.settle) ||
      !read_duration("--max-wait", words.max_wait, options.max_wait)) {
    return false;
  }
  const bool own_gateway = !options.gateways.empty() || !options.gateway_command.empty();
  if (options.teeth && (own_gateway || options.lane != "memory"))
    return refuse_options("--teeth runs no gateway, in memory (leave out --gateway, --lane)");
  if (options.gateway_command.empty()) {
    if (options.gateways.empty()) options.gateways = {"reference"};
  } else if (options.gateway_command.find("{upstream}") == std::string::npos) {
    return refuse_options(
        "--gateway-cmd: nothing says where the upstream goes (write `{upstream}` where its command "
        "belongs)");
  } else {
    options.lane = "stdio";
  }
  return known_gateways(options.gateways) && known_eras(options.eras) &&
         read_reports(words.reports, options.reports);
}

}  // namespace

std::optional<int> parse_run_options(int argc, char** argv, RunOptions& options) {
  Words words;
  const CommandLine command{
      .program = "replay run",
      .summary =
          "Replays attacks through a policy gateway into a mock MCP server and judges what the "
          "mock did.",
      .options =
          {{"PATH",
            &options.paths,
            "scenario, attack or target files, or folders of them",
            {.required = true}},
           {"--policy", &options.policy, "this policy instead of the targets' own"},
           {"--dialect", &options.dialect, "language of --policy (default: by file name)"},
           {"--gateway",
            &options.gateways,
            "gateways under test, comma-separated",
            {.separator = ','}},
           {"--gateway-cmd", &options.gateway_command,
            "a stdio gateway of yours: its command, with {upstream}, and as wanted {policy}, "
            "{dialect}, {state} (a folder for one run; HOME, XDG_*_HOME and TMPDIR are in it), "
            "{principal}, {grant}, {tenant}"},
           {"--gateway-timeless", &options.gateway_timeless,
            "time means nothing to that gateway: never wait"},
           {"--settle", &words.settle,
            "how long a foreign gateway is watched after the last step for what it does late "
            "(default 2s; not if it is timeless)"},
           {"--keep", &options.keep,
            "keep the folders of a foreign gateway's runs, and say where they are"},
           {"--lane",
            &options.lane,
            "memory (one process, virtual time) or stdio (real programs)",
            {.one_of = {"memory", "stdio"}}},
           {"--ready", &words.ready,
            "time for a process to start, until its first answer (default 30s)"},
           {"--timeout", &words.timeout,
            "longest wait for one answer of a process after that (default 5s)"},
           {"--quiet-time", &words.quiet_time,
            "how long a foreign gateway has to be silent until a message whose reply is "
            "not sure counts as unanswered (default 0: by how fast it answers at present)"},
           {"--max-wait", &words.max_wait,
            "longest real time that the steps of one run may need on a foreign gateway, whose "
            "clock cannot be set; what needs more is skipped as slow (default 5s)"},
           {"--era", &options.eras, "protocol revision, or `all`", {.separator = ','}},
           {"--attack", &options.filters.attack, "only attacks whose id matches (RE2)"},
           {"--target", &options.filters.target, "only targets whose id matches"},
           {"--run", &options.filters.run, "only scenarios whose id matches"},
           {"--exclude", &options.filters.exclude, "not the scenarios whose id matches"},
           {"--tags",
            &options.filters.tags,
            "only attacks with one of these tags",
            {.separator = ','}},
           {"--shard", &words.shard, "I/N: the I-th of N stable parts"},
           {"--seed", &options.seed, "fixes everything random (default 1)"},
           {"-j,--jobs",
            &options.jobs,
            "threads (default: one per core)",
            {.range = Range{1, 256}}},
           {"--teeth", &options.teeth,
            "only the attacks without a gateway, step by step: exits 3 if a step proves "
            "nothing"},
           {"--fail-fast", &options.fail_fast, "stop at the first scenario that does not pass"},
           {"--failures-only", &options.failures_only, "leave out what passed"},
           {"--allow-empty", &options.allow_empty,
            "an empty selection, or one of which nothing was judged, is no error"},
           {"--expected",
            &options.expected,
            "known gaps, repeatable; a stale entry fails",
            {.existing_file = true}},
           {"--write-expected", &options.write_expected,
            "write what does not pass as expectations, whose causes a person has to add"},
           {"--report", &words.reports, "FORMAT[=PATH], repeatable"},
           {"--format",
            &options.format,
            "what stdout carries: pretty, json or github (annotations)",
            {.one_of = {"pretty", "json", "github"}}},
           {"-v,--verbose", &options.verbose, "every finding in full"},
           all_problems_option(),
           {"-q,--quiet", &options.quiet, "only the last line"},
           {"--no-color", &words.no_color, "plain text (also: NO_COLOR)"}},
      .footer = kRunExamples};
  if (const auto ended = read_options(command, argc, argv)) return ended;
  if (!interpret(words, options)) return kUsage;
  return std::nullopt;
}

}  // namespace gatecrash::cli
