#include "harness/decision/approvals.h"

#include <algorithm>
#include <cstdio>

#include "harness/base/digest.h"
#include "harness/base/json.h"

namespace gatecrash::decision {

std::string_view to_string(ApprovalState state) {
  switch (state) {
    case ApprovalState::Pending: return "pending";
    case ApprovalState::Approved: return "approved";
    case ApprovalState::Denied: return "denied";
    case ApprovalState::Used: return "used";
  }
  return "?";
}

std::string Approvals::fingerprint(const Question& question) {
  // Each part is a JSON string, so that no part can be mistaken for the border of two.
  std::string text;
  base::write_json_string(question.principal, text);
  base::write_json_string(question.grant, text);
  base::write_json_string(question.tool, text);
  base::write_json_string(question.rule, text);
  if (question.arguments)
    base::write_json_sorted(question.arguments, text);
  else
    text += "{}";  // no arguments and empty arguments are the same call
  return text;
}

bool Approvals::over(const Approval& approval, base::Instant now) {
  return approval.expires && now >= *approval.expires;
}

const Approval* Approvals::find(const Question& question, base::Instant now) const {
  const auto id = current_.find(fingerprint(question));
  if (id == current_.end()) return nullptr;
  const Approval& found = records_.find(id->second)->second;
  return over(found, now) ? nullptr : &found;
}

const Approval& Approvals::ask(const Question& question, base::Instant now) {
  std::string print = fingerprint(question);
  if (const auto id = current_.find(print); id != current_.end()) {
    const auto record = records_.find(id->second);
    if (!over(record->second, now)) return record->second;
    expire(std::string(id->second));
  }
  char serial[24];
  std::snprintf(serial, sizeof serial, "%06llu", static_cast<unsigned long long>(++asked_));
  const std::string id =
      "apr-" + std::string(serial) + "-" + base::sha256_hex(print + serial).substr(0, 12);
  Approval record{.id = id,
                  .principal = std::string(question.principal),
                  .grant = std::string(question.grant),
                  .tool = std::string(question.tool),
                  .rule = std::string(question.rule),
                  .asked = now};
  if (question.arguments)
    base::write_json_sorted(question.arguments, record.arguments);
  else
    record.arguments = "{}";
  if (question.timeout) record.expires = now + *question.timeout;
  current_[print] = id;
  prints_[id] = std::move(print);
  return records_.emplace(id, std::move(record)).first->second;
}

Approval* Approvals::waiting(std::string_view id, base::Instant now) {
  const auto found = records_.find(id);
  if (found == records_.end() || found->second.state != ApprovalState::Pending ||
      over(found->second, now)) {
    return nullptr;
  }
  return &found->second;
}

bool Approvals::approve(std::string_view id, base::Instant now) {
  Approval* record = waiting(id, now);
  if (record != nullptr) record->state = ApprovalState::Approved;
  return record != nullptr;
}

bool Approvals::deny(std::string_view id, base::Instant now) {
  Approval* record = waiting(id, now);
  if (record != nullptr) record->state = ApprovalState::Denied;
  return record != nullptr;
}

bool Approvals::expire(std::string_view id) {
  const auto found = records_.find(id);
  if (found == records_.end() || found->second.state == ApprovalState::Used) return false;
  const auto print = prints_.find(id);
  if (const auto current = current_.find(print->second);
      current != current_.end() && current->second == id) {
    current_.erase(current);
  }
  prints_.erase(print);
  records_.erase(found);
  return true;
}

void Approvals::use(const std::string& id) {
  records_.find(id)->second.state = ApprovalState::Used;
  current_.erase(prints_.find(id)->second);  // an identical call under way asks anew
}

void Approvals::restore(const std::string& id, base::Instant now) {
  const auto found = records_.find(id);
  if (found == records_.end() || found->second.state != ApprovalState::Used) return;
  found->second.state = ApprovalState::Approved;
  if (over(found->second, now)) {
    expire(std::string(id));
    return;
  }
  // Whatever the same call asked for meanwhile gives way to the consent that is already there.
  const std::string print = prints_.find(id)->second;
  if (const auto other = current_.find(print); other != current_.end()) {
    expire(std::string(other->second));
  }
  current_[print] = id;
}

void Approvals::settle(const std::string& id) {
  const auto found = records_.find(id);
  if (found == records_.end() || found->second.state != ApprovalState::Used) return;
  prints_.erase(id);
  records_.erase(found);
}

std::size_t Approvals::waiting_for(const Question& question, base::Instant now) const {
  return static_cast<std::size_t>(std::ranges::count_if(records_, [&](const auto& entry) {
    const Approval& each = entry.second;
    const bool same = question.grant.empty() ? each.principal == question.principal
                                             : each.grant == question.grant;
    return each.state == ApprovalState::Pending && same && !over(each, now);
  }));
}

const Approval* Approvals::by_id(std::string_view id) const {
  const auto found = records_.find(id);
  return found == records_.end() ? nullptr : &found->second;
}

std::vector<Approval> Approvals::list() const {
  std::vector<Approval> out;
  for (const auto& [id, record] : records_) out.push_back(record);
  return out;
}

void Approvals::clear() {
  records_.clear();
  current_.clear();
  prints_.clear();
  asked_ = 0;
}

}  // namespace gatecrash::decision
