#include "harness/gateway/rewrite.h"

#include "harness/base/json.h"

namespace gatecrash::gateway {
namespace {

using base::Value;
using mcp::Method;

// Appends `object`; `write(member, name, out)` writes each value, or returns false to leave it out.
template <typename Write>
void write_object(Value object, std::string& out, Write write) {
  out += '{';
  bool first = true;
  for (const Value member : object) {
    const std::size_t start = out.size();
    if (!first) out += ',';
    base::write_json_string(member.key(), out);
    out += ':';
    if (write(member, out)) {
      first = false;
    } else {
      out.resize(start);
    }
  }
  out += '}';
}

// Is `member` the one that `reading` takes for `name` in `object`?
bool is_taken(Value object, Value member, std::string_view name, const rpc::Reading& reading) {
  return member.node() == rpc::member(object, name, reading).node();
}

bool is_shown(Value tool, const rpc::Reading& reading, const Shows& shows, bool keep_unreadable) {
  const Value name = rpc::member(tool, "name", reading);
  if (!name.is_string()) return keep_unreadable;
  return shows(name.text());
}

struct Capability {
  std::string_view name;
  Method needs;  // the method without which it is void
};

constexpr Capability kServerCapabilities[] = {{"tools", Method::ToolsList},
                                              {"resources", Method::ResourcesList},
                                              {"prompts", Method::PromptsList},
                                              {"logging", Method::LoggingSetLevel},
                                              {"completions", Method::CompletionComplete},
                                              {"tasks", Method::TasksGet}};
constexpr Capability kClientCapabilities[] = {{"roots", Method::RootsList},
                                              {"sampling", Method::SamplingCreateMessage},
                                              {"elicitation", Method::ElicitationCreate}};

// Unknown capabilities (`experimental`, `extensions`, vendor names) have no method here: they go.
template <std::size_t kSize>
bool is_honoured(std::string_view name, const Capability (&known)[kSize],
                 const MethodSet& allowed) {
  for (const Capability& each : known) {
    if (each.name == name) return allowed.has(each.needs);
  }
  return false;
}

template <std::size_t kSize>
void write_handshake(Value root, std::string_view body, const Capability (&known)[kSize],
                     const MethodSet& allowed, std::string& out) {
  write_object(root, out, [&](Value member, std::string& to) {
    if (member.key() != body || !member.is_object()) {
      base::write_json(member, to);
      return true;
    }
    write_object(member, to, [&](Value inner, std::string& into) {
      if (inner.key() != "capabilities") {
        base::write_json(inner, into);
        return true;
      }
      if (!inner.is_object()) return false;
      write_object(inner, into, [&](Value capability, std::string& last) {
        if (!is_honoured(capability.key(), known, allowed)) return false;
        base::write_json(capability, last);
        return true;
      });
      return true;
    });
    return true;
  });
}

}  // namespace

bool write_visible_tools(Value root, const rpc::Reading& reading, const Shows& shows,
                         bool keep_unreadable, std::string& out) {
  const Value result = rpc::member(root, "result", reading);
  const Value tools = rpc::member(result, "tools", reading);
  if (!tools.is_list()) return false;
  bool any_hidden = false;
  for (const Value tool : tools) {
    any_hidden = any_hidden || !is_shown(tool, reading, shows, keep_unreadable);
  }
  if (!any_hidden) return false;

  const auto write_tools = [&](std::string& to) {
    to += '[';
    bool first = true;
    for (const Value tool : tools) {
      if (!is_shown(tool, reading, shows, keep_unreadable)) continue;
      if (!first) to += ',';
      first = false;
      rpc::encode(tool, reading, to);
    }
    to += ']';
  };
  write_object(root, out, [&](Value member, std::string& to) {
    if (!is_taken(root, member, member.key(), reading)) return false;  // a duplicate that lost
    if (member.node() != result.node()) {
      rpc::encode(member, reading, to);
      return true;
    }
    write_object(result, to, [&](Value inner, std::string& into) {
      if (!is_taken(result, inner, inner.key(), reading)) return false;
      if (inner.node() == tools.node()) {
        write_tools(into);
      } else {
        rpc::encode(inner, reading, into);
      }
      return true;
    });
    return true;
  });
  return true;
}

void write_initialize_request(Value root, const WireRules& rules, std::string& out) {
  write_handshake(root, "params", kClientCapabilities, rules.from_upstream, out);
}

void write_initialize_reply(Value root, const WireRules& rules, std::string& out) {
  write_handshake(root, "result", kServerCapabilities, rules.from_client, out);
}

}  // namespace gatecrash::gateway
