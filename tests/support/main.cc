// The tests' main. A filter that selects no test is a failure: a test run that runs nothing proves
// nothing (Catch2 2 would call it a success).
#ifdef GATECRASH_CATCH3
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

int main(int argc, char** argv) {
  Catch::Session session;
  if (const int error = session.applyCommandLine(argc, argv); error != 0) return error;
#ifndef GATECRASH_CATCH3
  auto& settings = session.configData();
  settings.warnings =
      static_cast<Catch::WarnAbout::What>(settings.warnings | Catch::WarnAbout::NoTests);
#endif
  return session.run();
}
