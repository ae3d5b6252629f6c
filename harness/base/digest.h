// Digests. Sha256 names content (corpus, policies, cases); it is stable across machines and
// releases.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gatecrash::base {

// 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);
// Its first 64 bits, for comparing much and keeping little.
std::uint64_t sha256_start(std::string_view bytes);

// Never 0. For tables, and to tell whether something has changed by accident: whoever means to
// change it can make the hash fit. Stable, as it is saved in cases.
std::uint64_t hash_text(std::string_view text);

// HMAC-SHA-256 (RFC 2104) under one key, with both key blocks hashed once: equal texts can be told
// to be equal without the key, but not what they were.
class KeyedDigest {
 public:
  explicit KeyedDigest(std::string_view key);
  ~KeyedDigest();
  KeyedDigest(const KeyedDigest&) = delete;
  KeyedDigest& operator=(const KeyedDigest&) = delete;

  std::array<unsigned char, 32> digest(std::string_view text) const;

 private:
  struct Blocks;
  std::unique_ptr<Blocks> blocks_;
};

}  // namespace gatecrash::base
