#include "harness/base/pack.h"

#include "tests/support/catch.h"

using gatecrash::base::Packer;
using gatecrash::base::Unpacker;

TEST_CASE("Packed values come back, and reading past the end is noticed") {
  std::string bytes;
  Packer(bytes).u8(200).u32(4'000'000'000u).u64(~0ull).i64(-5).text("a\0b");
  Unpacker unpacker(bytes);
  CHECK(unpacker.u8() == 200);
  CHECK(unpacker.u32() == 4'000'000'000u);
  CHECK(unpacker.u64() == ~0ull);
  CHECK(unpacker.i64() == -5);
  CHECK(unpacker.text() == "a");
  CHECK(unpacker.good());
  CHECK(unpacker.rest().empty());
  CHECK(unpacker.u32() == 0);
  CHECK_FALSE(unpacker.good());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Unpacker cut(std::string_view(bytes).substr(0, size));
    cut.u8();
    cut.u32();
    cut.u64();
    cut.i64();
    cut.text();
    CHECK_FALSE(cut.good());
  }
}
