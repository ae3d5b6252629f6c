#include "harness/base/digest.h"

#include <openssl/evp.h>

#include "harness/base/check.h"
#include "harness/base/text.h"

namespace gatecrash::base {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  GATECRASH_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

struct KeyedDigest::Contexts {
  EVP_MD_CTX* inner = EVP_MD_CTX_new();
  EVP_MD_CTX* outer = EVP_MD_CTX_new();
  EVP_MD_CTX* work = EVP_MD_CTX_new();
  ~Contexts() {
    EVP_MD_CTX_free(inner);
    EVP_MD_CTX_free(outer);
    EVP_MD_CTX_free(work);
  }
};

KeyedDigest::KeyedDigest(std::string_view key) : contexts_(std::make_unique<Contexts>()) {
  std::array<unsigned char, 64> block{};
  if (key.size() > block.size()) {
    GATECRASH_CHECK(EVP_Digest(key.data(), key.size(), block.data(), nullptr, EVP_sha256(), nullptr) == 1);
  } else {
    for (std::size_t i = 0; i < key.size(); ++i) block[i] = static_cast<unsigned char>(key[i]);
  }
  const auto start = [&](EVP_MD_CTX* context, unsigned char pad) {
    std::array<unsigned char, 64> padded = block;
    for (unsigned char& each : padded) each ^= pad;
    GATECRASH_CHECK(EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1);
    GATECRASH_CHECK(EVP_DigestUpdate(context, padded.data(), padded.size()) == 1);
  };
  start(contexts_->inner, 0x36);
  start(contexts_->outer, 0x5c);
}

KeyedDigest::~KeyedDigest() = default;

std::array<unsigned char, 32> KeyedDigest::digest(std::string_view text) {
  std::array<unsigned char, 32> sum{};
  EVP_MD_CTX* const work = contexts_->work;
  GATECRASH_CHECK(EVP_MD_CTX_copy_ex(work, contexts_->inner) == 1);
  GATECRASH_CHECK(EVP_DigestUpdate(work, text.data(), text.size()) == 1);
  GATECRASH_CHECK(EVP_DigestFinal_ex(work, sum.data(), nullptr) == 1);
  GATECRASH_CHECK(EVP_MD_CTX_copy_ex(work, contexts_->outer) == 1);
  GATECRASH_CHECK(EVP_DigestUpdate(work, sum.data(), sum.size()) == 1);
  GATECRASH_CHECK(EVP_DigestFinal_ex(work, sum.data(), nullptr) == 1);
  return sum;
}

}  // namespace gatecrash::base
