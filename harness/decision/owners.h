// Who made what: ids that the upstream gave to one caller belong to that caller (or tenant), and nobody else
// may act on them. An id that nobody was seen to make is nobody's: what was there before stays usable.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/base/tree.h"

namespace re2 {
class RE2;
}

namespace gatecrash::decision {

class Owners {
 public:
  // `id`: RE2 of what an id looks like; it compiles.
  explicit Owners(const std::string& id);
  ~Owners();
  Owners(Owners&&) noexcept;
  Owners& operator=(Owners&&) noexcept;

  // Every id in the reply that is nobody's yet is this owner's from now on.
  void learn(base::Value reply, std::string_view owner);
  // May this owner act on what `id` names (a text, or a list of them)?
  bool allows(base::Value id, std::string_view owner) const;
  void clear();

 private:
  // The oldest are forgotten, and nobody's again, beyond this many.
  static constexpr std::size_t kMost = 100'000;
  std::unique_ptr<re2::RE2> id_;
  std::unordered_map<std::string, std::string> owners_;
  std::deque<std::string> ages_;
};

}  // namespace gatecrash::decision
