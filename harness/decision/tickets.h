// Open reservations of a store that keeps its counters elsewhere: what to take back, by ticket.
// They live in the process that made them; if it dies, what it reserved stays counted.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gatecrash::decision {

template <typename Mark>
class Tickets {
 public:
  std::uint64_t keep(std::vector<Mark> marks) {
    if (marks.empty()) return 0;
    open_.emplace(++last_, std::move(marks));
    return last_;
  }
  // Closes the ticket; nothing for one that is not open.
  std::vector<Mark> take(std::uint64_t ticket) {
    const auto found = open_.find(ticket);
    if (found == open_.end()) return {};
    std::vector<Mark> marks = std::move(found->second);
    open_.erase(found);
    return marks;
  }
  void clear() { open_.clear(); }

 private:
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, std::vector<Mark>> open_;
};

}  // namespace gatecrash::decision
