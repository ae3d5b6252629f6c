// What an Engine is made of. For engine.cc (the outside) and judge.cc (the order of evaluation)
// only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/digest.h"
#include "harness/base/json.h"
#include "harness/decision/compiled.h"
#include "harness/decision/counters.h"
#include "harness/decision/decimal.h"
#include "harness/decision/engine.h"
#include "harness/decision/owners.h"

namespace gatecrash::decision {

// Stateless: limits count as not reached and conditions on counters as harmless. Explain: reads
// counters, changes nothing.
enum class Mode : std::uint8_t { Decide, Stateless, Explain };

struct Engine::Impl {
  Impl(std::shared_ptr<const policy::Policy> policy, const Semantics& the_semantics,
       CounterStore& the_counters, std::vector<Compiled::ListArgument> list_arguments)
      : semantics(the_semantics),
        counters(the_counters),
        compiled(std::move(policy), the_semantics, std::move(list_arguments)) {
    for (const policy::Ownership& each : compiled.policy().ownerships) owners.emplace_back(each.id);
  }

  // Where an explanation is written; in the other modes nothing is built.
  struct Story {
    Explanation* out = nullptr;
    ExplainedStep* add(ExplainedStep::Kind kind, std::string_view rule, base::SourcePos at,
                       std::string_view text) const {
      out->steps.push_back(
          {.kind = kind, .rule = std::string(rule), .at = at, .text = std::string(text)});
      return &out->steps.back();
    }
  };

  template <Mode mode>
  Ruling judge(const Call& call, base::Instant now, const Story& story) const;
  template <Mode mode>
  Truth conjunction(const CompiledRule& rule, const Call& call, base::Instant now,
                    const Story& story) const;
  template <Mode mode>
  bool walk(const CompiledTool& tool, const Call& call, base::Instant now, Ruling& ruling,
            const Story& story) const;
  void not_there(policy::Dialect dialect, std::string_view tool, std::string_view how) const;
  template <Mode mode>
  bool ask_approval(const CompiledRule& rule, const Call& call, base::Instant now,
                    Ruling& ruling) const;
  template <Mode mode>
  bool reserve(const CompiledTool* tool, const Call& call, base::Instant now, Ruling& ruling,
               const Story& story) const;

  const CompiledLimit* first_full(base::Instant now) const;
  std::string_view uncountable_message(const CompiledLimit& limit) const;

  std::string_view scope_of(const policy::Limit& limit, const Caller& caller) const {
    if (semantics.counter_key == CounterKey::ToolOnly) return {};
    return scope_of(limit.scope, caller);
  }
  static std::string_view scope_of(policy::Scope scope, const Caller& caller) {
    const std::string_view grant = caller.grant.empty() ? caller.principal : caller.grant;
    switch (scope) {
      case policy::Scope::Grant: return grant;
      case policy::Scope::Session: return caller.session.empty() ? grant : caller.session;
      case policy::Scope::Tenant: return caller.tenant.empty() ? grant : caller.tenant;
      case policy::Scope::Global: break;
    }
    return {};
  }

  // One key for one value: `1`, `1.0` and `1e0` are one number. Where a single value is meant, all
  // that is none shares a key, so that a list around it is no new value.
  static void append_key(base::Value value, bool whole, std::string& out) {
    if (whole) {
      if (value) base::write_json_sorted(value, out);
    } else if (value.is_number()) {
      out += "n" + canonical_number(value.text());
    } else if (value.is_string() || value.is_bool()) {
      out += value.is_string() ? "s" : "b";
      out += value.text();
    } else if (value) {
      out += "x";
    }
  }

  // The scope of a limit that counts by argument: whose, and which values.
  std::string_view scope_by_argument(const CompiledLimit& limit, const Caller& caller,
                                     base::Value arguments) const {
    std::string values;
    for (const std::vector<std::string>& path : limit.source->per) {
      values += '\n';
      append_key(resolve(arguments, path), path.empty(), values);
    }
    // Of one size, whatever the caller sends.
    return scopes.emplace_back(std::string(scope_of(*limit.source, caller)) + "\n" +
                               base::sha256_hex(values));
  }

  CounterRequest request_of(const CompiledLimit& limit, const Caller& caller, base::Value arguments,
                            Micros amount) const {
    return {.key = limit.key,
            .scope = limit.source->per.empty() ? scope_of(*limit.source, caller)
                                               : scope_by_argument(limit, caller, arguments),
            .hash = limit.hash,
            .window = limit.source->period,
            .kind = semantics.window,
            .amount = amount,
            .limit = limit.limit,
            .counts_only = limit.counts_only,
            .for_good = semantics.refund == Refund::Never};
  }

  // Calls that approvals let through and that are still under way.
  struct Flight {
    std::uint64_t counted = 0;  // ticket of the counter store
    std::vector<std::string> approvals;
    std::uint32_t turn = 0;  // tells a flight from the earlier ones in the same place
    bool open = false;
  };

  // Uses the approvals of the decision just made; returns the flight's ticket (without kFlightBit).
  std::uint64_t board(std::uint64_t counted) {
    const auto free = std::ranges::find(flights, false, &Flight::open);
    const auto index = static_cast<std::size_t>(free - flights.begin());
    if (free == flights.end()) flights.emplace_back();
    Flight& flight = flights[index];
    flight.counted = counted;
    flight.approvals = to_use;
    flight.turn = (flight.turn + 1) & 0x7fffffff;
    flight.open = true;
    for (const std::string& id : to_use) approvals.use(id);
    return static_cast<std::uint64_t>(flight.turn) << 32 | index;
  }
  // The flight of a ticket, if it is still open.
  Flight* flight_of(std::uint64_t ticket) {
    const auto index = static_cast<std::uint32_t>(ticket);
    if (index >= flights.size()) return nullptr;
    Flight& flight = flights[index];
    return flight.open && flight.turn == (ticket >> 32 & 0x7fffffff) ? &flight : nullptr;
  }

  const Semantics semantics;
  CounterStore& counters;
  Compiled compiled;
  Switches switches;
  std::vector<Owners> owners;                   // as the policy's ownerships
  base::Instant latest = base::Instant::min();  // for ClockStep::Monotonic
  // Scratch of the decision under way and what its views point to; warm after the first calls.
  mutable Approvals approvals;
  mutable std::vector<std::string> to_use;  // approvals the call would use
  mutable std::vector<CounterRequest> requests;
  mutable std::vector<const CompiledLimit*> requested;
  mutable std::deque<std::string> scopes;  // of limits that count by argument
  mutable std::string text;
  mutable std::string approval_text;
  std::vector<Flight> flights;
};

}  // namespace gatecrash::decision
