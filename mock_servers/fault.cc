#include "mock_servers/fault.h"

#include <array>
#include <charconv>

#include "harness/base/text.h"

namespace gatecrash::mock_servers {
namespace {

using Kind = Fault::Kind;
using Order = Fault::Order;

struct Entry {
  std::string_view words;
  Fault fault;
};

constexpr std::string_view kSeeded = "release seed ";

constexpr std::array<Entry, 5> kFaults{{
    {"hold", {.kind = Kind::Hold}},
    {"hold answers", {.kind = Kind::HoldAnswers}},
    {"hold all", {.kind = Kind::HoldAll}},
    {"release", {.kind = Kind::Release}},
    {"release reverse", {.kind = Kind::Release, .order = Order::Reverse}},
}};

}  // namespace

base::Result<Fault> parse_fault(std::string_view words) {
  for (const Entry& each : kFaults) {
    if (each.words == words) return each.fault;
  }
  if (words.starts_with(kSeeded)) {
    const std::string_view number = words.substr(kSeeded.size());
    Fault fault{.kind = Kind::Release, .order = Order::Seeded};
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), fault.seed);
    if (error == std::errc{} && end == number.data() + number.size()) return fault;
    return base::Problems{
        base::problem({}, {}, "the seed of a release is no whole number: " + base::quoted(number))};
  }
  std::vector<std::string_view> known;
  for (const Entry& each : kFaults) known.push_back(each.words);
  known.push_back("release seed N");
  return base::Problems{base::problem({}, {}, "unknown fault " + base::quoted(words),
                                      base::did_you_mean(words, known))};
}

}  // namespace gatecrash::mock_servers
