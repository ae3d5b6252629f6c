// The choices in which gateways that read the same policy differ. A gateway's reading is a *value*
// of this struct, never a code path of its own. Source: policy-semantics.md section 4.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gatecrash::decision {

enum class WindowKind : std::uint8_t { Sliding, CalendarUtc };
enum class CounterKey : std::uint8_t { Grant, ToolOnly };  // ToolOnly: one bucket for everybody
enum class ListWeight : std::uint8_t { Elements, One };
enum class TypeMismatch : std::uint8_t { Deny, ComparePrinted };
enum class WeightRule : std::uint8_t { ExactPositive, Truncate };
enum class Refund : std::uint8_t { Never, OnRpcError };
enum class RefundWindow : std::uint8_t { Reserved, Current };
enum class StoreDown : std::uint8_t { Refuse, Allow };
enum class ListVisibility : std::uint8_t {
  ListedOnly,
  NotHidden
};  // tools/list under default deny
enum class ClockStep : std::uint8_t { Monotonic, FollowWall };
// Does an intercept rule with `state` but no own limit add to its counter?
enum class LimitlessState : std::uint8_t { Counts, NeverCounts };
// Is a condition that limits the rule's own counter a limit alone, or also checked as a condition?
enum class OwnLimit : std::uint8_t { LimitOnly, AlsoCondition };
// Are all limits of a call weighed before the first is reserved, or one after the other? Says which
// of them refuses a call whose amount cannot be counted.
enum class Reservation : std::uint8_t { Together, OneByOne };
// Does the section `*` list a tool of that name?
enum class WildcardTool : std::uint8_t { Unlisted, Listed };
// The words of a denial: the documented ones, or those that the released proxy was heard to say.
enum class Texts : std::uint8_t { Documented, Released };
// Is a used approval good for another try when the upstream answered with a JSON-RPC error?
enum class ApprovalRestore : std::uint8_t { OnRpcError, Never };

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
  LimitlessState limitless_state = LimitlessState::Counts;
  OwnLimit own_limit = OwnLimit::LimitOnly;
  Reservation reservation = Reservation::Together;
  WildcardTool wildcard_tool = WildcardTool::Unlisted;
  Texts texts = Texts::Documented;
  ApprovalRestore approval_restore = ApprovalRestore::OnRpcError;
  bool needs_grant = false;  // policylayer where grants are configured: no grant, no call
  friend bool operator==(const Semantics&, const Semantics&) = default;
};

Semantics hardened();
Semantics intercept_1_1();
std::optional<Semantics> find_semantics(std::string_view name);  // "hardened", "intercept_1_1"
std::vector<std::string_view> semantics_names();

}  // namespace gatecrash::decision
