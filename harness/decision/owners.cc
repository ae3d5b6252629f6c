#include "harness/decision/owners.h"

#include <algorithm>

#include <re2/re2.h>

namespace gatecrash::decision {

using base::Value;

Owners::Owners(const std::string& id) {
  RE2::Options options;
  options.set_log_errors(false);
  id_ = std::make_unique<RE2>("(" + id + ")", options);
}
Owners::~Owners() = default;
Owners::Owners(Owners&&) noexcept = default;
Owners& Owners::operator=(Owners&&) noexcept = default;

void Owners::learn(Value reply, std::string_view owner) {
  if (reply.is_string()) {
    re2::StringPiece text(reply.text().data(), reply.text().size());
    std::string id;
    while (RE2::FindAndConsume(&text, *id_, &id)) {
      if (!owners_.try_emplace(id, owner).second) continue;
      ages_.push_back(id);
      if (ages_.size() <= kMost) continue;
      owners_.erase(ages_.front());
      ages_.pop_front();
    }
    return;
  }
  if (!reply.is_list() && !reply.is_object()) return;
  for (const Value each : reply) learn(each, owner);
}

bool Owners::allows(Value id, std::string_view owner) const {
  if (id.is_list()) {
    for (const Value each : id) {
      if (!allows(each, owner)) return false;
    }
    return true;
  }
  if (!id.is_string()) return true;
  const auto found = owners_.find(std::string(id.text()));
  return found == owners_.end() || found->second == owner;
}

void Owners::clear() {
  owners_.clear();
  ages_.clear();
}

}  // namespace gatecrash::decision
