// Two kinds: a changed value of the reference gateway's character or policy, and a wrapper that
// spoils what a sound gateway does. The table is at the end.
#include "harness/gateway/mutants.h"

#include <charconv>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "harness/base/digest.h"
#include "harness/base/json.h"
#include "harness/gateway/builtin.h"
#include "harness/gateway/policy_edits.h"
#include "harness/mcp/messages.h"

namespace gatecrash::gateway {
namespace {

using Change = void (*)(Character&);

Made with_character(const PolicyInput& input, Change change) {
  Character character = reference_character();
  change(character);
  return make_policy_gateway(load_as_written, character, input);
}

// ---- values of character -----------------------------------------------------------------------

Made forwards_unparsable(const PolicyInput& input) {
  return with_character(input, [](Character& c) { c.wire.unparsable = Unparsable::Forward; });
}

Made first_duplicate_wins(const PolicyInput& input) {
  return with_character(input, [](Character& c) {
    c.wire.reading.duplicates = rpc::DuplicateKeys::FirstWins;
    c.wire.reading.json.keep_duplicates = true;
    c.wire.forwarded = ForwardedBytes::Original;
  });
}

Made last_duplicate_wins(const PolicyInput& input) {
  return with_character(input, [](Character& c) {
    c.wire.reading.duplicates = rpc::DuplicateKeys::LastWins;
    c.wire.reading.json.keep_duplicates = true;
    c.wire.forwarded = ForwardedBytes::Original;
  });
}

Made other_spellings_pass(const PolicyInput& input) {
  return with_character(input, [](Character& c) {
    c.wire.reading.case_variants_ok = true;
    c.wire.forwarded = ForwardedBytes::Original;
  });
}

Made other_methods_pass(const PolicyInput& input) {
  return with_character(input, [](Character& c) { c.wire.other_methods = OtherMethods::Forward; });
}

Made lists_hidden(const PolicyInput& input) {
  return with_character(input, [](Character& c) { c.wire.list_filter = ListFilter::None; });
}

Made reused_ids_pass(const PolicyInput& input) {
  return with_character(input, [](Character& c) { c.wire.reused_id = ReusedId::Overwrite; });
}

Made no_lifecycle(const PolicyInput& input) {
  return with_character(input, [](Character& c) { c.wire.enforce_lifecycle = false; });
}

Made calendar_windows(const PolicyInput& input) {
  return with_character(
      input, [](Character& c) { c.semantics.window = decision::WindowKind::CalendarUtc; });
}

Made lists_weigh_one(const PolicyInput& input) {
  return with_character(input,
                        [](Character& c) { c.semantics.list_weight = decision::ListWeight::One; });
}

Made refunds_errors(const PolicyInput& input) {
  return with_character(input,
                        [](Character& c) { c.semantics.refund = decision::Refund::OnRpcError; });
}

// ---- counters ----------------------------------------------------------------------------------

// Has room for so many callers; when it is full it starts afresh.
class SmallCounters final : public decision::CounterStore {
 public:
  static constexpr std::size_t kRoom = 500;

  decision::CounterAnswer reserve(std::span<const decision::CounterRequest> requests,
                                  base::Instant now) override {
    for (const decision::CounterRequest& each : requests) {
      if (callers_.contains(each.scope)) continue;
      if (callers_.size() == kRoom) reset();
      callers_.emplace(each.scope);
    }
    return inner_->reserve(requests, now);
  }
  void commit(std::uint64_t ticket) override { inner_->commit(ticket); }
  void rollback(std::uint64_t ticket, base::Instant now, bool current_window) override {
    inner_->rollback(ticket, now, current_window);
  }
  std::optional<decision::Micros> value(const decision::CounterRequest& request,
                                        base::Instant now) override {
    return inner_->value(request, now);
  }
  void reset() override {
    callers_.clear();
    inner_->reset();
  }

 private:
  std::unique_ptr<decision::CounterStore> inner_ = decision::make_memory_counters();
  std::set<std::string, std::less<>> callers_;
};

Made forgets_in_a_crowd(const PolicyInput& input) {
  return make_policy_gateway(load_as_written, reference_character(), input,
                             std::make_unique<SmallCounters>());
}

// ---- changed policies --------------------------------------------------------------------------

template <typename Edit>
Made with_policy(const PolicyInput& input, Edit edit) {
  const auto load = [edit](const PolicyInput& each) {
    LoadedPolicy loaded = load_as_written(each);
    if (loaded.policy) {
      auto changed = std::make_shared<policy::Policy>(*loaded.policy);
      edit(*changed);
      loaded.policy = std::move(changed);
    }
    return loaded;
  };
  return make_policy_gateway(load, reference_character(), input);
}

Made one_too_many(const PolicyInput& input) {
  return with_policy(input, [](policy::Policy& policy) {
    each_limit(policy, [](policy::Limit& limit) {
      long long max = 0;
      const auto [end, error] =
          std::from_chars(limit.max.data(), limit.max.data() + limit.max.size(), max);
      if (error == std::errc{} && end == limit.max.data() + limit.max.size()) {
        limit.max = std::to_string(max + 1);
      }
    });
  });
}

Made less_than(const PolicyInput& input) {
  return with_policy(input, [](policy::Policy& policy) {
    each_limit(policy, [](policy::Limit& limit) { limit.inclusive = false; });
  });
}

Made forgets_limits(const PolicyInput& input) {
  return with_policy(input, [](policy::Policy& policy) {
    each_limit(policy, [](policy::Limit& limit) { limit.has_max = false; });
  });
}

Made counts_per_session(const PolicyInput& input) {
  return with_policy(input, [](policy::Policy& policy) {
    each_limit(policy, [](policy::Limit& limit) { limit.scope = policy::Scope::Session; });
  });
}

Made default_allows(const PolicyInput& input) {
  return with_policy(
      input, [](policy::Policy& policy) { policy.default_action = policy::DefaultAction::Allow; });
}

Made forgets_hide(const PolicyInput& input) {
  return with_policy(input, [](policy::Policy& policy) { policy.hide.clear(); });
}

Made skips_conditions(const PolicyInput& input) {
  return with_policy(input, [](policy::Policy& policy) {
    for (policy::ToolPolicy& tool : policy.tools) {
      std::erase_if(tool.rules, [](const policy::Rule& rule) { return !rule.limit; });
    }
  });
}

// ---- wrappers ----------------------------------------------------------------------------------

// Runs the reference gateway on queues of its own and lets a spoiler decide what becomes of the
// output.
class Wrapper : public Gateway {
 public:
  explicit Wrapper(std::unique_ptr<Gateway> inner) : inner_(std::move(inner)) {}

  void open(Connection connection, const Principal& principal) override {
    inner_->open(connection, principal);
  }
  void close(Connection connection) override { inner_->close(connection); }
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    inner_->from_client(connection, frame, now, to_upstream, to_client, log);
  }
  void from_upstream(Connection connection, std::string_view frame, base::Instant now,
                     Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    inner_->from_upstream(connection, frame, now, to_upstream, to_client, log);
  }
  void reset() override { inner_->reset(); }
  Replaced restart(const PolicyInput& policy) override {
    reset();  // the mutant's own memory too
    return inner_->restart(policy);
  }
  Replaced reload(const PolicyInput& policy, base::Instant now, Frames& to_client,
                  trace::Trace& log) override {
    return inner_->reload(policy, now, to_client, log);
  }
  Replaced not_reloaded(base::Problems why, base::Instant now, trace::Trace& log) override {
    return inner_->not_reloaded(std::move(why), now, log);
  }
  void operate(const OperatorAction& action, base::Instant now, Frames& to_client) override {
    inner_->operate(action, now, to_client);
  }
  std::vector<decision::Approval> approvals() const override { return inner_->approvals(); }
  void oversize(Connection connection, base::Instant now, Frames& to_client,
                trace::Trace& log) override {
    inner_->oversize(connection, now, to_client, log);
  }
  void upstream_lost(Connection connection, base::Instant now, Frames& to_client,
                     trace::Trace& log) override {
    inner_->upstream_lost(connection, now, to_client, log);
  }
  void set_audit(AuditSink* audit) override { inner_->set_audit(audit); }

 protected:
  Gateway& inner() { return *inner_; }

 private:
  std::unique_ptr<Gateway> inner_;
};

template <typename Mutant>
Made wrapped(const PolicyInput& input) {
  Made made = make_reference(input);
  if (made.gateway) made.gateway = std::make_unique<Mutant>(std::move(made.gateway));
  return made;
}

class DeniesInWordsOnly final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    Frames forwarded, answers;
    inner().from_client(connection, frame, now, forwarded, answers, log);
    const bool refused = forwarded.empty() && !answers.empty();
    while (const auto each = forwarded.pop()) to_upstream.push(connection, each->bytes);
    while (const auto each = answers.pop()) to_client.push(connection, each->bytes);
    if (refused) to_upstream.push(connection, frame);  // and the inner one drops the stray reply
  }
};

class AnswersTwice final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void from_upstream(Connection connection, std::string_view frame, base::Instant now,
                     Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    Frames answers;
    inner().from_upstream(connection, frame, now, to_upstream, answers, log);
    while (const auto each = answers.pop()) {
      to_client.push(connection, each->bytes);
      to_client.push(connection, each->bytes);
    }
  }
};

class NeverAnswersDenials final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames&, trace::Trace& log) override {
    Frames answers;
    inner().from_client(connection, frame, now, to_upstream, answers, log);
  }
};

// Numbers come back as text.
class ChangesIdType final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    Frames answers;
    inner().from_client(connection, frame, now, to_upstream, answers, log);
    spoil(answers, to_client);
  }
  void from_upstream(Connection connection, std::string_view frame, base::Instant now,
                     Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    Frames answers;
    inner().from_upstream(connection, frame, now, to_upstream, answers, log);
    spoil(answers, to_client);
  }

 private:
  static void spoil(Frames& answers, Frames& out) {
    constexpr std::string_view kId = "\"id\":";
    while (const auto each = answers.pop()) {
      std::string frame(each->bytes);
      const std::size_t at = frame.find(kId);
      const std::size_t end = frame.find_first_of(",}", at);
      if (at != std::string::npos && frame[at + kId.size()] != '"') {
        frame.insert(end, "\"");
        frame.insert(at + kId.size(), "\"");
      }
      out.push(each->connection, frame);
    }
  }
};

class DropsRecords final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    trace::Trace nowhere;
    inner().from_client(connection, frame, now, to_upstream, to_client,
                        every_other_ ? nowhere : log);
    every_other_ = !every_other_;
  }

 private:
  bool every_other_ = false;
};

// Records an allowed call as denied and the other way round.
class LiesInRecords final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    trace::Trace truth;
    inner().from_client(connection, frame, now, to_upstream, to_client, truth);
    for (const trace::Event& each : truth.events()) {
      trace::Event& copy =
          log.add(each.kind, truth.view(each.text), truth.view(each.more), truth.view(each.extra));
      copy.place = each.place;
      copy.detail = each.detail;
      copy.call = each.call;
      if (each.kind != trace::EventKind::Decided) continue;
      const bool allowed = each.detail == static_cast<std::uint8_t>(decision::Outcome::Allow);
      copy.detail =
          static_cast<std::uint8_t>(allowed ? decision::Outcome::Deny : decision::Outcome::Allow);
    }
  }
};

// Every decision goes on record as one about the call before.
class RecordsTheCallBefore final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    trace::Trace truth;
    inner().from_client(connection, frame, now, to_upstream, to_client, truth);
    for (const trace::Event& each : truth.events()) {
      const bool decided = each.kind == trace::EventKind::Decided;
      const bool first = tool_.empty();
      if (decided && first) tool_ = truth.view(each.text), call_ = each.call;
      trace::Event& copy = log.add(each.kind, decided ? tool_ : truth.view(each.text),
                                   truth.view(each.more), truth.view(each.extra));
      copy.place = each.place;
      copy.detail = each.detail;
      copy.call = decided ? call_ : 0;
      if (decided) tool_ = truth.view(each.text), call_ = each.call;
    }
  }
  void reset() override {
    tool_.clear();
    call_ = 0;
    Wrapper::reset();
  }

 private:
  std::string tool_;
  std::uint64_t call_ = 0;
};

// Judges one call and forwards another: the argument's text arrives in capitals.
class ForwardsSomethingElse final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    Frames forwarded;
    inner().from_client(connection, frame, now, forwarded, to_client, log);
    while (const auto each = forwarded.pop()) {
      std::string changed(each->bytes);
      const std::size_t at = changed.find("\"arguments\":{\"");
      if (at != std::string::npos) changed.insert(at + 13, "\"x_added\":true,");
      to_upstream.push(connection, changed);
    }
  }
};

// Every allowed call goes out a second time under an id of its own; that reply is swallowed.
class CallsTwice final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    Frames forwarded;
    inner().from_client(connection, frame, now, forwarded, to_client, log);
    while (const auto each = forwarded.pop()) {
      to_upstream.push(connection, each->bytes);
      constexpr std::string_view kId = "\"id\":";
      const std::size_t at = each->bytes.find(kId);
      if (at == std::string_view::npos || each->bytes.find("tools/call") == std::string_view::npos)
        continue;
      std::string again(each->bytes);
      again.replace(at, again.find(',', at) - at,
                    "\"id\":\"again-" + std::to_string(++sent_) + "\"");
      to_upstream.push(connection, again);
    }
  }

 private:
  std::uint64_t sent_ = 0;
};

// Every third allowed call never goes out: its client gets an error, its limit the charge.
class ChargesWhatItLoses final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    Frames forwarded, lost;
    inner().from_client(connection, frame, now, forwarded, to_client, log);
    while (const auto each = forwarded.pop()) {
      const rpc::Decoded call = rpc::decode(each->bytes, rpc::strict_reading(), tree_);
      if (call && call.message.method == "tools/call" && ++calls_ % 3 == 0) {
        std::string answer;
        rpc::write_error(call.id, rpc::kInternalError, "lost", answer);
        inner().from_upstream(connection, answer, now, lost, to_client, log);
      } else {
        to_upstream.push(connection, each->bytes);
      }
    }
  }
  void reset() override {
    calls_ = 0;
    Wrapper::reset();
  }

 private:
  base::Tree tree_;
  std::uint64_t calls_ = 0;
};

// Changes what the inner gateway makes of the upstream's frames.
class ChangesReplies : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void from_upstream(Connection connection, std::string_view frame, base::Instant now,
                     Frames& to_upstream, Frames& to_client, trace::Trace& log) final {
    Frames replies;
    inner().from_upstream(connection, frame, now, to_upstream, replies, log);
    while (const auto reply = replies.pop()) {
      std::string changed(reply->bytes);
      change(frame, changed);
      to_client.push(reply->connection, changed);
    }
  }

 private:
  virtual void change(std::string_view from_upstream, std::string& reply) = 0;
};

bool is_list_reply(std::string_view frame) {
  return frame.find("\"tools\":[") != std::string_view::npos;
}

// The reply to one request goes out under the id of the one before.
class SwapsIds final : public ChangesReplies {
 public:
  using ChangesReplies::ChangesReplies;
  void reset() override {
    last_.clear();
    Wrapper::reset();
  }

 private:
  void change(std::string_view, std::string& reply) override {
    const std::size_t at = reply.find("\"id\":");
    if (at == std::string::npos) return;
    const std::size_t end = reply.find_first_of(",}", at);
    const std::string id = reply.substr(at, end - at);
    if (!last_.empty()) reply.replace(at, end - at, last_);
    last_ = id;
  }

  std::string last_;
};

// Its tool lists pass the filter on the first page only.
class FiltersFirstPageOnly final : public ChangesReplies {
 public:
  using ChangesReplies::ChangesReplies;
  void reset() override {
    pages_ = 0;
    Wrapper::reset();
  }

 private:
  void change(std::string_view from_upstream, std::string& reply) override {
    if (is_list_reply(from_upstream) && pages_++ > 0) reply = from_upstream;
  }

  std::uint64_t pages_ = 0;
};

// Does not filter the lists that are asked for with an empty cursor.
class LeavesEmptyCursors final : public ChangesReplies {
 public:
  using ChangesReplies::ChangesReplies;
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    unfiltered_ = frame.find(R"("cursor":"")") != std::string_view::npos;
    inner().from_client(connection, frame, now, to_upstream, to_client, log);
  }

 private:
  void change(std::string_view from_upstream, std::string& reply) override {
    if (unfiltered_ && is_list_reply(from_upstream)) reply = from_upstream;
  }

  bool unfiltered_ = false;
};

// Takes the upstream's names of members back, where something was taken out of one.
class KeepsNames final : public ChangesReplies {
 public:
  using ChangesReplies::ChangesReplies;

 private:
  void change(std::string_view from_upstream, std::string& reply) override {
    base::Tree said, told;
    if (base::read_json(from_upstream, {}, said) || base::read_json(reply, {}, told)) return;
    std::string out;
    write(told.root(), said.root(), out);
    reply = std::move(out);
  }

  static void write(base::Value told, base::Value said, std::string& out) {
    if ((!told.is_object() && !told.is_list()) || told.kind() != said.kind() ||
        told.size() != said.size()) {
      return base::write_json(told, out);
    }
    out += told.is_object() ? '{' : '[';
    for (std::uint32_t i = 0; i < told.size(); ++i) {
      if (i != 0) out += ',';
      if (told.is_object()) {
        base::write_json_string(said.at(i).key(), out);
        out += ':';
      }
      write(told.at(i), said.at(i), out);
    }
    out += told.is_object() ? '}' : ']';
  }
};

// Takes the first tool out of every list, or shows it twice.
template <bool kTwice>
class SpoilsLists final : public ChangesReplies {
 public:
  using ChangesReplies::ChangesReplies;

 private:
  void change(std::string_view, std::string& reply) override {
    base::Tree tree;
    if (base::read_json(reply, {}, tree)) return;
    const base::Value tools = tree.root().find("result").find("tools");
    if (!tools.is_list() || tools.size() < 2) return;
    const std::size_t first = tools.at(0).offset();
    const std::size_t length = tools.at(1).offset() - first;
    if (kTwice)
      reply.insert(first, std::string(reply, first, length));
    else
      reply.erase(first, length);
  }
};

// Says that the new policy is in force and goes on under the old one.
class IgnoresReload final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  Replaced reload(const PolicyInput&, base::Instant, Frames&, trace::Trace&) override {
    return {true, {}};
  }
};

// A refused reload is on record, but with the refused policy as the one in force.
class MisnamesPolicy final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  Replaced reload(const PolicyInput& policy, base::Instant now, Frames& to_client,
                  trace::Trace& log) override {
    trace::Trace truth;
    Replaced replaced = inner().reload(policy, now, to_client, truth);
    for (const trace::Event& each : truth.events()) {
      log.add(each.kind, truth.view(each.text), base::sha256_hex(policy.text)).connection =
          each.connection;
    }
    return replaced;
  }
};

// Everybody is forgotten with every new connection, counters included.
class ForgetsOnReconnect final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void open(Connection connection, const Principal& principal) override {
    inner().reset();
    Wrapper::open(connection, principal);
  }
};

// Says of a hidden tool that it is hidden, and so that it is there.
class TellsHidden final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    Frames answers;
    const std::size_t before = log.events().size();
    inner().from_client(connection, frame, now, to_upstream, answers, log);
    const bool hidden = log.events().size() > before &&
                        log.events().back().kind == trace::EventKind::Decided &&
                        log.view(log.events().back().more) == "(hidden)";
    constexpr std::string_view kText = "\"text\":\"";
    while (const auto each = answers.pop()) {
      std::string answer(each->bytes);
      const std::size_t at = answer.find(kText);
      if (hidden && at != std::string::npos) answer.insert(at + kText.size(), "(hidden) ");
      to_client.push(connection, answer);
    }
  }
};

// Once its operator has done something, its lists still leave out what its policy does not show,
// but whoever knows the name can call it.
class OpensOnceOperated final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void from_client(Connection connection, std::string_view frame, base::Instant now,
                   Frames& to_upstream, Frames& to_client, trace::Trace& log) override {
    const std::size_t before = log.events().size();
    inner().from_client(connection, frame, now, to_upstream, to_client, log);
    if (!operated_ || log.events().size() == before) return;
    const std::string_view rule = log.view(log.events().back().more);
    // The inner one drops the stray reply.
    if (rule == "(hidden)" || rule == "(default deny)") to_upstream.push(connection, frame);
  }
  Replaced reload(const PolicyInput& policy, base::Instant now, Frames& to_client,
                  trace::Trace& log) override {
    operated_ = true;
    return Wrapper::reload(policy, now, to_client, log);
  }
  void operate(const OperatorAction& action, base::Instant now, Frames& to_client) override {
    operated_ = true;
    Wrapper::operate(action, now, to_client);
  }
  void reset() override {
    operated_ = false;
    Wrapper::reset();
  }

 private:
  bool operated_ = false;
};

// Whatever its operator says.
class IgnoresOperator final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void operate(const OperatorAction&, base::Instant, Frames&) override {}
};

// The end of a freeze ends everything else that the operator has stopped.
class UnfreezeRevives final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void operate(const OperatorAction& action, base::Instant now, Frames& to_client) override {
    Wrapper::operate(action, now, to_client);
    if (action.kind != OperatorAction::Kind::Unfreeze) return;
    Wrapper::operate({.kind = OperatorAction::Kind::Revive}, now, to_client);
  }
};

// One approval is good for everything that waits.
class ApprovesAnything final : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void operate(const OperatorAction& action, base::Instant now, Frames& to_client) override {
    OperatorAction wider = action;
    if (action.kind == OperatorAction::Kind::Approve) wider.text.clear();
    Wrapper::operate(wider, now, to_client);
  }
};

}  // namespace

const std::vector<MutantEntry>& mutants() {
  static const std::vector<MutantEntry> kTable = {
      {"forwards_unparsable", "forwards what it cannot parse", "no_denied_effect",
       "arg/undecodable-params@taobao_hardened", forwards_unparsable},
      {"first_duplicate_wins", "judges the first duplicate, forwards both", "no_denied_effect",
       "arg/duplicate-keys@taobao_hardened", first_duplicate_wins},
      {"last_duplicate_wins", "judges the last duplicate, forwards both", "no_denied_effect",
       "arg/duplicate-keys@taobao_hardened", last_duplicate_wins},
      {"other_spellings_pass", "takes `Name` beside `name` for an unknown member, forwards both",
       "forwarded_equals_judged", "arg/case-variant-keys@taobao_hardened", other_spellings_pass},
      {"other_methods_pass", "judges tools/call and relays every other method", "expect",
       "probe/other-method", other_methods_pass},
      {"lists_hidden", "does not filter tools/list", "hidden_stays_hidden",
       "hid/call-by-name@taobao_hardened", lists_hidden},
      {"filters_first_page_only", "filters the first page of tools/list only",
       "hidden_stays_hidden", "hid/other-pages@taobao_hardened", wrapped<FiltersFirstPageOnly>},
      {"leaves_empty_cursors", "does not filter a tools/list that asks with an empty cursor",
       "hidden_stays_hidden", "hid/other-pages@taobao_hardened", wrapped<LeavesEmptyCursors>},
      {"loses_a_tool", "takes the first tool out of every list", "list_whole",
       "hid/call-by-name@taobao_hardened", wrapped<SpoilsLists<false>>},
      {"repeats_a_tool", "shows the first tool of every list twice", "list_whole",
       "hid/call-by-name@taobao_hardened", wrapped<SpoilsLists<true>>},
      {"reused_ids_pass", "lets a second request with an id in flight pass", "reply_shape",
       "proto/reused-id@openaaas_hardened", reused_ids_pass},
      {"no_lifecycle", "lets calls pass before the handshake", "expect",
       "proto/second-handshake@taobao_hardened", no_lifecycle},
      {"calendar_windows", "counts by calendar minute, not in any minute", "promise_kept",
       "rate/window-edge-burst@binassist_hardened", calendar_windows},
      {"lists_weigh_one", "counts a call over a list as one", "promise_kept",
       "bulk/list-under-a-cap", lists_weigh_one},
      {"refunds_errors", "refunds calls that ended in an error after their effect",
       "effects_bounded", "probe/refund", refunds_errors},
      {"one_too_many", "admits one call more than the limit", "promise_kept",
       "rate/window-edge-burst@binassist_hardened", one_too_many},
      {"less_than", "`<` for `<=`: admits one call less than the limit", "expect",
       "rate/window-edge-burst@binassist_hardened", less_than},
      {"forgets_limits", "counts and never refuses", "budget_kept",
       "rate/session-rotation@binassist_hardened", forgets_limits},
      {"counts_per_session", "counts per session: a new one starts from zero", "promise_kept",
       "rate/session-rotation@binassist_hardened", counts_per_session},
      {"forgets_on_reconnect", "a new connection clears all counters", "promise_kept",
       "proto/hang-up@binassist_hardened", wrapped<ForgetsOnReconnect>},
      {"forgets_in_a_crowd", "has room for 500 callers' counters, then starts afresh",
       "promise_kept", "probe/identity-sweep", forgets_in_a_crowd},
      {"ignores_reload", "goes on under the policy that the operator replaced", "no_denied_effect",
       "ops/missed-reload@taobao_hardened", wrapped<IgnoresReload>},
      {"misnames_policy", "records a policy it refused as the one in force", "audit_complete",
       "def/invalid-reload", wrapped<MisnamesPolicy>},
      {"ignores_operator", "goes on for those whom the operator has stopped", "no_denied_effect",
       "idt/revoked-grant@binassist_hardened", wrapped<IgnoresOperator>},
      {"opens_once_operated", "after a word of the operator hides tools in lists only",
       "list_call_agree", "bulk/freeze@binassist_hardened", wrapped<OpensOnceOperated>},
      {"unfreeze_revives", "takes the end of a freeze for the end of a kill too",
       "no_denied_effect", "probe/stop-switches", wrapped<UnfreezeRevives>},
      {"keeps_names", "redacts values, and leaves the names of members as they are",
       "canary_contained", "probe/secret-name", wrapped<KeepsNames>},
      {"approves_anything", "takes the approval of one call for that of all that wait",
       "no_denied_effect", "probe/operator", wrapped<ApprovesAnything>},
      {"default_allows", "reads default deny as allow", "no_denied_effect",
       "hid/dispatcher@taobao_hardened", default_allows},
      {"forgets_hide", "does not read the hide list", "hidden_stays_hidden",
       "hid/hidden-among-allowed", forgets_hide},
      {"skips_conditions", "keeps the limits and forgets every other rule", "no_denied_effect",
       "arg/absent-arguments@binassist_hardened", skips_conditions},
      {"tells_hidden", "refuses a hidden tool in other words than one that does not exist",
       "expect", "hid/existence-oracle@taobao_hardened", wrapped<TellsHidden>},
      {"denies_in_words_only", "answers with a denial and forwards the call", "no_denied_effect",
       "hid/call-by-name@taobao_hardened", wrapped<DeniesInWordsOnly>},
      {"answers_twice", "sends every reply twice", "reply_shape",
       "hid/call-by-name@taobao_hardened", wrapped<AnswersTwice>},
      {"never_answers_denials", "drops denied calls without a word", "reply_shape",
       "hid/call-by-name@taobao_hardened", wrapped<NeverAnswersDenials>},
      {"changes_id_type", "answers number ids as text", "reply_shape",
       "hid/call-by-name@taobao_hardened", wrapped<ChangesIdType>},
      {"swaps_ids", "answers under the id of the request before", "reply_shape",
       "hid/call-by-name@taobao_hardened", wrapped<SwapsIds>},
      {"drops_records", "records every other decision only", "audit_complete",
       "rate/window-edge-burst@binassist_hardened", wrapped<DropsRecords>},
      {"lies_in_records", "records the opposite of what it did", "audit_complete",
       "hid/call-by-name@taobao_hardened", wrapped<LiesInRecords>},
      {"records_the_call_before", "records each decision as one about the call before",
       "audit_complete", "arg/tool-name-variants@taobao_hardened", wrapped<RecordsTheCallBefore>},
      {"forwards_something_else", "adds an argument after judging", "forwarded_equals_judged",
       "arg/extra-properties@taobao_hardened", wrapped<ForwardsSomethingElse>},
      {"charges_what_it_loses", "drops every third call that it allowed and charged",
       "quota_conserved", "loop/retry-storm@taobao_hardened", wrapped<ChargesWhatItLoses>},
      {"calls_twice", "forwards every allowed call twice", "quota_conserved",
       "cxl/id-probing@openaaas_hardened", wrapped<CallsTwice>},
  };
  return kTable;
}

const MutantEntry* find_mutant(std::string_view name) {
  for (const MutantEntry& each : mutants()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

}  // namespace gatecrash::gateway
