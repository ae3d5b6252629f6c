// The operators, in the two readings: policy-semantics.md 1.3.
//
// Hardened: an argument of a kind the operator is not made for is neither "holds" nor "does not
// hold" but Mismatch, and the engine denies. Released: values of different kinds are compared by
// their printed text, and negations pass whatever cannot be compared. In both a missing argument
// fails every operator but `exists: false`, and null is absent for `exists` only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/tree.h"
#include "harness/decision/semantics.h"
#include "harness/policy/policy.h"

namespace re2 {
class RE2;
}

namespace gatecrash::decision {

class Schema;

enum class Truth : std::uint8_t { No, Yes, Mismatch };

// The right-hand side of a condition, made ready once.
class Operand {
 public:
  Operand(policy::Operator op, base::Value literal);
  ~Operand();
  Operand(Operand&&) noexcept;
  Operand& operator=(Operand&&) = delete;

  Truth holds(base::Value actual, TypeMismatch reading) const;

 private:
  Truth holds_exactly(base::Value actual) const;
  bool holds_as_released(base::Value actual) const;
  bool matches(std::string_view text) const;

  policy::Operator op_;
  base::Value literal_;
  std::string printed_;                // of the literal, for the released reading
  std::vector<std::string> elements_;  // printed, of a literal list
  std::unique_ptr<re2::RE2> regex_;
  std::unique_ptr<Schema> schema_;
};

// Equal in kind and content; numbers by value.
bool equal_exactly(base::Value left, base::Value right);

// The argument at the end of `steps`; absent if a step leads through anything but an object.
base::Value resolve(base::Value arguments, const std::vector<std::string>& steps);

// Text of a value as Go's `%v` prints it. `decoded`: it was read from JSON (all numbers are
// doubles); else it stands in a policy file, where whole numbers stay whole and plain dates are
// timestamps.
void print_as_go(base::Value value, bool decoded, std::string& out);

// The name in a denial's text: between quotes as it is, or as Go's `%q` writes it.
std::string name_in_text(std::string_view name, Texts texts);

}  // namespace gatecrash::decision
