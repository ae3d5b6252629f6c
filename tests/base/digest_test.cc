#include "harness/base/digest.h"

#include "harness/base/text.h"
#include "tests/support/catch.h"

using namespace gatecrash::base;

namespace {

std::string hmac(std::string_view key, std::string_view text) {
  KeyedDigest keyed(key);
  const auto sum = keyed.digest(text);
  return to_hex({reinterpret_cast<const char*>(sum.data()), sum.size()});
}

}  // namespace

TEST_CASE("SHA-256 is that of FIPS 180-4") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("Keyed digests are those of RFC 4231") {
  CHECK(hmac(std::string(20, '\x0b'), "Hi There") ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hmac("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hmac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("A keyed digest can be used again") {
  KeyedDigest keyed("key");
  const auto first = keyed.digest("one");
  CHECK(keyed.digest("two") != first);
  CHECK(keyed.digest("one") == first);
}
