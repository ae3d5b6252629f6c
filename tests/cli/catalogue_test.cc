// scenarios/README.md holds the catalogue as `replay list` prints it.
#include <cstdlib>

#include "harness/base/file.h"
#include "tests/cli/program.h"

using namespace gatecrash;
using namespace gatecrash::test;

TEST_CASE("The catalogue in scenarios/README.md is what `replay list` prints") {
  const Ran ran = run_program(
      "replay", {"list", "attacks", "everyday", "targets", "--format", "md", "scenarios"});
  INFO(ran.err);
  REQUIRE(ran.code == 0);
  const std::string path = source_path("scenarios/README.md");
  const std::string text = base::read_file(path).value();
  const std::string begin =
      "<!-- output of: replay list attacks everyday targets --format md scenarios -->\n";
  const std::size_t at = text.find(begin);
  REQUIRE(at != std::string::npos);
  const std::string wanted = text.substr(0, at + begin.size()) + "\n" + ran.out;
  if (std::getenv("GATECRASH_UPDATE_GOLDEN") != nullptr) {
    REQUIRE(std::getenv("CI") == nullptr);
    REQUIRE(base::write_file(path, wanted).has_value());
    return;
  }
  INFO("GATECRASH_UPDATE_GOLDEN=1 writes it anew");
  CHECK(text == wanted);
}
