// Tool definitions pinned to what was seen first. A gateway cannot know whether a definition is
// honest, but it can know that it is not the one that people have looked at.
//
// Once a whole listing has been seen, a tool that is new, that has another definition than before,
// or whose name stands twice in one listing, is neither shown nor called until an operator accepts
// it. When the upstream says that its list has changed, everything is in doubt until it has been
// listed again.
//
// A listing is a chain of pages: asked for without a cursor first, then with the cursor each page
// gave. Only a chain that is whole says which tools there are, and only one that began after the
// doubt settles it: an agent that asks for some other page, or for one again, can neither settle
// anything nor take anything away.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "harness/base/tree.h"

namespace gatecrash::gateway {

class Definitions {
 public:
  // One session's listing under way.
  struct Listing {
    std::uint32_t chain =
        0;               // its number; the reply to a request of another chain is no part of it
    bool whole = false;  // it began with the first page
    bool waits = false;  // for the page asked for
    std::uint64_t doubts = 0;  // that there had been when it began
    std::string next;          // the cursor the last page gave
    std::set<std::string, std::less<>> names;
    std::set<std::string, std::less<>> twice;
  };

  // A request for a page; `cursor` is absent for the first. The chain its reply belongs to; 0: to
  // none.
  std::uint32_t asked(base::Value cursor, Listing& listing) const;
  // The page that came. `next`: the cursor it gives; absent: it is the last.
  void see(base::Value tools, base::Value next, std::uint32_t chain, Listing& listing);
  // The upstream says that its list has changed.
  void doubt();
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
  void settle(const Listing& listing);

  std::map<std::string, Pinned, std::less<>> tools_;
  bool complete_ = false;  // a whole listing was seen
  bool doubted_ = false;
  std::uint64_t doubts_ = 0;
  std::string text_;
};

}  // namespace gatecrash::gateway
