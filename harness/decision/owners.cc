#include "harness/decision/owners.h"

#include <re2/re2.h>

#include "harness/base/json.h"

namespace gatecrash::decision {
namespace {

using base::Value;

// No scope is called that: scopes are names people give.
constexpr std::string_view kContested{"\0", 1};

}  // namespace

Owners::Owners(const std::string& id) {
  RE2::Options options;
  options.set_log_errors(false);
  id_ = std::make_unique<RE2>("(" + id + ")", options);
}
Owners::~Owners() = default;
Owners::Owners(Owners&&) noexcept = default;
Owners& Owners::operator=(Owners&&) noexcept = default;

void Owners::learn(Value reply, std::string_view owner) {
  if (reply.is_string() || reply.is_number()) return learn(reply.text(), owner);
  if (!reply.is_list() && !reply.is_object()) return;
  for (const Value each : reply) learn(each, owner);
}

void Owners::learn(std::string_view text, std::string_view owner) {
  re2::StringPiece rest(text.data(), text.size());
  std::string id;
  while (RE2::FindAndConsume(&rest, *id_, &id)) {
    if (id.empty()) {  // the expression can match nothing; it never ends there
      if (rest.empty()) return;
      rest.remove_prefix(1);
      continue;
    }
    const auto [at, fresh] = owners_.try_emplace(id, owner);
    if (!fresh) {
      if (at->second != owner) at->second = kContested;
      continue;
    }
    std::deque<std::string>& ages = ages_[std::string(owner)];
    ages.push_back(id);
    if (ages.size() <= kMostOfOne) continue;
    owners_.erase(ages.front());
    ages.pop_front();
  }
}

bool Owners::allows(std::string_view id, std::string_view owner) const {
  const auto found = owners_.find(std::string(id));
  return found == owners_.end() || found->second == owner;
}

bool Owners::allows(Value id, std::string_view owner) const {
  if (!id || id.is_null())
    return true;  // it names nothing; whether it may is for the arguments' schema
  if (id.is_list()) {
    for (const Value each : id) {
      if (!allows(each, owner)) return false;
    }
    return true;
  }
  if (id.is_number()) return allows(id.text(), owner);
  if (!id.is_string() || !allows(id.text(), owner)) return false;
  if (id.text().find_first_of("[{\"") == std::string_view::npos) return true;
  base::Tree tree;
  if (base::read_json(id.text(), {.bytes = id.text().size()}, tree)) return true;
  return allows(tree.root(), owner);
}

void Owners::clear() {
  owners_.clear();
  ages_.clear();
}

}  // namespace gatecrash::decision
