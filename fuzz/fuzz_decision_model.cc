// Property: on every call of every sequence the engine decides as the naive model does, and names
// the same rule, in the hardened reading and in the released one. Input: the choices that make up a
// policy and two sequences of calls (tests/support/model_cases.h), one byte each. A finding is
// printed as the policy and the lines that `replay decide` takes.
#include <array>
#include <cstdlib>
#include <string>

#include "fuzz/target.h"
#include "tests/support/model_compare.h"

namespace {

using namespace gatecrash;

enum Point { Allowed, ByName, ByRule, ByLimit, Refund, Intercept, PolicyLayer, PointCount };
std::array<fuzz::ReachPoint, PointCount> points = {{{"allowed"},
                                                    {"by_name"},
                                                    {"by_rule"},
                                                    {"by_limit"},
                                                    {"refund"},
                                                    {"intercept"},
                                                    {"policylayer"}}};

class Bytes final : public test::Choices {
 public:
  explicit Bytes(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::size_t below(std::size_t bound) override {
    if (bytes_.empty()) return 0;
    const std::size_t choice = bytes_.front() % bound;
    bytes_ = bytes_.subspan(1);
    return choice;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace

std::span<const fuzz::ReachPoint> gatecrash::fuzz::reach_points() {
  return points;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 16 || size > 1024) return -1;
  Bytes choices({data, size});
  const test::ModelCase one = test::chosen_case(choices, 2, 8);
  test::Answered answered;
  for (const bool hardened : {true, false}) {
    const auto found = test::difference(one, hardened, {.name = "none"}, answered);
    if (!found) continue;
    std::fprintf(stderr, "==== property broken: engine and naive model agree\n%s", found->c_str());
    std::abort();
  }
  points[Allowed].hits += answered.allowed;
  points[ByName].hits += answered.by_name;
  points[ByRule].hits += answered.by_rule;
  points[ByLimit].hits += answered.by_limit;
  points[Refund].hits += answered.refunds;
  ++points[one.policylayer ? PolicyLayer : Intercept].hits;
  return 0;
}
