// Strict reading of one mapping: every key is asked for by name; what was not asked for is a
// problem with a "did you mean". All problems go into one list, with place, so a reader never stops
// at the first.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/document.h"
#include "harness/base/time.h"

namespace gatecrash::base {

class Fields {
 public:
  // `what` names the mapping in messages: "a scenario", "a step". If `value` is no mapping, that is
  // reported and every question is answered with "absent".
  Fields(const Document& document, Value value, std::string_view what, Problems& problems);
  ~Fields();  // reports the keys nobody asked for
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  Value any(std::string_view key);       // absent if missing
  Value required(std::string_view key);  // reports if missing
  // A value of another kind is reported and answered as absent.
  Value of(std::string_view key, Kind kind);

  std::optional<std::string> string(
      std::string_view key);  // numbers and booleans are taken as text
  std::optional<std::uint64_t> number(std::string_view key, std::uint64_t least,
                                      std::uint64_t most);
  std::optional<bool> boolean(std::string_view key);
  std::optional<Duration> duration(std::string_view key);
  std::optional<Instant> instant(std::string_view key);
  std::vector<std::string> strings(std::string_view key);  // a list of text, or one text
  // Index into `choices`; anything else is reported with the closest.
  std::optional<std::size_t> one_of(std::string_view key,
                                    std::span<const std::string_view> choices);

  // The keys that were not asked for stay unreported (they belong to another reader).
  void allow_rest() { rest_allowed_ = true; }

  void report(Value at, std::string message, std::string hint = {});

 private:
  const Document& document_;
  Value value_;
  std::string what_;
  Problems& problems_;
  std::vector<std::string_view> known_;
  bool rest_allowed_ = false;
};

}  // namespace gatecrash::base
