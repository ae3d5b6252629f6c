// The peer of fuzz_rpc_decode: what one would write first. The same bytes through nlohmann's
// parser, and what it accepts out and in again, in a target of the same kind (libFuzzer, address
// and undefined-behaviour sanitizers). Built with the preset fuzz; tests/benchmark/fuzz_rate
// compares.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <nlohmann/json.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = nlohmann::json::parse(data, data + size, nullptr, false);
  if (parsed.is_discarded()) return 0;
  const std::string text = parsed.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (nlohmann::json::parse(text) != parsed && text.find("null") == std::string::npos) std::abort();
  return 0;
}
