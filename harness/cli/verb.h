// What `replay` can do: one file per verb, one line each in the table of verbs (verbs.cc).
#pragma once

#include <string_view>
#include <vector>

namespace gatecrash::cli {

// First that applies (interface.md section 1).
enum ExitCode : int {
  kOk = 0,
  kFindings = 1,    // bypass, overblock, drift … not marked expected; a lint of severity error
  kMissed = 2,      // a threshold missed, an expectation stale or expired
  kBroken = 3,      // something broken, or inconclusive
  kUsage = 64,      // wrong usage, or a file that does not load; nothing was run
  kInternal = 70,   // our own fault
  kUnwritten = 74,  // stdout, a report, a case or an audit record could not be written
  kInterrupted = 130,
  kTerminated = 143,
};

struct Verb {
  std::string_view name;
  std::string_view summary;
  int (*main)(int argc, char** argv);  // argv[0] is the verb
};

const std::vector<Verb>& verbs();

int run_main(int argc, char** argv);
int check_main(int argc, char** argv);
int list_main(int argc, char** argv);
int decide_main(int argc, char** argv);
int explain_main(int argc, char** argv);
int judge_main(int argc, char** argv);

}  // namespace gatecrash::cli
