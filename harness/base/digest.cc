// The plain SHA-256 functions: copying an EVP context, which starting from a hashed key block
// needs, allocates on every call.
#define OPENSSL_API_COMPAT 10101

#include "harness/base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "harness/base/check.h"
#include "harness/base/text.h"

namespace gatecrash::base {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  GATECRASH_CHECK(
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::uint64_t sha256_start(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256_CTX work;
  SHA256_Init(&work);
  SHA256_Update(&work, bytes.data(), bytes.size());
  SHA256_Final(digest.data(), &work);
  std::uint64_t start = 0;
  for (std::size_t i = 0; i < sizeof start; ++i) start = start << 8 | digest[i];
  return start;
}

struct KeyedDigest::Blocks {
  SHA256_CTX inner;
  SHA256_CTX outer;
};

KeyedDigest::KeyedDigest(std::string_view key) : blocks_(std::make_unique<Blocks>()) {
  std::array<unsigned char, SHA256_CBLOCK> block{};
  if (key.size() > block.size()) {
    SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), block.data());
  } else {
    for (std::size_t i = 0; i < key.size(); ++i) block[i] = static_cast<unsigned char>(key[i]);
  }
  const auto start = [&](SHA256_CTX& context, unsigned char pad) {
    std::array<unsigned char, SHA256_CBLOCK> padded = block;
    for (unsigned char& each : padded) each ^= pad;
    SHA256_Init(&context);
    SHA256_Update(&context, padded.data(), padded.size());
  };
  start(blocks_->inner, 0x36);
  start(blocks_->outer, 0x5c);
}

KeyedDigest::~KeyedDigest() {
  OPENSSL_cleanse(blocks_.get(), sizeof *blocks_);
}

std::array<unsigned char, 32> KeyedDigest::digest(std::string_view text) const {
  std::array<unsigned char, 32> sum{};
  SHA256_CTX work = blocks_->inner;
  SHA256_Update(&work, text.data(), text.size());
  SHA256_Final(sum.data(), &work);
  work = blocks_->outer;
  SHA256_Update(&work, sum.data(), sum.size());
  SHA256_Final(sum.data(), &work);
  OPENSSL_cleanse(&work, sizeof work);
  return sum;
}

}  // namespace gatecrash::base
