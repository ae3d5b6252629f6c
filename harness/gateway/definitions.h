// Tool definitions pinned to what was seen first. A gateway cannot know whether a definition is honest, but
// it can know that it is not the one that people have looked at.
//
// Once a whole listing has been seen, a tool that is new, that has another definition than before, or whose
// name stands twice in one listing, is neither shown nor called until an operator accepts it. When the
// upstream says that its list has changed, everything is in doubt until it has been listed again.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "harness/base/tree.h"

namespace gatecrash::gateway {

class Definitions {
 public:
  // Names of the pages of one listing so far; each session has its own.
  using Listing = std::set<std::string, std::less<>>;

  // One page of tools. `last`: no page follows.
  void see(base::Value tools, bool last, Listing& listing);
  void doubt() { doubted_ = complete_; }
  // Is this tool, as far as is known, the one that was looked at?
  bool trusted(std::string_view tool) const { return !doubted_ && shown(tool); }
  // The same for the list that is under way, where doubt is just being settled.
  bool shown(std::string_view tool) const;
  void accept();
  void reset();

 private:
  struct Pinned {
    std::string text;    // the definition as first seen, or as accepted
    std::string latest;  // what came instead; empty: the same
    bool known = true;   // false: it came after the first listing
    bool twice = false;  // in one listing: which one is called, nobody can say
  };
  std::map<std::string, Pinned, std::less<>> tools_;
  bool complete_ = false;  // a whole listing was seen
  bool doubted_ = false;
  std::string text_;
};

}  // namespace gatecrash::gateway
