// Policies and call sequences on which the engine and the naive model are compared: first
// everything in small domains, then chance.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gatecrash::test {

struct ModelStep {
  std::string tool;
  std::string arguments;  // JSON
  std::string grant;
  std::int64_t at = 0;  // microseconds from the start of the sequence
  bool rpc_error = false;
  std::int64_t took = 0;  // until the upstream answered
};

struct ModelCase {
  std::string policy;  // JSON
  bool policylayer = false;
  std::vector<std::vector<ModelStep>> sequences;  // each from a fresh state
};

// Where a made-up case takes its choices from: chance, or a fuzzer's bytes.
class Choices {
 public:
  Choices() = default;
  Choices(const Choices&) = delete;
  Choices& operator=(const Choices&) = delete;
  virtual ~Choices() = default;
  virtual std::size_t below(std::size_t bound) = 0;  // in [0, bound)
};
ModelCase chosen_case(Choices& choices, std::size_t sequences, std::size_t length);

// Calls `use` with every case until it returns false.
void each_small_case(const std::function<bool(const ModelCase&)>& use);
void each_random_case(std::uint64_t seed, std::size_t count,
                      const std::function<bool(const ModelCase&)>& use);

}  // namespace gatecrash::test
