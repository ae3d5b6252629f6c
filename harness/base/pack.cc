#include "harness/base/pack.h"

namespace gatecrash::base {

Packer& Packer::u8(std::uint8_t value) {
  out_ += static_cast<char>(value);
  return *this;
}

Packer& Packer::u32(std::uint32_t value) {
  for (int i = 0; i < 4; ++i) out_ += static_cast<char>(value >> (8 * i) & 0xff);
  return *this;
}

Packer& Packer::u64(std::uint64_t value) {
  for (int i = 0; i < 8; ++i) out_ += static_cast<char>(value >> (8 * i) & 0xff);
  return *this;
}

Packer& Packer::text(std::string_view value) {
  u32(static_cast<std::uint32_t>(value.size()));
  out_ += value;
  return *this;
}

std::string_view Unpacker::take(std::size_t size) {
  if (size > in_.size()) {
    good_ = false;
    in_ = {};
    return {};
  }
  const std::string_view taken = in_.substr(0, size);
  in_.remove_prefix(size);
  return taken;
}

std::uint8_t Unpacker::u8() {
  const std::string_view bytes = take(1);
  return bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes[0]);
}

std::uint32_t Unpacker::u32() {
  std::uint32_t value = 0;
  const std::string_view bytes = take(4);
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::uint64_t Unpacker::u64() {
  std::uint64_t value = 0;
  const std::string_view bytes = take(8);
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string_view Unpacker::text() {
  const std::uint32_t size = u32();
  return take(size);
}

}  // namespace gatecrash::base
