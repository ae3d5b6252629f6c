// A second reading of the two published dialects, made from policy-semantics.md alone: slow, plain,
// and sharing no code with harness/policy or harness/decision. It reads the policy's JSON tree as it
// stands and remembers every call. Where it and the engine differ, one of them is wrong.
// Not covered: approvals, prose, lenient loading, messages.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/tree.h"

namespace gatecrash::test {

struct NaiveAnswer {
  bool allowed = false;
  std::string rule;  // rule path; empty if allowed
  friend bool operator==(const NaiveAnswer&, const NaiveAnswer&) = default;
};

struct NaiveModel {
  base::Value policy;  // has to outlive the model
  bool policylayer;
  bool hardened;

  NaiveAnswer decide(std::string_view tool, base::Value arguments, const std::string& grant,
                     std::int64_t at_micros);
  void finish(bool rpc_error, std::int64_t at_micros);  // how the call just allowed went

  struct Charge {
    std::string counter;
    std::int64_t window;
    std::int64_t at;
    long double amount, limit;
    std::string rule;
  };
  bool apply(const std::string& tool, base::Value rules, const std::string& path, base::Value arguments,
             NaiveAnswer& answer);
  void charge(const std::string& tool, base::Value limit, long double max, const std::string& rule,
              base::Value arguments);
  int all(base::Value conditions, base::Value arguments) const;
  long double used(const std::string& counter, std::int64_t window, std::int64_t at) const;
  void add(const Charge& charge);

  std::int64_t now = INT64_MIN;
  std::string owner = {};
  std::vector<Charge> wanted = {};   // by the call under way
  std::vector<Charge> charged = {};  // hardened: all that ever was
  std::map<std::string, std::pair<std::int64_t, long double>> rows = {};  // released: window, sum
};

}  // namespace gatecrash::test
