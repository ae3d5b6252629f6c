// Who made what: ids that the upstream gave to one caller belong to that caller (or tenant), and
// nobody else may act on them. An id that nobody was seen to get is nobody's: what was there before
// stays usable. An id that two were given is contested, and neither may act on it: whoever can make
// a server repeat an id would otherwise claim it.
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

  // Every id in the reply becomes this owner's, or contested.
  void learn(base::Value reply, std::string_view owner);
  // May this owner act on what `id` names? A text, a number, a list of them, or a text that a
  // server could unpack to a list; of anything else it cannot be told, so no.
  bool allows(base::Value id, std::string_view owner) const;
  void clear();

 private:
  // Beyond this many an owner's oldest ids are nobody's again; others' ids are not touched.
  static constexpr std::size_t kMostOfOne = 10'000;
  void learn(std::string_view text, std::string_view owner);
  bool allows(std::string_view id, std::string_view owner) const;

  std::unique_ptr<re2::RE2> id_;
  std::unordered_map<std::string, std::string> owners_;            // kContested: nobody
  std::unordered_map<std::string, std::deque<std::string>> ages_;  // by owner, the oldest first
};

}  // namespace gatecrash::decision
