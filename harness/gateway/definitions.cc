#include "harness/gateway/definitions.h"

#include <utility>

#include "harness/base/json.h"

namespace gatecrash::gateway {
namespace {

// Another order of members is no other definition.
bool same(const std::string& pinned, std::string_view text, base::Value tool) {
  if (pinned == text) return true;
  base::Tree tree;
  if (base::read_json(pinned, {}, tree)) return false;
  return base::equal(tree.root(), tool);
}

}  // namespace

void Definitions::see(base::Value tools, bool last, Listing& listing) {
  for (const base::Value tool : tools) {
    const base::Value name = tool.find("name");
    if (!name.is_string()) continue;
    text_.clear();
    base::write_json(tool, text_);
    const auto found = tools_.find(name.text());
    if (found == tools_.end()) {
      tools_.emplace(name.text(), Pinned{.text = text_, .known = !complete_});
    } else {
      Pinned& pinned = found->second;
      if (same(pinned.text, text_, tool)) pinned.latest.clear();
      else pinned.latest = text_;
    }
    if (!listing.emplace(name.text()).second) tools_.find(name.text())->second.twice = true;
  }
  if (!last) return;
  listing.clear();
  complete_ = true;
  doubted_ = false;
}

bool Definitions::shown(std::string_view tool) const {
  const auto found = tools_.find(tool);
  if (found == tools_.end()) return !complete_;
  return found->second.known && found->second.latest.empty() && !found->second.twice;
}

void Definitions::accept() {
  for (auto& [name, pinned] : tools_) {
    if (!pinned.latest.empty()) pinned.text = std::exchange(pinned.latest, {});
    pinned.known = true;
    pinned.twice = false;
  }
  doubted_ = false;
}

void Definitions::reset() {
  tools_.clear();
  complete_ = false;
  doubted_ = false;
}

}  // namespace gatecrash::gateway
