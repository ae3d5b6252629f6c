// What a path holds: files by their first key, folders without other kinds of files, every id once.
#include <filesystem>
#include <string>
#include <vector>

#include "tests/scenario/files.h"

namespace gatecrash {
namespace {

using test::problems_of;
using test::write_scratch;

// A fresh folder with a policy, one target and one attack.
std::string make_folder(const std::string& name) {
  const std::string folder = test::scratch_path("scenario/" + name);
  std::filesystem::remove_all(folder);
  write_scratch(name + "/policies/policy.json", test::kPolicyText);
  write_scratch(name + "/policies/policy.yaml", "version: \"1\"\n");
  write_scratch(name + "/schema/s.yaml", "a: b\n");
  write_scratch(name + "/known.expected.yaml", "[]\n");
  write_scratch(name + "/notes.txt", "no scenario\n");
  std::string target(test::kTargetText);
  target.replace(target.find("policy.json"), 11, "../policies/policy.json");
  write_scratch(name + "/targets/shop.yaml", target);
  write_scratch(name + "/attacks/b.yml", test::attack_text("  - {call: {tool: t}}\n"));
  return folder;
}

base::Result<scenario::Pack> load_folder(std::vector<std::string> paths) {
  return scenario::load_pack(paths);
}

TEST_CASE("a folder is searched for scenarios and targets, and other kinds are left alone") {
  const auto pack = load_folder({make_folder("pack1")});
  INFO(problems_of(pack));
  REQUIRE(pack.has_value());
  REQUIRE(pack->attacks.size() == 1);
  REQUIRE(pack->targets.size() == 1);
  CHECK(pack->attacks[0]->id == "a/b");
  CHECK(pack->targets[0]->id == "shop");
  CHECK(pack->targets[0]->policy.file == test::scratch_path("scenario/pack1/policies/policy.json"));
}

TEST_CASE("a file that is named twice is loaded once") {
  const std::string folder = make_folder("pack2");
  const auto pack =
      load_folder({folder, folder + "/attacks/b.yml", folder + "/attacks/../attacks/b.yml"});
  INFO(problems_of(pack));
  REQUIRE(pack.has_value());
  CHECK(pack->attacks.size() == 1);
}

TEST_CASE("an id may stand once only, in whatever files") {
  const std::string folder = make_folder("pack3");
  write_scratch("pack3/attacks/c.yaml", test::attack_text("  - {call: {tool: t}}\n"));
  write_scratch(
      "pack3/targets/again.yaml",
      "# a comment\ntarget: shop\nmock: generic\npolicy: {file: ../policies/policy.json}\n"
      "benign: [{call: {tool: t}}]\n");
  CHECK(problems_of(load_folder({folder})) ==
        "pack3/attacks/c.yaml:2:5: a second scenario `a/b` (the first is at "
        "pack3/attacks/b.yml:2:5)\n"
        "pack3/targets/shop.yaml:1:9: a second target `shop` (the first is at "
        "pack3/targets/again.yaml:2:9)\n");
}

TEST_CASE("every problem of every file is reported") {
  const std::string folder = make_folder("pack4");
  write_scratch("pack4/attacks/c.yaml", "replay: 1\nfit: {}\n");
  write_scratch("pack4/attacks/d.yaml", "");
  write_scratch("pack4/attacks/e.yaml", "taget: shop\n");
  write_scratch("pack4/attacks/f.yaml", "version: \"1\"\n");
  write_scratch("pack4/attacks/g.yaml", "- a\n");
  const std::string said = problems_of(load_folder({folder, folder + "/none"}));
  for (const std::string_view each :
       {"pack4/attacks/c.yaml:2:1: unknown key `fit` in a scenario (did you mean `fits`?)\n",
        "pack4/attacks/d.yaml: is empty\n",
        "pack4/attacks/e.yaml:1:1: neither a scenario nor a target: the first key is `taget` (did "
        "you "
        "mean `target`?)\n",
        "pack4/attacks/f.yaml:1:1: neither a scenario nor a target: the first key is `version` (it "
        "has to "
        "be `replay` or `target`)\n",
        "pack4/attacks/g.yaml:1:1: neither a scenario nor a target (the first key has to be "
        "`replay` or "
        "`target`)\n",
        "pack4/none: there is no such file or folder\n"}) {
    INFO(said);
    CHECK(said.find(each) != std::string::npos);
  }
}

TEST_CASE("a folder without a scenario is a problem, not an empty selection") {
  std::filesystem::create_directories(test::scratch_path("scenario/pack5"));
  CHECK(problems_of(load_folder({test::scratch_path("scenario/pack5")})) ==
        "pack5: the folder holds no scenario and no target\n");
}

}  // namespace
}  // namespace gatecrash
