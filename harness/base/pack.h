// Numbers and texts as bytes and back, for messages between our own processes: little-endian, texts
// with their length in front.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatecrash::base {

class Packer {
 public:
  explicit Packer(std::string& out) : out_(out) {}
  Packer& u8(std::uint8_t value);
  Packer& u32(std::uint32_t value);
  Packer& u64(std::uint64_t value);
  Packer& i64(std::int64_t value) { return u64(static_cast<std::uint64_t>(value)); }
  Packer& text(std::string_view value);

 private:
  std::string& out_;
};

// Reading past the end gives zeros and empties and makes good() false.
class Unpacker {
 public:
  explicit Unpacker(std::string_view in) : in_(in) {}
  std::uint8_t u8();
  std::uint32_t u32();
  std::uint64_t u64();
  std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
  std::string_view text();
  std::string_view rest() const { return in_; }
  bool good() const { return good_; }

 private:
  std::string_view take(std::size_t size);
  std::string_view in_;
  bool good_ = true;
};

}  // namespace gatecrash::base
