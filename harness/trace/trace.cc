#include "harness/trace/trace.h"

#include <array>

#include "harness/base/check.h"

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
