// The floor of fuzzing: the same bytes through nlohmann's parser, in a target of the same kind as ours
// (libFuzzer, address and undefined-behaviour sanitizers), with no property of its own. Built with the
// preset fuzz; tests/benchmark/fuzz_rate compares.
#include <cstddef>
#include <cstdint>

#include <nlohmann/json.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = nlohmann::json::parse(data, data + size, nullptr, false);
  return parsed.is_discarded() ? -1 : 0;
}
