// Calls that wait for a human: policy-semantics.md 1.5.
//
// An approval belongs to one fingerprint: principal, tool, arguments in canonical order, rule.
// Asking again with the same fingerprint finds the same record; anything else is another call and
// another record. An approved record lets exactly one call through. A record is gone at its expiry,
// approved or not: silence never turns into consent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/time.h"
#include "harness/base/tree.h"

namespace gatecrash::decision {

enum class ApprovalState : std::uint8_t { Pending, Approved, Denied, Used };
std::string_view to_string(ApprovalState state);

struct Approval {
  std::string id;
  ApprovalState state = ApprovalState::Pending;
  std::string principal;
  std::string grant;
  std::string tool;
  std::string arguments;  // canonical JSON, members sorted
  std::string rule;       // rule path
  base::Instant asked{};
  std::optional<base::Instant> expires;
  friend bool operator==(const Approval&, const Approval&) = default;
};

class Approvals {
 public:
  struct Question {
    std::string_view principal;  // who asks …
    std::string_view grant{};    // … under which grant
    std::string_view tool;
    base::Value arguments;
    std::string_view rule;
    std::optional<base::Duration> timeout;  // absent: never expires
  };

  // The record for this call, made (pending) if there is none that still holds.
  const Approval& ask(const Question& question, base::Instant now);
  // As `ask`, without making one.
  const Approval* find(const Question& question, base::Instant now) const;

  // The operator. False if there is no such record, or it is past its time or its state.
  bool approve(std::string_view id, base::Instant now);
  bool deny(std::string_view id, base::Instant now);
  bool expire(std::string_view id);

  // The gateway: an approved record is used by the call that goes through, and comes back if that
  // call failed and the semantics say so.
  void use(const std::string& id);
  void restore(const std::string& id, base::Instant now);
  void settle(const std::string& id);  // the call is over: a used record is forgotten

  // How many calls of those who hold this grant wait (of this principal, if there are no grants).
  std::size_t waiting_for(const Question& question, base::Instant now) const;

  const Approval* by_id(std::string_view id) const;
  std::vector<Approval> list() const;  // in the order they were asked
  void clear();

 private:
  using Records = std::map<std::string, Approval, std::less<>>;  // by id, which sorts by age
  static std::string fingerprint(const Question& question);
  static bool over(const Approval& approval, base::Instant now);
  Approval* waiting(std::string_view id, base::Instant now);

  Records records_;
  std::map<std::string, std::string, std::less<>> current_;  // fingerprint -> id
  std::map<std::string, std::string, std::less<>> prints_;   // id -> fingerprint
  std::uint64_t asked_ = 0;
};

}  // namespace gatecrash::decision
