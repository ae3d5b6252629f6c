#include "harness/base/digest.h"

#include <openssl/evp.h>

#include <array>

#include "harness/base/check.h"
#include "harness/base/text.h"

namespace gatecrash::base {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  GATECRASH_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace gatecrash::base
