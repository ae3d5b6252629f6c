// A scenario's verdict does not depend on the others that run: alone, in any order beside any
// others, in any shard of the pack. GATECRASH_ROUNDS says how often that is tried (default 1; a
// hundred before a release).
#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "harness/base/seed.h"
#include "harness/cli/execute.h"
#include "tests/support/build.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"

using namespace gatecrash;

namespace {

int rounds() {
  const char* const said = std::getenv("GATECRASH_ROUNDS");
  return said != nullptr ? std::max(1, std::atoi(said)) : 1;
}

// By scenario and gateway: verdict and the fingerprints of all findings.
using Results = std::map<std::string, std::string>;

Results results(const cli::Executed& executed) {
  Results all;
  for (const reports::Entry& each : executed.entries) {
    std::string& text = all[each.id + " on " + each.gateway];
    text = to_string(each.judged.verdict);
    for (const oracle::Finding& finding : each.judged.findings) text += " " + finding.fingerprint;
  }
  return all;
}

cli::Selection selection(std::uint32_t shard = 1, std::uint32_t shards = 1) {
  // The day-long one says what its hundred shorter neighbours say, and takes as long as all of
  // them.
  auto made = cli::select({test::source_path("scenarios")},
                          {.run = test::kWholePack ? "" : "/[a-k].*@binassist_published$",
                           .exclude = "slow-drip",
                           .shard = shard,
                           .shards = shards},
                          {});
  INFO((made.has_error() ? base::to_string(made.error()) : std::string()));
  REQUIRE(made.has_value());
  return std::move(*made);
}

Results run(const cli::Selection& selection, unsigned jobs) {
  cli::Subjects subjects;
  REQUIRE(subjects.prepare(selection, {.gateways = {"reference", "intercept-1.1"}}).has_value());
  return results(cli::execute(selection, subjects, {.jobs = jobs}));
}

}  // namespace

TEST_CASE("Every scenario comes out alike alone, in any order and in any shard") {
  const cli::Selection whole = selection();
  // Alone: nothing was there before it, and nothing comes after.
  Results alone;
  cli::Subjects subjects;
  REQUIRE(subjects.prepare(whole, {.gateways = {"reference", "intercept-1.1"}}).has_value());
  for (const cli::Pair& pair : whole.scenarios) {
    const cli::Selection one{.scenarios = {pair}, .skipped = {}, .corpus = {}};
    alone.merge(results(cli::execute(one, subjects, {.jobs = 1})));
  }
  REQUIRE(alone.size() == 2 * whole.scenarios.size());
  base::Seed seed(20261120);
  for (int round = 0; round < rounds(); ++round) {
    INFO("round " << round);
    cli::Selection mixed = whole;
    for (std::size_t left = mixed.scenarios.size(); left > 1; --left) {
      std::swap(mixed.scenarios[left - 1], mixed.scenarios[seed.below(left)]);
    }
    CHECK(run(mixed, 1 + static_cast<unsigned>(round % 3)) == alone);

    const auto shards = static_cast<std::uint32_t>(2 + seed.below(4));
    Results parts;
    for (std::uint32_t shard = 1; shard <= shards; ++shard)
      parts.merge(run(selection(shard, shards), 2));
    CHECK(parts == alone);
  }
}
