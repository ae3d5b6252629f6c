#include "harness/decision/weight.h"

#include <algorithm>
#include <limits>

#include "harness/base/json.h"
#include "harness/decision/decimal.h"

namespace gatecrash::decision {
namespace {

using base::Value;

constexpr Micros kMost = std::numeric_limits<Micros>::max();

// Elements of a list; also of a text that holds a JSON list, because servers exist that unpack it
// before they look (FastMCP does). 0 for everything else.
std::uint32_t length_of(Value value) {
  if (value.is_list()) return std::max(value.size(), 1U);
  if (!value.is_string()) return 0;
  const std::size_t first = value.text().find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || value.text()[first] != '[') return 0;
  base::Tree tree;
  const base::JsonRules rules{.bytes = value.text().size(),
                              .keep_duplicates = true,
                              .lone_surrogates = true,
                              .accept_nan = true};
  if (base::read_json(value.text(), rules, tree) || !tree.root().is_list()) return 0;
  return std::max(tree.root().size(), 1U);
}

}  // namespace

std::uint32_t Weight::elements(std::string_view list_argument) const {
  if (!arguments_.is_object()) return 1;
  if (!list_argument.empty()) return std::max(length_of(arguments_.find(list_argument)), 1U);
  std::uint32_t most = 1;
  for (const Value each : arguments_) most = std::max(most, length_of(each));
  return most;
}

bool Weight::amount_from(Value from, Micros& amount) const {
  if (semantics_.list_weight == ListWeight::Elements) {
    if (const std::uint32_t length = length_of(from); length != 0) {
      amount = static_cast<Micros>(length) * scale_;
      return true;
    }
  }
  if (!from.is_number()) return false;
  if (semantics_.weight == WeightRule::Truncate) {
    amount = go_int64(to_double(from.text()));
    return true;
  }
  const auto number = Decimal::parse(from.text());
  if (!number || number->is_zero() || number->is_negative()) return false;
  // More than can be counted exceeds every limit.
  amount = number->scaled(kPlaces, Decimal::Round::Up).value_or(kMost);
  return true;
}

bool Weight::under(const CompiledLimit& limit, Micros& amount) {
  if (!limit.source->increment_from.empty()) {
    return amount_from(resolve(arguments_, limit.source->increment_from), amount);
  }
  if (!limit.increment_fits) return false;
  if (semantics_.list_weight == ListWeight::One) {
    amount = limit.increment;
    return true;
  }
  const std::string& own = limit.source->list_argument;
  if (own.empty() && elements_ == 0) elements_ = elements(list_argument_);
  const std::uint32_t length = own.empty() ? elements_ : elements(own);
  amount = static_cast<Micros>(
      std::min<__int128>(static_cast<__int128>(limit.increment) * length, kMost));
  return true;
}

}  // namespace gatecrash::decision
