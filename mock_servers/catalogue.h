// The tools that a mock serves at one time, as tools/list shows them and as tools/call finds them.
// A mock has two: what it begins with, and what it serves once the rug has been pulled (fault.h).
#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/scenario/target.h"
#include "mock_servers/mock.h"
#include "mock_servers/surface.h"

namespace gatecrash::mock_servers {

class Catalogue {
 public:
  // A tool as the dispatcher sees it: one of the surface's, or an extra one.
  struct Entry {
    const Tool* tool = nullptr;
    const scenario::ExtraTool* extra = nullptr;
    std::size_t index = 0;  // of the surface's tool
    std::string_view name() const {
      return tool != nullptr ? tool->name : std::string_view(extra->name);
    }
  };

  // Surface and tools have to outlive it. `prefix` comes before the names of the surface's tools.
  // `per_page` 0: all on one page. `pulled`: with the extra tools that come later, or, where there
  // are none, with other descriptions.
  Catalogue(const Surface& surface, std::span<const scenario::ExtraTool> extra_tools,
            std::string_view prefix, std::size_t per_page, bool pulled);

  std::span<const Entry> entries() const { return entries_; }
  const Entry* find(std::string_view name) const;
  // Results of tools/list, one per page; at least one.
  const std::vector<std::string>& pages() const { return pages_; }
  std::vector<ServedTool> served(const Surface& surface) const;

 private:
  void render(const Surface& surface, std::size_t per_page);

  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
  std::vector<std::string> pages_;
  // Definitions of our own, where they differ from the surface's.
  std::deque<Tool> tools_;
  std::deque<std::string> texts_;
};

}  // namespace gatecrash::mock_servers
