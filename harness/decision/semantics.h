// The choices in which gateways that read the same policy differ. A gateway's reading is a *value* of
// this struct, never a code path of its own. Source: policy-semantics.md section 4.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatecrash::decision {

enum class WindowKind : std::uint8_t { Sliding, CalendarUtc };
enum class CounterKey : std::uint8_t { Grant, ToolOnly };  // ToolOnly: one bucket for everybody
enum class ListWeight : std::uint8_t { Elements, One };
enum class TypeMismatch : std::uint8_t { Deny, ComparePrinted };
enum class WeightRule : std::uint8_t { ExactPositive, Truncate };
enum class Refund : std::uint8_t { Never, OnRpcError };
enum class RefundWindow : std::uint8_t { Reserved, Current };
enum class StoreDown : std::uint8_t { Refuse, Allow };
enum class ListVisibility : std::uint8_t { ListedOnly, NotHidden };  // tools/list under default deny
enum class ClockStep : std::uint8_t { Monotonic, FollowWall };

struct Semantics {
  WindowKind window = WindowKind::Sliding;
  CounterKey counter_key = CounterKey::Grant;
  ListWeight list_weight = ListWeight::Elements;
  TypeMismatch type_mismatch = TypeMismatch::Deny;
  WeightRule weight = WeightRule::ExactPositive;
  Refund refund = Refund::Never;
  RefundWindow refund_window = RefundWindow::Reserved;
  StoreDown store_down = StoreDown::Refuse;
  ListVisibility list_visibility = ListVisibility::ListedOnly;
  ClockStep clock_step = ClockStep::Monotonic;
  bool needs_grant = false;  // policylayer where grants are configured: no grant, no call
  friend bool operator==(const Semantics&, const Semantics&) = default;
};

Semantics hardened();
Semantics intercept_1_1();
std::optional<Semantics> find_semantics(std::string_view name);  // "hardened", "intercept_1_1"

}  // namespace gatecrash::decision
