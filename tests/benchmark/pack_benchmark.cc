// The whole pack on the memory lane, by the program that users start, on one thread; and the same
// with every attack in it twice: what one scenario costs must not grow with their number. To show
// that it works, one class of attacks will do.
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "harness/base/check.h"
#include "harness/base/file.h"
#include "harness/replay/processes.h"
#include "tests/benchmark/paired.h"
#include "tests/support/scratch.h"

namespace {

using namespace gatecrash;
namespace fs = std::filesystem;

const fs::path kPack = fs::path(GATECRASH_SOURCE_DIR) / "scenarios";

// A copy of the pack with a second file for every attack, of another id.
void double_pack(const fs::path& target) {
  fs::copy(kPack, target, fs::copy_options::recursive);
  for (const auto& entry : fs::recursive_directory_iterator(kPack / "attacks")) {
    if (!entry.is_regular_file() || entry.path().extension() != ".yaml") continue;
    std::string text = base::read_file(entry.path().string()).value();
    const std::size_t id = text.find("\nid: ");
    GATECRASH_CHECK(id != std::string::npos);
    text.insert(text.find('\n', id + 1), "-again");
    fs::path second = target / fs::relative(entry.path(), kPack);
    second.replace_filename(entry.path().stem().string() + "-again.yaml");
    GATECRASH_CHECK(base::write_file(second.string(), text).has_value());
  }
}

// Runs the pack; returns the number of scenarios that were run.
int run_pack(const std::string& folder) {
  std::string command =
      "'" + replay::program_path("replay") + "' run '" + folder + "' --quiet --jobs 1";
  if (paired::smoke()) command += " --attack '^loop/'";
  FILE* const output = ::popen(command.c_str(), "r");
  GATECRASH_CHECK(output != nullptr);
  int count = 0;
  const bool read = std::fscanf(output, "replay: ran=%d", &count) == 1;
  while (std::fgetc(output) != EOF) {
  }
  const int status = ::pclose(output);
  // The published policies have holes: findings (1).
  GATECRASH_CHECK(read && WIFEXITED(status) && WEXITSTATUS(status) <= 1);
  return count;
}

void twice(paired::Pairs& pairs) {
  const test::Scratch scratch;
  const std::string folder = scratch.path("scenarios");
  double_pack(folder);
  const double once = run_pack(kPack.string());
  const double doubled = run_pack(folder);
  if (doubled < 1.9 * once) return pairs.give_up("the pack was not doubled");
  pairs.run([&] { run_pack(folder); }, [] { run_pack(kPack.string()); }, {.ours = doubled / once});
}

const bool kRows = paired::add({
    {"memory/pack_doubled", "the pack with every attack twice, halved", "the whole pack",
     paired::Clock::Cpu, paired::ratio_at_most(1.2), twice},
});

}  // namespace
