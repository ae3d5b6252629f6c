// The program `replay`: finds the verb and hands over. A path as first argument means `run`.
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/text.h"
#include "harness/cli/pack.h"
#include "harness/cli/verb.h"

namespace gatecrash::cli {
namespace {

void print_help() {
  std::printf(
      "replay: proves or disproves that a policy in front of an MCP server contains documented "
      "attacks\n"
      "\n"
      "usage: replay [VERB] [ARGUMENTS]\n"
      "       replay scenario.yaml            the same as: replay run scenario.yaml\n"
      "\n"
      "verbs:\n");
  for (const Verb& verb : verbs()) {
    std::printf("  %-9.*s %.*s\n", static_cast<int>(verb.name.size()), verb.name.data(),
                static_cast<int>(verb.summary.size()), verb.summary.data());
  }
  std::printf(
      "\n"
      "examples:\n"
      "  replay scenarios                                    every attack on every shipped target\n"
      "  replay scenarios --target binassist --policy my.json     your policy instead\n"
      "  replay check my-policy.yaml                         does it load, does it do what it "
      "says\n"
      "  replay VERB --help                                  more on one verb\n"
      "\n"
      "exit codes: 0 contained, 1 findings, 2 stale expectation, 3 broken or inconclusive,\n"
      "            64 wrong usage or a file that does not load (nothing was run), 70 internal "
      "error,\n"
      "            74 a report or stdout could not be written, 130 or 143 interrupted\n");
}

int print_version() {
  std::printf("replay %s\ncompiler %s\n", GATECRASH_VERSION, __VERSION__);
  if (const std::string corpus = shipped_corpus_digest(); !corpus.empty()) {
    std::printf("corpus %s\n", corpus.c_str());
  }
  return kOk;
}

// A result that did not get out is none; wrong usage was said on stderr and keeps its code.
int with_output_written(int code) {
  std::cout.flush();
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good();
  if (written || code >= kUsage) return code;
  std::fprintf(stderr, "replay: stdout could not be written\n");
  return kUnwritten;
}

int dispatch(int argc, char** argv) {
  if (argc < 2) {
    print_help();
    return kUsage;
  }
  const std::string_view first = argv[1];
  if (first == "--help" || first == "-h" || first == "help") {
    print_help();
    return kOk;
  }
  if (first == "--version") return print_version();
  for (const Verb& verb : verbs()) {
    if (verb.name == first) return verb.main(argc - 1, argv + 1);
  }
  return run_main(argc, argv);  // the verb's own name is argv[0] either way
}

}  // namespace
}  // namespace gatecrash::cli

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return gatecrash::cli::with_output_written(gatecrash::cli::dispatch(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "replay: internal error: %s\n", error.what());
    return gatecrash::cli::kInternal;
  }
}
