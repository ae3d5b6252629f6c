#include "harness/trace/trace.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "harness/base/check.h"
#include "harness/base/digest.h"

namespace gatecrash::trace {
namespace {

constexpr std::array<std::string_view, 18> kKinds = {
    "opened",  "sent",      "received", "listed",     "decided",  "refused",
    "kept",    "redacted",  "arrived",  "understood", "misread",  "effected",
    "resumed", "withdrawn", "hung_up",  "replied",    "advanced", "failed"};

}  // namespace

std::string_view to_string(EventKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::optional<EventKind> parse_event_kind(std::string_view name) {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == name) return static_cast<EventKind>(i);
  }
  return std::nullopt;
}

Event& Trace::add(EventKind kind, std::string_view text, std::string_view more,
                  std::string_view extra) {
  Event& event = events_.emplace_back();
  event.kind = kind;
  event.step = step_;
  event.connection = connection_;
  event.number = static_cast<std::uint32_t>(events_.size() - 1);
  event.at = now_;
  event.text = keep(text);
  event.more = keep(more);
  event.extra = keep(extra);
  return event;
}

void Trace::clear() {
  events_.clear();
  blob_.clear();
  step_ = kSetUp;
  connection_ = 0;
  now_ = {};
  end_.reset();
}

std::string Trace::damage() const {
  for (std::uint32_t i = 0; i < events_.size(); ++i) {
    const std::uint32_t number = events_[i].number;
    if (number > i) return "record " + std::to_string(i) + " is missing";
    if (number < i) return "record " + std::to_string(number) + " is there twice or out of order";
  }
  if (!end_) return {};
  if (end_->events != events_.size()) {
    return "it has " + std::to_string(events_.size()) + " of " + std::to_string(end_->events) +
           " records";
  }
  return end_->digest == digest() ? std::string() : "a record is not as it was written";
}

// Events hold all texts by their places, so both lists together are the whole of a trace.
std::uint64_t Trace::digest() const {
  constexpr std::size_t kWords = 8, kAtOnce = 32;
  const auto pair = [](std::uint32_t low, std::uint32_t high) {
    return std::uint64_t{high} << 32 | low;
  };
  std::array<std::uint64_t, 1 + kWords * kAtOnce> words{};
  words[0] = base::hash_text(blob_);
  std::size_t filled = 1;
  const auto take = [&] {
    words[0] = base::hash_text({reinterpret_cast<const char*>(words.data()), 8 * filled});
    filled = 1;
  };
  for (const Event& event : events_) {
    const std::uint64_t row[kWords] = {
        pair(static_cast<std::uint32_t>(event.kind) << 8 | event.detail, event.step),
        pair(event.connection, event.number),
        static_cast<std::uint64_t>(event.at.time_since_epoch().count()),
        pair(event.text.offset, event.text.size),
        pair(event.more.offset, event.more.size),
        pair(event.extra.offset, event.extra.size),
        pair(event.place.line, event.place.column),
        event.call};
    std::copy(std::begin(row), std::end(row), words.begin() + static_cast<std::ptrdiff_t>(filled));
    filled += kWords;
    if (filled == words.size()) take();
  }
  take();
  return words[0];
}

Span Trace::keep(std::string_view bytes) {
  if (bytes.empty()) return {};
  GATECRASH_CHECK(blob_.size() + bytes.size() <= 0xffffffffu);
  const Span span{static_cast<std::uint32_t>(blob_.size()),
                  static_cast<std::uint32_t>(bytes.size())};
  blob_.append(bytes);
  return span;
}

bool same(const Trace& left, const Trace& right) {
  if (left.events().size() != right.events().size()) return false;
  for (std::size_t i = 0; i < left.events().size(); ++i) {
    const Event& a = left.events()[i];
    const Event& b = right.events()[i];
    if (a.kind != b.kind || a.detail != b.detail || a.step != b.step ||
        a.connection != b.connection || a.at != b.at || a.place != b.place || a.call != b.call ||
        left.view(a.text) != right.view(b.text) || left.view(a.more) != right.view(b.more) ||
        left.view(a.extra) != right.view(b.extra)) {
      return false;
    }
  }
  return true;
}

}  // namespace gatecrash::trace
