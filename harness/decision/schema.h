// A JSON Schema over arguments, as far as policy/schema_check.cc lets one be written. Stricter than
// the standard where leniency is what an attack lives on: properties that are not named are refused
// unless `additionalProperties: true` says otherwise, a pattern has to match the whole text, an
// integer is written without a fraction or exponent.
#pragma once

#include <memory>

#include "harness/base/tree.h"

namespace gatecrash::decision {

class Schema {
 public:
  // The checked schema of a tool's arguments; its text has to outlive this.
  explicit Schema(base::Value schema);
  ~Schema();
  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) = delete;

  // An absent value is judged as an empty object: a call without arguments.
  bool allows(base::Value value) const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

}  // namespace gatecrash::decision
