// The one policy gateway: a state machine over frames that takes every choice as a value.
// `reference` and `intercept-1.1` are two pairs of (Semantics, WireRules); a mutant is a third.
//
// Invariants, under the hardened rules
//  - What arrives upstream is a re-serialisation of the tree that was judged.
//  - Every request gets exactly one answer, with its exact id; nothing else is answered.
//  - Nothing is refused or denied without a record: `Decided` when the policy spoke about a call,
//    `Refused` (frame, reason) when the wire rules did not let a frame through.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "harness/base/tree.h"
#include "harness/decision/counters.h"
#include "harness/decision/engine.h"
#include "harness/gateway/definitions.h"
#include "harness/gateway/gateway.h"
#include "harness/gateway/in_flight.h"
#include "harness/gateway/judged_call.h"
#include "harness/gateway/redaction.h"
#include "harness/gateway/switchable_counters.h"
#include "harness/gateway/wire_rules.h"
#include "harness/mcp/call_digest.h"
#include "harness/mcp/lifecycle.h"

namespace gatecrash::gateway {

struct Character {
  decision::Semantics semantics;
  WireRules wire;
};

// A policy as some loader reads it.
struct LoadedPolicy {
  std::shared_ptr<const policy::Policy> policy;  // null: no gateway
  base::Problems problems;
  bool refused = false;
};
using PolicyLoader = std::function<LoadedPolicy(const PolicyInput&)>;

class PolicyGateway final : public Gateway {
 public:
  // `policy` is what `load` made of `input`; later policies are read by `load` too.
  PolicyGateway(
      std::shared_ptr<const policy::Policy> policy, const Character& character,
      const PolicyInput& input, PolicyLoader load,
      std::unique_ptr<decision::CounterStore> counters = decision::make_memory_counters());

  void open(Connection connection, const Principal& principal) override;
  void close(Connection connection) override;
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override;
  void from_upstream(Connection connection, std::string_view frame, base::Instant now,
                     Frames& to_upstream, Frames& to_client, trace::Trace& log) override;
  void reset() override;
  Replaced restart(const PolicyInput& policy) override;
  Replaced reload(const PolicyInput& policy, base::Instant now, Frames& to_client,
                  trace::Trace& log) override;
  Replaced not_reloaded(base::Problems why, base::Instant now, trace::Trace& log) override;
  void operate(const OperatorAction& action, base::Instant now, Frames& to_client) override;
  std::vector<decision::Approval> approvals() const override { return engine_->approvals(); }

  void oversize(Connection connection, base::Instant now, Frames& to_client,
                trace::Trace& log) override;  // recorded, and answered without an id
  void upstream_lost(Connection connection, base::Instant now, Frames& to_client,
                     trace::Trace& log) override;
  void set_audit(AuditSink* audit) override { audit_ = audit; }

  // Requests of the client that wait for the upstream.
  std::size_t in_flight(Connection connection) const;

 private:
  struct Session {
    bool open = false;
    std::string grant;
    std::string principal;
    std::string name;
    std::string tenant;
    decision::Caller caller() const { return {grant, principal, name, tenant}; }

    mcp::Lifecycle lifecycle;
    bool told_of_lists = false;    // the handshake promised tools/list_changed
    Definitions::Listing listing;  // the pages of tools/list so far, where definitions are pinned
    InFlight requests;             // of the client, waiting for the upstream
    InFlight upstream_requests;    // of the upstream, waiting for the client
  };
  // One frame and where its consequences go.
  struct Turn {
    Connection connection;
    Session& session;
    std::string_view frame;
    base::Instant now;
    Frames& to_upstream;
    Frames& to_client;
    trace::Trace& log;
  };

  Session* find(Connection connection);
  void adopt(std::shared_ptr<const policy::Policy> policy, const PolicyInput& input);
  void decide_approvals(const OperatorAction& action, base::Instant now);

  void unreadable(Turn& turn, const rpc::Decoded& decoded);
  void request(Turn& turn, const rpc::Message& message);
  void notification(Turn& turn, const rpc::Message& message);
  void reply_of_client(Turn& turn, const rpc::Message& message);
  bool admit(Turn& turn, const rpc::Message& message, const mcp::MethodInfo* info);
  void tools_call(Turn& turn, const rpc::Message& message);
  // The operator has stopped everything, or this client's grant.
  bool is_stopped(const Turn& turn) const;
  // Does it hold, outside a call's arguments, what the policy keeps from leaving?
  bool keeps_back(const rpc::Message& message, bool call) const;
  decision::Ruling rule(const decision::Call& call);
  bool is_guarded_name(std::string_view tool);
  void deny(Turn& turn, const rpc::Id& id, const decision::Ruling& ruling);
  void hold(Turn& turn, const rpc::Id& id, const decision::Ruling& ruling);
  void forward(Turn& turn, base::Value root);
  // Records the frame as refused and, if it is to be answered, answers with an error.
  void refuse(Turn& turn, std::string_view reason);
  void refuse(Turn& turn, std::string_view reason, const rpc::Id& id, int code,
              std::string_view message);
  void await(Turn& turn, const rpc::Id& id, const Awaited& awaited);

  void unreadable_upstream(Turn& turn, const rpc::Decoded& decoded);
  void upstream_reply(Turn& turn, const rpc::Message& message);
  void upstream_request(Turn& turn, const rpc::Message& message);
  void relay(Turn& turn, base::Value root);
  void tell(Turn& turn, const std::string& frame);
  // Writes the message without what the policy does not want seen, and records that; false: it has
  // none of it.
  bool redact(Turn& turn, base::Value root, std::string& out);

  Character character_;
  const WireRules& wire_;
  JudgedCalls calls_;
  PolicyLoader load_;
  SwitchableCounters counters_;
  std::unique_ptr<decision::Engine> engine_;
  std::string_view prefix_;                         // of a denial, in the policy's dialect
  std::string in_force_;                            // SHA-256 of the policy
  std::unordered_set<std::string> exact_names_;     // every tool the policy names …
  std::unordered_set<std::string> folded_names_;    // … and the same in lower case
  std::vector<std::unique_ptr<Session>> sessions_;  // by connection
  std::uint64_t sessions_opened_ = 0;
  AuditSink* audit_ = nullptr;
  base::Instant last_{};
  base::Duration clock_error_{};
  bool audit_down_ = false;
  bool reload_refused_ = false;  // the last one
  Definitions definitions_;
  Redactor redactor_{{}};
  base::Tree tree_;
  mcp::CallDigest call_digest_;
  std::string text_;
};

}  // namespace gatecrash::gateway
