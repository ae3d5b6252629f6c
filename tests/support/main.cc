// The tests' main. A filter that selects no test is a failure: a test run that runs nothing proves
// nothing (Catch2 2 calls it a success, 3 does not).
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "tests/support/paths.h"
#include "tests/support/skip.h"

#ifdef GATECRASH_CATCH3
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

namespace {

bool ran_any = false;

struct Counter : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;
  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    ran_any = true;
    TestEventListenerBase::testCaseEnded(stats);
  }
};
CATCH_REGISTER_LISTENER(Counter)

}  // namespace
#endif

int main(int argc, char** argv) {
  Catch::Session session;
  if (const int error = session.applyCommandLine(argc, argv); error != 0) return error;
  const int result = session.run();
  std::error_code ignored;
  std::filesystem::remove_all(gatecrash::test::scratch_folder(), ignored);
#ifndef GATECRASH_CATCH3
  const auto& settings = session.configData();
  const bool only_asked = settings.showHelp || settings.listTests || settings.listTags ||
                          settings.listReporters || settings.listTestNamesOnly;
  if (result == 0 && !ran_any && !only_asked) return 2;
#endif
  for (const std::string& reason : gatecrash::test::skipped())
    std::printf("SKIPPED: %s\n", reason.c_str());
  // Catch2 counts failures in its exit code, and could come to kSkipped.
  if (result != 0) return 1;
  return gatecrash::test::skipped().empty() ? 0 : gatecrash::test::kSkipped;
}
