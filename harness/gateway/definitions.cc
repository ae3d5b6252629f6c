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

std::uint32_t Definitions::asked(base::Value cursor, Listing& listing) const {
  if (!cursor) {
    listing = {.chain = listing.chain + 1, .whole = true, .waits = true, .doubts = doubts_};
    return listing.chain;
  }
  if (!listing.whole || listing.waits || cursor.text() != listing.next) return 0;
  listing.waits = true;
  return listing.chain;
}

void Definitions::see(base::Value tools, base::Value next, std::uint32_t chain, Listing& listing) {
  const bool counts = chain != 0 && chain == listing.chain && listing.waits;
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
      if (same(pinned.text, text_, tool))
        pinned.latest.clear();
      else
        pinned.latest = text_;
    }
    if (counts && !listing.names.emplace(name.text()).second) {
      listing.twice.emplace(name.text());
      tools_.find(name.text())->second.twice = true;
    }
  }
  if (!counts) return;
  listing.waits = false;
  if (next.is_string()) {
    listing.next = next.text();
    return;
  }
  settle(listing);
  listing.whole = false;
}

void Definitions::settle(const Listing& listing) {
  for (const std::string& name : listing.names) {
    if (!listing.twice.contains(name)) tools_.find(name)->second.twice = false;
  }
  complete_ = true;
  if (listing.doubts == doubts_) doubted_ = false;
}

void Definitions::doubt() {
  ++doubts_;
  doubted_ = !tools_.empty();
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
  doubts_ = 0;
}

}  // namespace gatecrash::gateway
