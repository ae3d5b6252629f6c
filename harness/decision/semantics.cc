#include "harness/decision/semantics.h"

#include <array>
#include <utility>

namespace gatecrash::decision {
namespace {

constexpr std::array<std::pair<std::string_view, Semantics (*)()>, 2> kSemantics{{
    {"hardened", hardened},
    {"intercept_1_1", intercept_1_1},
}};

}  // namespace

Semantics hardened() {
  return {};
}

Semantics intercept_1_1() {
  return {.window = WindowKind::CalendarUtc,
          .counter_key = CounterKey::ToolOnly,
          .list_weight = ListWeight::One,
          .type_mismatch = TypeMismatch::ComparePrinted,
          .weight = WeightRule::Truncate,
          .refund = Refund::OnRpcError,
          .refund_window = RefundWindow::Current,
          .store_down = StoreDown::Refuse,
          .list_visibility = ListVisibility::NotHidden,
          .clock_step = ClockStep::FollowWall,
          .limitless_state = LimitlessState::NeverCounts,
          .own_limit = OwnLimit::AlsoCondition,
          .reservation = Reservation::OneByOne,
          .wildcard_tool = WildcardTool::Listed,
          .texts = Texts::Released,
          .approval_restore = ApprovalRestore::OnRpcError,
          .needs_grant = false};
}

std::optional<Semantics> find_semantics(std::string_view name) {
  for (const auto& [known, make] : kSemantics) {
    if (known == name) return make();
  }
  return std::nullopt;
}

std::vector<std::string_view> semantics_names() {
  std::vector<std::string_view> names;
  for (const auto& entry : kSemantics) names.push_back(entry.first);
  return names;
}

}  // namespace gatecrash::decision
