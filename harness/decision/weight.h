// What a call weighs under a limit: policy-semantics.md 4 (weight, list argument), interface.md 5.
#pragma once

#include <cstdint>
#include <string_view>

#include "harness/base/tree.h"
#include "harness/decision/compiled.h"
#include "harness/decision/counters.h"
#include "harness/decision/semantics.h"

namespace gatecrash::decision {

class Weight {
 public:
  // `list_argument`: the one whose length weighs, as the target says; empty: the longest at the
  // top.
  Weight(const Semantics& semantics, Micros scale, base::Value arguments,
         std::string_view list_argument)
      : semantics_(semantics),
        scale_(scale),
        arguments_(arguments),
        list_argument_(list_argument) {}

  // False if the call's amount is none that can be counted.
  bool under(const CompiledLimit& limit, Micros& amount);

 private:
  std::uint32_t elements(std::string_view list_argument) const;
  bool amount_from(base::Value from, Micros& amount) const;

  const Semantics& semantics_;
  Micros scale_;
  base::Value arguments_;
  std::string_view list_argument_;
  std::uint32_t elements_ = 0;  // by list_argument_; 0: not asked yet
};

}  // namespace gatecrash::decision
