// Bad input of every kind ends the run with 64 before anything starts, and says where and what to
// do.
#include <sys/stat.h>

#include <fstream>

#include "tests/cli/program.h"
#include "tests/support/skip.h"

using namespace gatecrash;
using namespace gatecrash::test;

namespace {

std::string replaced(std::string_view from, std::string_view to) {
  std::string text(kGoodScenario);
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// 9^12 values behind a few hundred bytes.
std::string bomb() {
  std::string text = "replay: 1\na0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 1; j < 9; ++j) text += "," + before;
    text += "]\n";
  }
  return text;
}

constexpr const char* kSetpriv = "/usr/bin/setpriv";

struct Bad {
  const char* what;
  std::vector<std::string> arguments;
  std::vector<std::string> said;  // place, problem and hint
};

}  // namespace

TEST_CASE("Bad input is refused with its place, a hint and exit code 64") {
  const std::string folder = scratch_file("bad");
  std::filesystem::remove_all(folder);
  write_cli_file("bad/good.yaml", kGoodScenario);
  write_cli_file("bad/key.yaml", replaced("steps:", "stepz:"));
  write_cli_file("bad/twice/a.yaml", kGoodScenario);
  write_cli_file("bad/twice/b.yaml", kGoodScenario);
  write_cli_file("bad/dup.yaml", replaced("title:", "title: again\ntitle:"));
  write_cli_file("bad/malformed.yaml", "replay: 1\nid: [a\nb: }\n");
  write_cli_file("bad/malformed.json", R"({"version": "1", "default": })");
  write_cli_file("bad/dialect.yaml", replaced("dialect: policylayer", "dialect: policylayr"));
  write_cli_file("bad/name.yaml",
                 replaced("task_id: t-1}}, expect", "task_id: \"${cancel.tol}\"}}, expect"));
  write_cli_file("bad/literal.yaml", replaced("title: A hidden", "title: A ${nonsense}"));
  write_cli_file("bad/empty.yaml", "");
  write_cli_file("bad/empty.json", "");
  write_cli_file("bad/bomb.yaml", bomb());
  write_cli_file("bad/binary.yaml", std::string("\x7f"
                                                "ELF\x02\x01\x01\x00\x00\x00",
                                                10));
  write_cli_file("bad/fault.yaml", replaced("steps:\n", "steps:\n  - fault: slow five\n"));
  write_cli_file("bad/operator.yaml", replaced("steps:\n", "steps:\n  - operator: aprove\n"));
  write_cli_file("bad/operator_fault.yaml",
                 replaced("steps:\n", "steps:\n  - operator: store down\n"));
  write_cli_file("bad/store.yaml", replaced("steps:\n", "steps:\n  - fault: store dwn\n"));
  write_cli_file(
      "bad/made_of_names.yaml",
      replaced("steps:\n", "steps:\n  - {repeat: 3, operator: \"aprove ${task[0]}\"}\n"));
  write_cli_file("bad/state.yaml", replaced("t-1: running", "t-1: runing"));
  write_cli_file("bad/mock.yaml", replaced("mock: binassist", "mock: binasist"));
  write_cli_file("bad/personality.yaml",
                 replaced("mock: binassist", "mock: binassist, personalities: [leaky-error]"));
  write_cli_file("bad/excluded.yaml",
                 replaced("mock: binassist", "mock: binassist, personalities: [strict, any-id]"));
  write_cli_file("bad/profile.yaml", replaced("mock: binassist", "mock: binassist, profile: fast"));
  write_cli_file("bad/matrix.yaml",
                 replaced("steps:", "matrix: {personality: [dup-first-win]}\nsteps:"));
  write_cli_file("bad/earlier.yaml",
                 replaced("steps:", "reloaded_from: {file: malformed.json}\nsteps:"));
  write_cli_file("bad/earlier_dialect.yaml",
                 replaced("steps:", "reloaded_from: {inline: '{}'}\nsteps:"));
  std::filesystem::create_directories(folder + "/folder.json");
  std::filesystem::create_symlink("/proc/self/mem", folder + "/unreadable.yaml");
  std::ofstream(folder + "/big.yaml").close();
  std::filesystem::resize_file(folder + "/big.yaml", 100u << 20);  // sparse
  std::filesystem::create_directories(folder + "/nothing");

  const std::vector<Bad> table = {
      {"unknown key", {"key.yaml"}, {"key.yaml:9:1: unknown key `stepz`", "did you mean `steps`?"}},
      {"duplicate id",
       {"twice"},
       {"twice/b.yaml:2:5: a second scenario `test/good`", "twice/a.yaml:2:5"}},
      {"duplicate YAML key",
       {"dup.yaml"},
       {"dup.yaml:4:1: duplicate key `title`", "first on line 3"}},
      {"malformed YAML",
       {"malformed.yaml"},
       {"malformed.yaml:3:2: not well-formed YAML", "check the brackets"}},
      {"malformed JSON",
       {"good.yaml", "--policy", "malformed.json"},
       {"malformed.json:1:29: not well-formed JSON", "found `}`"}},
      {"unknown dialect",
       {"dialect.yaml"},
       {"dialect.yaml:5:19: `dialect` is `policylayr`", "did you mean `policylayer`?"}},
      {"unknown dialect",
       {"good.yaml", "--policy", "malformed.json", "--dialect", "nope"},
       {"there is no dialect `nope`", "one of `intercept`"}},
      {"name where none is substituted",
       {"literal.yaml"},
       {"literal.yaml:3:8: `title` takes no `${…}`", "write the text out"}},
      {"unresolvable name",
       {"name.yaml"},
       {"name.yaml:10:", "unknown name `${cancel.tol}`", "did you mean `cancel.tool`?"}},
      {"empty selection", {"good.yaml", "--run", "nothing"}, {"nothing selected", "--allow-empty"}},
      {"empty file", {"empty.yaml"}, {"empty.yaml", "is empty"}},
      {"empty policy", {"good.yaml", "--policy", "empty.json"}, {"empty.json", "is empty"}},
      {"missing file", {"nowhere.yaml"}, {"nowhere.yaml: there is no such file or folder"}},
      {"unreadable file", {"unreadable.yaml"}, {"unreadable.yaml"}},
      {"folder without scenarios", {"nothing"}, {"nothing: the folder holds no scenario"}},
      {"folder as policy", {"good.yaml", "--policy", "folder.json"}, {"folder.json"}},
      {"100 MB file",
       {"big.yaml"},
       {"big.yaml: is larger than 16 MiB", "no policy or scenario needs that"}},
      {"100 MB policy", {"good.yaml", "--policy", "big.yaml"}, {"big.yaml: is larger than 16 MiB"}},
      {"alias bomb",
       {"bomb.yaml"},
       {"bomb.yaml:", "values once its aliases are written out", "an alias stands for"}},
      {"alias bomb as policy", {"good.yaml", "--policy", "bomb.yaml"}, {"bomb.yaml:", "aliases"}},
      {"binary file", {"binary.yaml"}, {"binary.yaml:1:", "a binary file, not text"}},
      {"binary policy",
       {"good.yaml", "--policy", "binary.yaml"},
       {"binary.yaml:1:", "a binary file, not text"}},
      {"unknown fault", {"fault.yaml"}, {"fault.yaml:10:12: unknown fault `slow five`"}},
      {"unknown words to an operator",
       {"operator.yaml"},
       {"operator.yaml:10:15: unknown words to an operator `aprove`", "did you mean `approve`?"}},
      {"a fault as an operator's doing",
       {"operator_fault.yaml"},
       {"operator_fault.yaml:10:15: `store down` is nothing that an operator does"}},
      {"unknown fault around the gateway",
       {"store.yaml"},
       {"store.yaml:10:12: unknown words", "did you mean `store down`?"}},
      {"unknown words made of names",
       {"made_of_names.yaml"},
       {"made_of_names.yaml:10:5: unknown words to an operator `aprove t-1`"}},
      {"unknown task state",
       {"state.yaml"},
       {"unknown task state `runing`", "did you mean `running`?"}},
      {"unknown mock", {"mock.yaml"}, {"unknown mock `binasist`", "did you mean `binassist`?"}},
      {"unknown personality",
       {"personality.yaml"},
       {"unknown personality `leaky-error`", "did you mean `leaky-errors`?"}},
      {"personalities that exclude each other",
       {"excluded.yaml"},
       {"excluded.yaml:", "`strict` cannot be combined"}},
      {"unknown profile", {"profile.yaml"}, {"unknown profile `fast`"}},
      {"unknown personality in a matrix",
       {"matrix.yaml"},
       {"matrix.yaml:9:24: unknown personality `dup-first-win`"}},
      {"earlier policy that does not load",
       {"earlier.yaml"},
       {"malformed.json:1:29: not well-formed JSON"}},
      {"earlier policy without a dialect",
       {"earlier_dialect.yaml"},
       {"earlier_dialect.yaml:9:25: an inline policy needs its `dialect`"}},
      {"unknown flag", {"good.yaml", "--polcy", "x"}, {"--polcy", "did you mean `--policy`?"}},
      {"unknown gateway",
       {"good.yaml", "--gateway", "refrence"},
       {"there is no gateway `refrence`", "did you mean `reference`?"}},
      {"gateway command without upstream",
       {"good.yaml", "--gateway-cmd", "x"},
       {"write `{upstream}`"}},
      {"nothing at all", {}, {"usage: replay"}},
  };
  for (const Bad& bad : table) {
    INFO(bad.what);
    const Ran ran = run_replay(bad.arguments, folder);
    INFO(ran.all());
    CHECK(ran.code == 64);
    for (const std::string& text : bad.said) {
      INFO("should say: " << text);
      CHECK(ran.says(text));
    }
    CHECK(ran.out.find("replay: ran=") == std::string::npos);
  }
  CHECK(run_replay({"good.yaml"}, folder).code == 0);
}

TEST_CASE("A file that this user may not read is refused") {
  const std::string path = write_cli_file("bad/secret.yaml", kGoodScenario);
  ::chmod(path.c_str(), 0);
  std::string program = "replay";
  std::vector<std::string> arguments{path};
  if (::geteuid() == 0) {  // root may read everything, until it gives that up
    if (!std::filesystem::exists(kSetpriv)) return skip(std::string(kSetpriv) + " is missing");
    arguments = {"--bounding-set=-dac_override,-dac_read_search", replay::program_path(program),
                 path};
    program = kSetpriv;
  }
  const Ran ran = run_program(program, arguments);
  INFO(ran.all());
  CHECK(ran.code == 64);
  CHECK(ran.says("ermission denied"));
}
