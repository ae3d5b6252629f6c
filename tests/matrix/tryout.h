// Scenarios tried on gateways that are wrong on purpose. Each wrong gateway has a row that names
// one attack; the tests run that pair in every build, and each attack on each gateway in the
// optimised build only (tests/support/build.h).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/cli/execute.h"
#include "tests/support/build.h"
#include "tests/support/catch.h"
#include "tests/support/paths.h"

namespace gatecrash::test {

// Scenarios whose policies keep their promise: those of hardened targets, and self-contained ones.
// One of these promises more than it keeps, as its attack says. `exclude` leaves out more (RE2, on
// scenario ids).
inline cli::Selection kept_promises(const std::vector<std::string>& paths,
                                    const std::string& exclude) {
  auto selection =
      cli::select(paths, {.exclude = "_published$|_limited$|^def/nothing-listed$|" + exclude}, {});
  INFO((selection.has_error() ? base::to_string(selection.error()) : std::string()));
  REQUIRE(selection.has_value());
  return std::move(*selection);
}

// The scenarios of an attack, or the one scenario of that id.
inline cli::Selection part_of(const cli::Selection& whole, const std::string& id) {
  cli::Selection part;
  for (const cli::Pair& pair : whole.scenarios) {
    if (pair.id == id || pair.id.starts_with(id + "@")) part.scenarios.push_back(pair);
  }
  return part;
}

inline std::vector<reports::Entry> try_on(const cli::Selection& selection,
                                          const std::vector<std::string>& gateways, unsigned jobs) {
  cli::Subjects subjects;
  const auto prepared = subjects.prepare(selection, {.gateways = gateways});
  INFO((prepared.has_error() ? base::to_string(prepared.error()) : std::string()));
  REQUIRE(prepared.has_value());
  return cli::execute(selection, subjects, {.jobs = jobs}).entries;
}

}  // namespace gatecrash::test
