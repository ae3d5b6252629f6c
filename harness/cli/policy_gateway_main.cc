// The program `policy-gateway`: a policy in front of a real stdio MCP server. Joins the parts; the
// work is in harness/gateway.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "harness/base/file.h"
#include "harness/base/text.h"
#include "harness/cli/options.h"
#include "harness/cli/verb.h"
#include "harness/gateway/builtin.h"
#include "harness/gateway/operator_channel.h"
#include "harness/gateway/serve.h"
#include "harness/transport/child_process.h"

namespace gatecrash::cli {
namespace {

constexpr int kUnavailable = 69;  // EX_UNAVAILABLE: the upstream cannot be started, or is gone

constexpr const char* kExamples =
    "examples:\n"
    "  policy-gateway --policy policy.json -- npx -y @modelcontextprotocol/server-everything\n"
    "  policy-gateway --policy policy.yaml --audit audit.jsonl -- ./my-server --stdio\n"
    "  policy-gateway --policy p.json --allow-method resources/list --allow-method resources/read "
    "-- ./srv\n"
    "  policy-gateway --policy p.yaml --semantics intercept_1_1 -- ./srv\n"
    "  policy-gateway --policy p.yaml --operator /run/user/1000/gateway -- ./srv\n"
    "    echo list | nc -UN /run/user/1000/gateway        # then: approve ID, deny ID, revoke "
    "GRANT, freeze, kill, reload …\n"
    "\n"
    "It speaks MCP over stdin and stdout, and starts the server itself. Messages of its own go to "
    "stderr.\n"
    "HUP reads the policy again. If it does not load, stderr says so, the one before it stays in "
    "force, and nothing\n"
    "but tools of `class: read` is called until one does (--gateway without:closed-reload goes on "
    "as before).\n"
    "exit codes: 0 the client left, 64 wrong usage or a policy that does not load (nothing was "
    "started),\n"
    "            69 the server could not be started or ended first, 74 the audit could not be "
    "written,\n"
    "            143 ended by a signal\n";

class SystemClock final : public base::Clock {
 public:
  base::Instant now() const override {
    return std::chrono::time_point_cast<base::Duration>(std::chrono::system_clock::now());
  }
};

struct Options {
  std::string policy;
  std::string dialect;
  bool lenient = false;
  std::string gateway = "reference";
  std::string semantics;
  std::string deny_style;
  std::string audit;
  std::string audit_key;
  std::string operators;
  std::vector<std::string> allowed_methods;
  std::string list_argument;
  std::uint64_t max_line = 0;  // 0: the gateway's own
  std::uint32_t max_depth = 64;
  std::uint32_t max_in_flight = 1024;
  std::uint32_t grace_seconds = 2;
  gateway::ServeOptions serve;
};

// Every complaint goes to stderr; stdout is the protocol's.
bool complain(const std::string& text) {
  std::cerr << "policy-gateway: " << text << "\n";
  return false;
}

bool adapt(const Options& options, gateway::Character& character) {
  if (!options.semantics.empty()) {
    const auto semantics = decision::find_semantics(options.semantics);
    if (!semantics) {
      return complain("unknown semantics " + base::quoted(options.semantics) +
                      " (one of `hardened`, `intercept_1_1`)");
    }
    character.semantics = *semantics;
  }
  gateway::WireRules& wire = character.wire;
  if (options.deny_style == "constant")
    wire.deny_style = gateway::DenyStyle::Constant;
  else if (options.deny_style == "dialect")
    wire.deny_style = gateway::DenyStyle::Dialect;
  else if (options.deny_style == "rpc_error")
    wire.deny_style = gateway::DenyStyle::RpcError;
  for (const std::string& name : options.allowed_methods) {
    const mcp::MethodInfo* info = mcp::find_method(name);
    if (info == nullptr)
      return complain("unknown method " + base::quoted(name) + " (exact MCP names only)");
    const bool by_client = info->direction != mcp::Direction::ServerToClient;
    const bool by_server = info->direction != mcp::Direction::ClientToServer;
    if (by_client) wire.from_client.add(info->method);
    if (by_server) wire.from_upstream.add(info->method);
  }
  if (wire.unparsable == gateway::Unparsable::Refuse) {
    if (options.max_line != 0) wire.reading.json.bytes = options.max_line;
    wire.reading.json.depth = options.max_depth;
    wire.max_in_flight = options.max_in_flight;
  }
  return true;
}

// The gateway asked for, or the exit code.
int make_gateway(const Options& options, const gateway::PolicyInput& input, gateway::Made& made,
                 std::size_t& max_line) {
  if (options.gateway == "reference" || options.gateway == "intercept-1.1") {
    const bool ours = options.gateway == "reference";
    gateway::Character character =
        ours ? gateway::reference_character() : gateway::intercept_1_1_character();
    if (ours && options.deny_style.empty())
      character.wire.deny_style = gateway::DenyStyle::Constant;
    if (!adapt(options, character)) return kUsage;
    max_line = character.wire.reading.json.bytes;
    made = gateway::make_policy_gateway(ours ? gateway::load_as_written : gateway::load_as_released,
                                        character, input);
  } else if (const gateway::Maker make = gateway::find_maker(options.gateway)) {
    made = make(input);
  } else {
    return complain("unknown gateway " + base::quoted(options.gateway)), kUsage;
  }
  for (const base::Problem& each : made.problems) std::cerr << base::to_string(each) << "\n";
  if (made.gateway == nullptr) {
    complain("the policy does not load; nothing was started");
    return kUsage;
  }
  return kOk;
}

int exit_code(const gateway::ServeResult& result) {
  if (!result.detail.empty()) complain(result.detail);
  switch (result.how) {
    case gateway::Served::ClientLeft:
    case gateway::Served::ControlLost: return kOk;
    case gateway::Served::UpstreamFailed: return kUnavailable;
    case gateway::Served::AuditFailed: return kUnwritten;
    case gateway::Served::Signalled: return kTerminated;
  }
  return kInternal;
}

// HUP: the file as it is now.
void reload_on_signal(const gateway::PolicyInput& input, gateway::ServeOptions& serve) {
  serve.read_policy = [policy = input]() mutable -> base::Result<gateway::PolicyInput> {
    auto text = base::read_file(policy.path);
    if (!text) return text.error();
    policy.text = std::move(*text);
    return policy;
  };
  serve.replaced = [path = input.path](const gateway::Replaced& replaced) {
    std::cerr << base::to_string(replaced.problems);
    complain(
        replaced.done
            ? "reloaded " + path
            : path + " does not load; the policy before it stays in force" +
                  (replaced.read_only ? ", and nothing but reading passes until one loads" : ""));
  };
}

int run(Options& options) {
  gateway::PolicyInput input;
  input.path = options.policy;
  input.lenient_if_refused = options.lenient;
  if (!options.policy.empty()) {
    auto text = base::read_file(options.policy);
    if (!text) return std::cerr << base::to_string(text.error()), kUsage;
    input.text = std::move(*text);
    const auto dialect = options.dialect.empty() ? policy::dialect_of(options.policy)
                                                 : policy::parse_dialect(options.dialect);
    if (!dialect) {
      complain(options.dialect.empty() ? "say the policy's dialect with --dialect"
                                       : "unknown dialect " + base::quoted(options.dialect));
      return kUsage;
    }
    input.dialect = *dialect;
  } else if (const auto* entry = gateway::find_gateway(options.gateway);
             !entry || !entry->control) {
    complain("--policy is required");
    return kUsage;
  }
  if (!options.list_argument.empty()) {
    const auto parts = base::split(options.list_argument, '=');
    if (parts.size() != 2) return complain("--list-argument is TOOL=ARGUMENT"), kUsage;
    input.list_tool = parts[0];
    input.list_argument = parts[1];
  }

  gateway::Made made;
  std::size_t max_line = options.max_line != 0 ? options.max_line : std::size_t{16} << 20;
  if (const int failed = make_gateway(options, input, made, max_line); failed != kOk) return failed;

  std::unique_ptr<gateway::JsonLinesAudit> audit;
  if (!options.audit.empty()) {
    std::string key;
    if (!options.audit_key.empty()) {
      auto read = base::read_file(options.audit_key, 4096);
      if (!read) return std::cerr << base::to_string(read.error()), kUsage;
      key = std::move(*read);
    }
    auto opened = gateway::JsonLinesAudit::open(options.audit, key);
    if (!opened) return std::cerr << base::to_string(opened.error()), kUsage;
    audit = std::move(*opened);
    audit->set_policy(options.policy, input.text);
  }
  std::unique_ptr<gateway::OperatorChannel> operators;
  if (!options.operators.empty()) {
    const gateway::GatewayEntry* const entry = gateway::find_gateway(options.gateway);
    if (entry != nullptr && entry->control)
      return complain("--operator: " + options.gateway + " takes no orders"), kUsage;
    auto opened = gateway::OperatorChannel::open(options.operators);
    if (!opened)
      return std::cerr << "policy-gateway: --operator: " << base::to_string(opened.error()), kUsage;
    operators = std::move(*opened);
    options.serve.operators = operators.get();
  }
  options.serve.max_line = max_line;
  options.serve.grace = std::chrono::seconds(options.grace_seconds);
  if (!input.path.empty()) reload_on_signal(input, options.serve);
  // Under a harness: gone with it, even if it is killed with -9.
  if (!options.serve.control.empty() && !transport::die_with_parent(::getppid())) return kInternal;
  const SystemClock clock;
  return exit_code(gateway::serve(*made.gateway, options.serve, clock, audit.get()));
}

int main_(int argc, char** argv) {
  Options options;
  const CommandLine command{
      .program = "policy-gateway",
      .summary = "policy-gateway: enforces a policy between an MCP client and a stdio MCP server",
      .options =
          {{"--policy", &options.policy, "policy file", {.type = "P"}},
           {"--dialect",
            &options.dialect,
            "policylayer, intercept or prose (default: .json policylayer, .yaml intercept)",
            {.type = "D"}},
           {"--lenient", &options.lenient,
            "start even if the dialect's own loader refuses the file"},
           {"--gateway",
            &options.gateway,
            "reference, intercept-1.1, null, deny_all, without:DEFENCE, mutant:NAME",
            {.type = "NAME"}},
           {"--semantics", &options.semantics, "hardened or intercept_1_1", {.type = "NAME"}},
           {"--deny-style",
            &options.deny_style,
            "constant (default), dialect (the documented texts) or rpc_error",
            {.one_of = {"constant", "dialect", "rpc_error"}}},
           {"--audit", &options.audit, "append one JSON line per decision here", {.type = "FILE"}},
           {"--audit-key",
            &options.audit_key,
            "file with the secret of the audit's digests",
            {.type = "FILE"}},
           {"--operator",
            &options.operators,
            "listen here for an operator's words, on a Unix socket",
            {.type = "PATH"}},
           {"--allow-method",
            &options.allowed_methods,
            "relay this method too (default: handshake, ping, tools only); repeatable",
            {.type = "NAME"}},
           {"--list-argument",
            &options.list_argument,
            "the list whose length weighs a call under a limit",
            {.type = "TOOL=ARGUMENT"}},
           {"--max-line",
            &options.max_line,
            "bytes of one message of the client (default: 1 MiB, the released proxy 10 MiB)",
            {.range = Range{64, 256 << 20}}},
           {"--max-depth",
            &options.max_depth,
            "nesting of one message",
            {.show_default = true, .range = Range{4, 10'000}}},
           {"--max-in-flight",
            &options.max_in_flight,
            "requests that wait for the server",
            {.show_default = true, .range = Range{1, 1'000'000}}},
           {"--grace",
            &options.grace_seconds,
            "seconds per stage of the shutdown",
            {.show_default = true, .range = Range{0, 3600}}},
           {"--principal", &options.serve.principal.name, "who the client is", {.type = "NAME"}},
           {"--grant", &options.serve.principal.grant, "the grant it holds", {.type = "NAME"}},
           {"--tenant",
            &options.serve.principal.tenant,
            "whom the grant belongs to",
            {.type = "NAME"}},
           {"--control", &options.serve.control, "control socket of the harness", {.type = "ADDR"}},
           {"upstream",
            &options.serve.upstream,
            "after --: the server's command",
            {.type = "CMD…"}}},
      .footer = kExamples,
      .version = "policy-gateway " GATECRASH_VERSION};
  if (const auto ended = read_options(command, argc, argv)) return *ended;
  if (options.serve.upstream.empty()) return complain("no server: … -- CMD [ARG…]"), kUsage;
  return run(options);
}

}  // namespace
}  // namespace gatecrash::cli

int main(int argc, char** argv) {
  try {
    return gatecrash::cli::main_(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "policy-gateway: internal error: " << error.what() << "\n";
    return gatecrash::cli::kInternal;
  }
}
