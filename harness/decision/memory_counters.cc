#include <algorithm>
#include <cstddef>
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include "harness/base/digest.h"
#include "harness/decision/counters.h"

namespace gatecrash::decision {
namespace {

constexpr std::uint32_t kNone = 0xffffffff;

// What was counted, oldest first: a ring that grows. Entries are numbered for ever, so that a
// ticket can tell whether its own has already left.
class Ring {
 public:
  struct Entry {
    std::int64_t at = 0;
    Micros amount = 0;
  };

  bool empty() const { return first_ == next_; }
  Entry& front() { return slots_[first_ & mask_]; }
  Entry& back() { return slots_[(next_ - 1) & mask_]; }
  void pop_front() { ++first_; }
  std::uint64_t last_number() const { return next_ - 1; }
  Entry* numbered(std::uint64_t number) {
    return number >= first_ && number < next_ ? &slots_[number & mask_] : nullptr;
  }
  // Of the entries not younger than `at`.
  __int128 sum_until(std::int64_t at) const {
    __int128 sum = 0;
    for (std::uint64_t i = first_; i != next_ && slots_[i & mask_].at <= at; ++i) {
      sum += slots_[i & mask_].amount;
    }
    return sum;
  }
  void push(Entry entry) {
    if (next_ - first_ == slots_.size()) grow();
    slots_[next_++ & mask_] = entry;
  }
  void clear() { first_ = next_; }

 private:
  void grow() {
    const std::size_t size = slots_.empty() ? 8 : slots_.size() * 2;
    std::vector<Entry> larger(size);
    for (std::uint64_t i = first_; i != next_; ++i) larger[i & (size - 1)] = slots_[i & mask_];
    slots_ = std::move(larger);
    mask_ = size - 1;
  }

  std::vector<Entry> slots_;
  std::uint64_t mask_ = 0;
  std::uint64_t first_ = 0;
  std::uint64_t next_ = 0;
};

struct Counter {
  std::string key;
  std::string scope;
  std::uint64_t hash = 0;
  WindowKind kind = WindowKind::Sliding;
  std::int64_t window = 0;
  std::int64_t start = std::numeric_limits<std::int64_t>::min();  // of the calendar window
  __int128 sum = 0;        // exact, however large: what saturates cannot be taken back
  std::uint32_t open = 0;  // reservations neither committed nor rolled back
  Ring ring;

  // Brings `sum` to what weighs at `now`.
  void settle_at(std::int64_t now) {
    if (kind == WindowKind::CalendarUtc) {
      const std::int64_t current = now - ((now % window) + window) % window;
      if (current == start) return;
      start = current;
      sum = 0;
      return;
    }
    while (!ring.empty() && ring.front().at <= now - window) {
      sum -= ring.front().amount;
      ring.pop_front();
    }
  }

  // What weighs at `now`, without touching anything: a question must not move a window.
  Micros sum_at(std::int64_t now) const {
    if (kind == WindowKind::CalendarUtc) {
      return now - ((now % window) + window) % window == start ? saturated(sum) : 0;
    }
    return saturated(sum - ring.sum_until(now - window));
  }

  // Returns what identifies the addition later: entry number, or start of the calendar window.
  std::int64_t add(Micros amount, std::int64_t now) {
    sum += amount;
    if (kind == WindowKind::CalendarUtc) return start;
    // A clock behind the last entry would leave the ring unordered and let it expire too early.
    const bool behind = !ring.empty() && ring.back().at >= now;
    Micros joined = 0;
    if (behind && !__builtin_add_overflow(ring.back().amount, amount, &joined))
      ring.back().amount = joined;
    else
      ring.push({behind ? ring.back().at : now, amount});
    return static_cast<std::int64_t>(ring.last_number());
  }

  void take_back(Micros amount, std::int64_t mark) {
    if (kind == WindowKind::CalendarUtc) {
      if (mark == start) sum -= amount;
      return;
    }
    if (Ring::Entry* entry = ring.numbered(static_cast<std::uint64_t>(mark)); entry != nullptr) {
      entry->amount -= amount;
      sum -= amount;
    }
  }
};

class MemoryCounters final : public CounterStore {
 public:
  MemoryCounters() { slots_.assign(64, kNone); }

  CounterAnswer reserve(std::span<const CounterRequest> requests, base::Instant now) override {
    const std::int64_t at = now.time_since_epoch().count();
    marks_.clear();
    // A refusal writes nothing, not even a change of window: first everything is asked, then
    // counted.
    for (std::uint32_t i = 0; i < requests.size(); ++i) {
      const CounterRequest& request = requests[i];
      const std::uint32_t index = find_or_add(request, at);
      __int128 sum = counters_[index].sum_at(at);
      for (const Mark& mark : marks_) sum += mark.counter == index ? mark.amount : 0;
      if (!request.counts_only && sum + request.amount > request.limit) return {.refused_by = i};
      marks_.push_back({index, request.amount, 0});
    }
    const bool for_good = std::ranges::all_of(requests, &CounterRequest::for_good);
    for (Mark& mark : marks_) {
      Counter& counter = counters_[mark.counter];
      counter.settle_at(at);
      mark.mark = counter.add(mark.amount, at);
      counter.open += for_good ? 0 : 1;
    }
    if (for_good) return {.granted = true};
    return {.granted = true, .ticket = keep_ticket()};
  }

  void commit(std::uint64_t ticket) override {
    for (const Mark& mark : take_ticket(ticket)) --counters_[mark.counter].open;
  }

  void rollback(std::uint64_t ticket, base::Instant now, bool current_window) override {
    const std::int64_t at = now.time_since_epoch().count();
    for (const Mark& mark : take_ticket(ticket)) {
      Counter& counter = counters_[mark.counter];
      --counter.open;
      if (current_window) {
        counter.settle_at(at);
        if (counter.kind == WindowKind::CalendarUtc)
          counter.sum -= mark.amount;
        else
          counter.add(saturated(-static_cast<__int128>(mark.amount)), at);
      } else {
        counter.take_back(mark.amount, mark.mark);
      }
    }
  }

  std::optional<Micros> value(const CounterRequest& request, base::Instant now) override {
    const std::uint32_t index = slots_[slot_of(request, full_hash(request))];
    if (index == kNone) return 0;
    return counters_[index].sum_at(now.time_since_epoch().count());
  }

  void reset() override {
    counters_.clear();
    free_.clear();
    used_ = 0;
    slots_.assign(64, kNone);
    // Numbers are not given out twice: a ticket from before must not settle one from after.
    free_tickets_.clear();
    for (std::uint32_t i = 0; i < tickets_.size(); ++i) close(i);
  }

 private:
  struct Mark {
    std::uint32_t counter = 0;
    Micros amount = 0;
    std::int64_t mark = 0;
  };
  struct Ticket {
    std::vector<Mark> marks;
    std::uint32_t turn = 1;  // tells a ticket from the earlier ones in the same place
    bool open = false;
  };

  static std::uint64_t full_hash(const CounterRequest& request) {
    const std::uint64_t hash = request.hash != 0 ? request.hash : base::hash_text(request.key);
    return request.scope.empty() ? hash
                                 : hash ^ (base::hash_text(request.scope) * 0x9e3779b97f4a7c15ULL);
  }

  std::size_t slot_of(const CounterRequest& request, std::uint64_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
      if (slots_[slot] == kNone) return slot;
      const Counter& counter = counters_[slots_[slot]];
      if (counter.hash == hash && counter.key == request.key && counter.scope == request.scope) {
        return slot;
      }
    }
  }

  std::uint32_t find_or_add(const CounterRequest& request, std::int64_t now) {
    const std::uint64_t hash = full_hash(request);
    std::size_t slot = slot_of(request, hash);
    if (slots_[slot] != kNone) return slots_[slot];
    if ((used_ + 1) * 2 > slots_.size()) {
      make_room(now);
      slot = slot_of(request, hash);
    }
    std::uint32_t index = 0;
    if (free_.empty()) {
      index = static_cast<std::uint32_t>(counters_.size());
      counters_.emplace_back();
    } else {
      index = free_.back();
      free_.pop_back();
      counters_[index] = Counter{};
    }
    Counter& counter = counters_[index];
    counter.key = request.key;
    counter.scope = request.scope;
    counter.hash = hash;
    counter.kind = request.kind;
    counter.window = std::max<std::int64_t>(request.window.count(), 1);
    slots_[slot] = index;
    ++used_;
    return index;
  }

  // Drops counters that weigh nothing any more; an agent that opens sessions without end must not
  // fill the memory. Grows if that does not free half of the table.
  void make_room(std::int64_t now) {
    std::vector<std::uint32_t> kept;
    for (const std::uint32_t index : slots_) {
      if (index == kNone) continue;
      Counter& counter = counters_[index];
      counter.settle_at(now);
      const bool idle =
          counter.open == 0 && counter.sum == 0 && counter.ring.empty() &&
          std::ranges::none_of(marks_, [&](const Mark& mark) { return mark.counter == index; });
      if (idle)
        free_.push_back(index);
      else
        kept.push_back(index);
    }
    std::size_t size = slots_.size();
    while (kept.size() * 4 > size) size *= 2;
    slots_.assign(size, kNone);
    for (const std::uint32_t index : kept) {
      std::size_t slot = counters_[index].hash & (size - 1);
      while (slots_[slot] != kNone) slot = (slot + 1) & (size - 1);
      slots_[slot] = index;
    }
    used_ = kept.size();
  }

  std::uint64_t keep_ticket() {
    std::uint32_t index = 0;
    if (free_tickets_.empty()) {
      index = static_cast<std::uint32_t>(tickets_.size());
      tickets_.emplace_back();
    } else {
      index = free_tickets_.back();
      free_tickets_.pop_back();
    }
    Ticket& ticket = tickets_[index];
    ticket.marks.assign(marks_.begin(), marks_.end());
    ticket.open = true;
    return static_cast<std::uint64_t>(ticket.turn) << 32 | index;
  }

  // The marks of an open ticket, which is closed by this; none for any other number.
  std::span<const Mark> take_ticket(std::uint64_t number) {
    const auto index = static_cast<std::uint32_t>(number);
    if (index >= tickets_.size()) return {};
    Ticket& ticket = tickets_[index];
    if (!ticket.open || ticket.turn != number >> 32) return {};
    close(index);
    return ticket.marks;
  }

  void close(std::uint32_t index) {
    Ticket& ticket = tickets_[index];
    ticket.open = false;
    ticket.turn = (ticket.turn + 1) & 0x3fffffff;  // the top bits are the engine's
    if (ticket.turn == 0) ticket.turn = 1;
    free_tickets_.push_back(index);
  }

  std::deque<Counter> counters_;
  std::vector<std::uint32_t> free_;   // of counters_
  std::vector<std::uint32_t> slots_;  // open addressing, a power of two
  std::size_t used_ = 0;
  std::vector<Mark> marks_;  // of the reservation under way
  std::deque<Ticket> tickets_;
  std::vector<std::uint32_t> free_tickets_;
};

}  // namespace

std::unique_ptr<CounterStore> make_memory_counters() {
  return std::make_unique<MemoryCounters>();
}

}  // namespace gatecrash::decision
