// What the policy as documented says to each call of a run, with all that was called before it:
// limits, budgets, sequences and ownership count. Asked in two readings, sliding windows with lists
// weighed and calendar windows with calls counted and refunds, because the published documents
// leave that open.
//
// The answer is not known after a message that only a lenient gateway takes for a call and that
// went upstream (it may be counted there and is not here), nor for a message that is no call.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "harness/oracle/evidence.h"

namespace gatecrash::oracle {

class History {
 public:
  struct Answer {
    std::uint32_t sent = kNone;  // the agent's Sent event
    // The messages of the rulings are empty.
    decision::Ruling hardened;
    decision::Ruling published;
    // A refusal by either reading, else that it is allowed.
    const decision::Ruling& strictest() const {
      return hardened.outcome == decision::Outcome::Allow ? published : hardened;
    }
  };

  // Not to be made without a policy. Cost: two decisions for each call that was sent.
  explicit History(const Evidence& evidence);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  const std::vector<Answer>& answers() const { return answers_; }  // in the order of the calls
  // Null: not known. Of a step that sent several calls, its first.
  const Answer* of_step(std::uint32_t step) const;
  const Answer* of_message(std::uint32_t sent) const;  // the agent's Sent event

 private:
  class Model;
  std::unique_ptr<Model> hardened_, published_;  // the rulings view into them
  std::vector<Answer> answers_;
  std::vector<std::uint32_t> by_step_;  // index of an answer, or kNone
};

}  // namespace gatecrash::oracle
